/** Claims about the files that a scenario names, and about what a stage uses. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Described, Schema } from '../../../engine/index.ts';
import { InputError, Registry } from '../../../engine/index.ts';
import { fileReader, locate } from '../../../tools/runner/files.ts';
import { sha256 } from '../../../tools/runner/hash.ts';
import { packageRoot } from '../../../tools/runner/package-root.ts';
import { openStageFolder } from '../../../tools/runner/stage-folder.ts';
import { usedEntries } from '../../../tools/runner/used-entries.ts';
import { root, scratch } from '../../support/fixtures.ts';

const test = suite('files');

test('a file beside the scenario comes before one of the same name that the package ships', () => {
  const folder = scratch();
  assert.is(packageRoot, root);
  assert.is(locate('opls-aa-alkanes.xml', folder), join(root, 'forcefields', 'opls-aa-alkanes.xml'));
  assert.is(locate('molecules/ethane.pdb', folder), join(root, 'scenarios', 'molecules', 'ethane.pdb'));
  mkdirSync(join(folder, 'molecules'));
  writeFileSync(join(folder, 'molecules', 'ethane.pdb'), 'END\n');
  assert.is(locate('molecules/ethane.pdb', folder), join(folder, 'molecules', 'ethane.pdb'));
});

test('a file that does not exist is an InputError with the nearest shipped name', () => {
  assert.throws(
    () => locate('opls-aa-alkane.xml', scratch()),
    (error: Error) => error instanceof InputError && /did you mean "opls-aa-alkanes\.xml"/.test(error.message),
  );
});

test('reading a file reports the hash of its content', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'a.txt'), 'abc');
  const seen: string[][] = [];
  assert.is(await fileReader(folder, (...read) => void seen.push(read))('a.txt'), 'abc');
  assert.equal(seen, [['a.txt', sha256('abc')]]);
});

test('a stage folder writes whole files or none, in folders that it makes', async () => {
  const folder = openStageFolder(join(scratch(), 'stage'));
  assert.not.ok(folder.exists('deep/a.bin'));
  await folder.write('deep/a.bin', Uint8Array.of(1, 2, 3));
  assert.equal([...(await folder.readBytes('deep/a.bin'))], [1, 2, 3]);
  assert.equal(readdirSync(join(folder.path, 'deep')), ['a.bin']);
  try {
    await folder.readText('missing.json');
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, /missing\.json: cannot be read \(ENOENT/);
  }
});

test('the entries that settings name are found in slots, in slots within slots and in lists', () => {
  const registry = new Registry();
  const entry = (name: string, schema: Schema = {}): Described => ({ name, summary: '', status: 'pending', schema });
  const slot = (kind: string): Schema => ({ registered: { kind, key: 'type' } });
  registry.add('thermostat', entry('bath') as never);
  registry.add('integrator', entry('leap', { properties: { thermostat: slot('thermostat') } }) as never);
  registry.add('pair', entry('lj') as never);
  const schema: Schema = {
    properties: { dynamics: slot('integrator'), forces: { type: 'array', items: slot('pair') } },
  };
  const settings = { dynamics: { type: 'leap', thermostat: { type: 'bath' } }, forces: [{ type: 'lj' }] };
  assert.equal(
    usedEntries(schema, settings, registry).map(({ kind, entry: { name } }) => `${kind} ${name}`),
    ['integrator leap', 'thermostat bath', 'pair lj'],
  );
});

test.run();
