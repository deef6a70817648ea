import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox } from '../../../engine/index.ts';
import { compareMaps } from '../../../tools/analysis/torsion-maps.ts';
import { structureOf, trajectoryOf, uniform } from '../../support/trajectories.ts';

const test = suite('torsion maps');

const bonds = [0, 1, 2, 3].map((i) => [i, i + 1] as const);
const structure = structureOf({ count: 2, types: ['A', 'B', 'C', 'D', 'E'], bonds });
const map = { name: 'map', x: [0, 1, 2, 3], y: ['1:B', '1:C', '1:D', '1:E'] };

/** A chain of five atoms with right angles and unit bonds whose two dihedrals are as given. */
function chain(phi: number, psi: number): number[] {
  const atoms = [
    [0, 1, 0],
    [0, 0, 0],
    [1, 0, 0],
  ];
  for (const dihedral of [phi, psi]) {
    const [a, b, c] = atoms.slice(-3);
    const axis = [0, 1, 2].map((k) => c[k] - b[k]);
    const back = [0, 1, 2].map((k) => a[k] - b[k]);
    const side = [0, 1, 2].map((k) => axis[(k + 1) % 3] * back[(k + 2) % 3] - axis[(k + 2) % 3] * back[(k + 1) % 3]);
    atoms.push(c.map((x, k) => x + Math.cos(dihedral) * back[k] + Math.sin(dihedral) * side[k]));
  }
  return atoms.flat();
}

const frame = (angles: readonly (readonly [number, number])[]): Float64Array =>
  Float64Array.from(angles.flatMap(([phi, psi]) => chain(phi, psi)));

test('every molecule falls into the cell of its two dihedrals, and the density integrates to one', () => {
  // cells are 10 degrees wide from -180: 95 degrees is in cell 27, -45 in cell 13, 5 in cell 18
  const degrees = Math.PI / 180;
  const angles = [
    [95 * degrees, -45 * degrees],
    [5 * degrees, -45 * degrees],
  ] as const;
  const trajectory = trajectoryOf(structure, openBox, [frame(angles)]);
  const [found] = compareMaps(trajectory, trajectory, [map]);
  const area = (10 * degrees) ** 2;
  assert.equal(
    found.reference.flatMap((p, k) => (p > 0 ? [[k % 36, Math.floor(k / 36)]] : [])),
    [
      [18, 13],
      [27, 13],
    ],
  );
  assert.ok(Math.abs(found.reference.reduce((sum, p) => sum + p * area, 0) - 1) < 1e-6);
  assert.ok(Math.abs(found.overlap - 1) < 1e-6);
  assert.is(found.jensenShannon, 0);
});

test('the overlap of two maps is what their shared part holds', () => {
  const random = uniform(4);
  // psi uniform in both; phi uniform over a half turn, shifted by a quarter turn: half of it is shared
  const sample = (from: number) =>
    trajectoryOf(
      structure,
      openBox,
      Array.from({ length: 20000 }, () =>
        frame([0, 1].map(() => [from + Math.PI * random(), Math.PI * (2 * random() - 1)] as const)),
      ),
    );
  const [found] = compareMaps(sample(-Math.PI), sample(-Math.PI / 2), [map]);
  // 62 counts a cell in 648 cells: counting noise takes 0.56/sqrt(62) of the shared half
  assert.ok(found.overlap > 0.45 && found.overlap < 0.5, `${found.overlap}`);
});

test('dihedrals of different molecules are refused', () => {
  const trajectory = trajectoryOf(structure, openBox, [
    frame([
      [1, 1],
      [1, 1],
    ]),
  ]);
  assert.throws(
    () => compareMaps(trajectory, trajectory, [{ ...map, y: [6, 7, 8, 9] }]),
    /torsionMaps\.map.*the atoms 0 and 6 are in different molecules/,
  );
});

test.run();
