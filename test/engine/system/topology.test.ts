import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic } from '../../../engine/system/box.ts';
import { triclinic } from '../../../engine/system/formats/box-vectors.ts';
import {
  anglesFromBonds,
  bondGraph,
  dihedralsFromBonds,
  impropersFromBonds,
  makeWhole,
  moleculesFromBonds,
  pairsByBonds,
} from '../../../engine/system/topology.ts';

const test = suite('topology');
const graphOf = (n: number, ...bonds: number[]) => bondGraph(n, Int32Array.from(bonds));

test('a chain of four has two angles, one dihedral, one 1-4 pair', () => {
  const graph = graphOf(4, 0, 1, 1, 2, 2, 3);
  assert.equal([...anglesFromBonds(graph)], [0, 1, 2, 1, 2, 3]);
  assert.equal([...dihedralsFromBonds(graph)], [0, 1, 2, 3]);
  assert.equal([...pairsByBonds(graph, 3, 3)], [0, 3]);
  assert.equal([...pairsByBonds(graph, 1, 2)], [0, 1, 0, 2, 1, 2, 1, 3, 2, 3]);
});

test('in a ring of four the ends of a dihedral are no 1-4 pair, as they are bonded', () => {
  const graph = graphOf(4, 0, 1, 1, 2, 2, 3, 0, 3);
  assert.is(dihedralsFromBonds(graph).length / 4, 4);
  assert.is(pairsByBonds(graph, 3, 3).length, 0);
  assert.is(pairsByBonds(graph, 1, 3).length / 2, 6);
});

test('a ring of three has three angles and no dihedral', () => {
  const graph = graphOf(3, 0, 1, 1, 2, 0, 2);
  assert.is(anglesFromBonds(graph).length / 3, 3);
  assert.is(dihedralsFromBonds(graph).length, 0);
});

test('in a ring of six opposite atoms are a 1-4 pair once, though two paths lead there', () => {
  const graph = graphOf(6, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 0, 5);
  assert.equal([...pairsByBonds(graph, 3, 3)], [0, 3, 1, 4, 2, 5]);
});

test('an atom with four neighbours is the middle of four impropers', () => {
  assert.is(impropersFromBonds(graphOf(5, 0, 1, 0, 2, 0, 3, 0, 4)).length / 4, 4);
  assert.equal([...impropersFromBonds(graphOf(4, 0, 1, 0, 2, 0, 3))], [0, 1, 2, 3]);
});

test('molecules are what bonds connect, numbered by their first particle', () => {
  assert.equal([...moleculesFromBonds(6, Int32Array.of(0, 3, 1, 2, 3, 5))], [0, 1, 1, 0, 2, 0]);
});

test('a molecule broken across a box is made whole, and one that is whole keeps its bits', () => {
  const box = orthorhombic(2, 2, 2);
  const positions = Float64Array.of(1.9, 0.1, 1, 0.1, 1.9, 1, 0.3, 1.8, 1.1);
  makeWhole(positions, Int32Array.of(0, 1, 1, 2), box);
  [1.9, 0.1, 1, 2.1, -0.1, 1, 2.3, -0.2, 1.1].forEach((x, k) => {
    assert.ok(Math.abs(positions[k] - x) < 1e-12);
  });
  const before = positions.slice();
  makeWhole(positions, Int32Array.of(0, 1, 1, 2), box);
  assert.equal(positions, before);
});

test('molecules are made whole in a triclinic box', () => {
  const box = triclinic([2, 0, 0, 0.8, 1.8, 0, -0.6, 0.7, 1.9], 'box');
  const v = box.vectors ?? new Float64Array(9);
  // The second atom is 0.1 away from the first along each axis, but given one image off along each vector.
  const positions = Float64Array.of(0.2, 0.3, 0.4, ...[0, 1, 2].map((c) => 0.3 + 0.1 * c + v[c] - v[3 + c] + v[6 + c]));
  makeWhole(positions, Int32Array.of(0, 1), box);
  [0.3, 0.4, 0.5].forEach((x, c) => {
    assert.ok(Math.abs(positions[3 + c] - x) < 1e-12);
  });
});

test.run();
