import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, makeStructure, openBox, orthorhombic } from '../../../engine/index.ts';
import { coordinateFunctions } from '../../../plugins/potentials/coordinates.ts';
import { ExcludedPairs, neighbourPairs } from '../../../plugins/potentials/neighbour-pairs.ts';
import { bondedGroups, exclusionsAlongBonds } from '../../../plugins/potentials/topology.ts';
import { generator } from './synthetic.ts';

const { uniform } = generator(3);

test('gradients of distance, angle and dihedral are those of finite differences', () => {
  const sites = Int32Array.of(0, 1, 2, 3);
  for (let trial = 0; trial < 20; trial++) {
    const positions = Float64Array.from({ length: 12 }, () => 3 * uniform());
    for (const coordinate of ['bond', 'angle', 'dihedral'] as const) {
      const gradient = new Float64Array(12);
      const evaluate = coordinateFunctions[coordinate];
      evaluate(positions, openBox, sites, 0, gradient);
      const scratch = new Float64Array(12);
      const h = 1e-6;
      for (let k = 0; k < 3 * { bond: 2, angle: 3, dihedral: 4 }[coordinate]; k++) {
        const moved = (by: number): number =>
          evaluate(
            Float64Array.from(positions, (x, i) => (i === k ? x + by : x)),
            openBox,
            sites,
            0,
            scratch,
          );
        let difference = moved(h) - moved(-h);
        difference -= 2 * Math.PI * Math.round(difference / (2 * Math.PI));
        // Central differences: h^2 times third derivatives, which grow near straight and flat configurations, plus rounding 1e-16 / h.
        assert.ok(Math.abs(difference / (2 * h) - gradient[k]) < 1e-6 * Math.max(1, gradient[k] ** 2), `${coordinate} ${k}`);
      }
    }
  }
});

test('a dihedral is 0 in cis, pi in trans, and positive when the far bond is turned clockwise (IUPAC)', () => {
  const at = (x: number, z: number): number =>
    coordinateFunctions.dihedral(
      Float64Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, x, 1, z),
      openBox,
      Int32Array.of(0, 1, 2, 3),
      0,
      new Float64Array(12),
    );
  assert.is(at(1, 0), 0);
  assert.ok(Math.abs(at(-1, 0)) > Math.PI - 1e-12);
  // Looking from site 1 to site 2 (along +y) with +z up, +x is on the right; clockwise from there is down, -z.
  assert.ok(Math.abs(at(0, -1) - Math.PI / 2) < 1e-12);
});

test('cells find the pairs that all pairs find, in orthorhombic and triclinic boxes', () => {
  const boxes: Box[] = [orthorhombic(5, 6, 7), { vectors: Float64Array.of(6, 0, 0, 1.5, 6, 0, -1.2, 2, 6.5) }];
  for (const box of boxes) {
    const positions = Float64Array.from({ length: 3 * 800 }, () => 14 * uniform() - 4);
    const excluded = new ExcludedPairs(800, Int32Array.of(0, 1, 5, 9));
    const found = neighbourPairs(positions, box, 1.05, excluded);
    const expected = new Set<string>();
    const v = box.vectors as Float64Array;
    for (let i = 0; i < 800; i++) {
      for (let j = i + 1; j < 800; j++) {
        let least = Number.POSITIVE_INFINITY;
        const d = [0, 1, 2].map((c) => positions[3 * j + c] - positions[3 * i + c]);
        const c0 = -Math.round(d[2] / v[8]);
        for (const c of [c0]) {
          const b0 = -Math.round((d[1] + c * v[7]) / v[4]);
          for (const b of [b0 - 1, b0, b0 + 1]) {
            const a0 = -Math.round((d[0] + c * v[6] + b * v[3]) / v[0]);
            for (const a of [a0 - 1, a0, a0 + 1])
              least = Math.min(
                least,
                Math.hypot(d[0] + a * v[0] + b * v[3] + c * v[6], d[1] + b * v[4] + c * v[7], d[2] + c * v[8]),
              );
          }
        }
        if (least < 1.05 && !(i === 0 && j === 1) && !(i === 5 && j === 9)) expected.add(`${i} ${j}`);
      }
    }
    const names = Array.from({ length: found.count }, (_, n) => `${found.i[n]} ${found.j[n]}`);
    assert.is(names.length, expected.size);
    assert.ok(names.every((name) => expected.has(name)));
    assert.ok(expected.size > 500);
  }
});

test('angles, dihedrals and exclusions follow from the bonds', () => {
  // A ring of five with a tail: 0-1-2-3-4-0, 4-5; types A except the tail B.
  const structure = makeStructure({
    units: 'lj',
    mass: new Array(6).fill(1),
    type: [0, 0, 0, 0, 0, 1],
    typeNames: ['A', 'B'],
    bonds: [0, 1, 1, 2, 2, 3, 3, 4, 0, 4, 4, 5],
  });
  const groups = bondedGroups(structure);
  const size = (name: string): number => {
    const group = groups.find((g) => `${g.coordinate} ${g.types.join('')}` === name);
    return group ? group.sites.length / group.types.length : 0;
  };
  assert.is(size('bond AA'), 5);
  assert.is(size('bond AB'), 1);
  assert.is(size('angle AAA'), 5);
  assert.is(size('angle AAB'), 2);
  assert.is(size('dihedral AAAA'), 5);
  assert.is(size('dihedral AAAB'), 2);
  assert.equal([...exclusionsAlongBonds(structure, 1)], [0, 1, 0, 4, 1, 2, 2, 3, 3, 4, 4, 5]);
  // Within two bonds every pair of the ring, and the tail with 0, 3 and 4.
  assert.is(exclusionsAlongBonds(structure, 2).length / 2, 10 + 3);
});

test.run();
