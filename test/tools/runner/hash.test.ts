/** Claims about fingerprints and stage seeds: they are the same everywhere and for ever. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differences } from '../../../tools/runner/cache.ts';
import { hashOf, sha256, stageSeed } from '../../../tools/runner/hash.ts';

const test = suite('hash');

test('the hash of a value does not depend on the order of its properties, but on everything else', () => {
  assert.is(hashOf({ a: 1, b: [1, { c: null }] }), hashOf({ b: [1, { c: null }], a: 1 }));
  const others = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: { 0: 1 } }, { a: null }, {}, { b: 1 }];
  assert.is(new Set(others.map(hashOf)).size, others.length);
});

test('SHA-256 of "abc" is that of FIPS 180-2', () => {
  assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('a stage seed is the 32-bit FNV-1a of "seed/name"', () => {
  // Computed with integer arithmetic in another language; that program gives bf9cf968 for "foobar", as published.
  assert.is(stageSeed(7, 'atoms'), 1147336875);
  assert.is(stageSeed(7, 'größe'), 3662187660);
});

test('differences name each changed setting with both values', () => {
  const before = { dynamics: { timestep: 0.001 }, cells: [1, 2], from: 'a' };
  const now = { dynamics: { timestep: 0.002 }, cells: [1, 3], every: 5, from: 'a' };
  assert.equal(differences(before, now, ''), [
    'dynamics.timestep: was 0.001, is 0.002',
    'cells[1]: was 2, is 3',
    'every: was not given, is 5',
  ]);
});

test.run();
