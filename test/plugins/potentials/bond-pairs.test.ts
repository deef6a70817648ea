/** Pairs of bonds: forces and virial are derivatives of the energy, symmetries hold, the kernel equals the plain loops, columns equal forces. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, orthorhombic, SimulationError } from '../../../engine/index.ts';
import { angularFunctions } from '../../../plugins/potentials/oriented/angular.ts';
import { loneBonds } from '../../../plugins/potentials/oriented/bonds.ts';
import { BondPairDesign } from '../../../plugins/potentials/oriented/design.ts';
import { bondPairs, plainBondPairs } from '../../../plugins/potentials/oriented/force.ts';
import { BondPairKernel, kernelServes } from '../../../plugins/potentials/oriented/kernel.ts';
import type { BondPairSplines } from '../../../plugins/potentials/oriented/pair-splines.ts';

const test = suite('pairs of bonds');

/** Splines with random coefficients; the last three rows vanish, as they do where a fit ends at zero. */
function randomSplines(degree: number, cutoff = 0.75): BondPairSplines {
  const random = seedrandom(`splines ${degree}`);
  const intervals = 12;
  const width = angularFunctions(degree).length;
  const coefficients = Float64Array.from({ length: (intervals + 3) * width }, (_, k) =>
    k < intervals * width ? 10 * (random() - 0.5) : 0,
  );
  return { degree, start: 0.3, cutoff, intervals, coefficients };
}

/** Dimers at random places of a box, some across its faces, some closer than the splines begin. */
function dimers(count: number, edge: number, seed: string) {
  const random = seedrandom(seed);
  const positions = new Float64Array(6 * count);
  for (let m = 0; m < count; m++)
    for (let c = 0; c < 3; c++) {
      positions[6 * m + c] = 3 * edge * (random() - 0.5);
      positions[6 * m + 3 + c] = positions[6 * m + c] + 0.2 * (random() - 0.5);
    }
  return { positions, bonds: Int32Array.from({ length: 2 * count }, (_, i) => i) };
}

function evaluate(compute: ReturnType<typeof plainBondPairs>, positions: Float64Array, box: Box) {
  const [forces, virial] = [new Float64Array(positions.length), new Float64Array(9)];
  return { energy: compute(positions, box, forces, virial), forces, virial };
}

const box = orthorhombic(1.7, 1.8, 1.9);
const sheared: Box = { vectors: Float64Array.of(1.8, 0, 0, 0.3, 1.8, 0, -0.2, 0.25, 1.9) };

test('there are 1, 5, 14 functions of degree 0, 2, 4, and none changes sign when a bond is turned round', () => {
  assert.equal(
    [0, 2, 4].map((degree) => angularFunctions(degree).length),
    [1, 5, 14],
  );
  const { positions, bonds } = dimers(12, 1.7, 'symmetry');
  const compute = plainBondPairs({ bonds, splines: randomSplines(4) });
  const { energy } = evaluate(compute, positions, box);
  const turned = positions.slice();
  for (let m = 0; m < 12; m += 2)
    for (let c = 0; c < 3; c++) [turned[6 * m + c], turned[6 * m + 3 + c]] = [turned[6 * m + 3 + c], turned[6 * m + c]];
  assert.ok(Math.abs(evaluate(compute, turned, box).energy - energy) < 1e-12 * Math.abs(energy));
});

for (const [name, cell] of Object.entries({ orthorhombic: box, sheared }))
  for (const degree of [2, 4])
    test(`forces are minus the gradient of the energy (degree ${degree}, ${name})`, () => {
      const { positions, bonds } = dimers(10, 1.7, `${name} ${degree}`);
      const compute = plainBondPairs({ bonds, splines: randomSplines(degree) });
      const { forces } = evaluate(compute, positions, cell);
      const largest = Math.max(...forces.map(Math.abs));
      for (let k = 0; k < forces.length; k++) {
        const along = (step: number): number => {
          const moved = positions.slice();
          moved[k] += step;
          return evaluate(compute, moved, cell).energy;
        };
        const slope = (along(1e-6) - along(-1e-6)) / 2e-6;
        // Rounding: energies of some 100 with 16 digits over a step of 2e-6.
        assert.ok(Math.abs(forces[k] + slope) < 1e-7 * largest + 1e-6, `component ${k}: ${forces[k]} against ${-slope}`);
      }
    });

test('the virial is minus the derivative of the energy when everything is stretched', () => {
  const { positions, bonds } = dimers(12, 1.7, 'virial');
  const compute = plainBondPairs({ bonds, splines: randomSplines(4) });
  const { virial } = evaluate(compute, positions, box);
  for (let c = 0; c < 3; c++) {
    const at = (step: number): number => {
      const stretched = positions.map((x, k) => (k % 3 === c ? x * (1 + step) : x));
      const vectors = (box.vectors as Float64Array).map((x, k) => (k % 3 === c ? x * (1 + step) : x));
      return evaluate(compute, stretched, { vectors }).energy;
    };
    const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
    assert.ok(Math.abs(virial[4 * c] + slope) < 1e-5 * Math.abs(slope) + 1e-6, `${virial[4 * c]} against ${-slope}`);
  }
});

test('the kernel equals the plain loops, in small and large and open boxes', () => {
  for (const [count, cell, edge] of [
    [30, box, 1.7],
    [900, orthorhombic(5, 4.4, 6.1), 5],
    [40, { vectors: null }, 0.6],
  ] as const)
    for (const degree of [0, 2, 4]) {
      const { positions, bonds } = dimers(count, edge, `kernel ${count}`);
      const splines = randomSplines(degree);
      assert.ok(kernelServes(splines, cell));
      const expected = evaluate(plainBondPairs({ bonds, splines }), positions, cell);
      const kernel = new BondPairKernel(bonds, 2 * count, splines);
      const found = evaluate((x, b, f, v) => kernel.compute(x, b, f, v, 0.84), positions, cell);
      const largest = Math.max(...expected.forces.map(Math.abs));
      assert.ok(largest > 1, 'the test says nothing if there are no forces');
      // Both in f64; sums are taken in another order.
      assert.ok(Math.abs(found.energy - expected.energy) < 1e-11 * count * largest);
      found.forces.forEach((force, k) => {
        assert.ok(
          Math.abs(force - expected.forces[k]) < 1e-11 * largest,
          `${count}, ${degree}: ${force} against ${expected.forces[k]}`,
        );
      });
      found.virial.forEach((w, k) => {
        assert.ok(Math.abs(w - expected.virial[k]) < 1e-10 * count * largest);
      });
    }
});

test('an old list gives the same bits as a new one, and none serves too long', () => {
  const count = 300;
  const cell = orthorhombic(3.4, 3.5, 3.6);
  const { positions, bonds } = dimers(count, 3.4, 'list');
  const splines = randomSplines(4);
  const kept = new BondPairKernel(bonds, 2 * count, splines);
  const random = seedrandom('moves');
  for (let step = 0; step < 12; step++) {
    const old = evaluate((x, b, f, v) => kept.compute(x, b, f, v, 0.86), positions, cell);
    const fresh = new BondPairKernel(bonds, 2 * count, splines);
    const anew = evaluate((x, b, f, v) => fresh.compute(x, b, f, v, 0.86), positions, cell);
    assert.is(old.energy, anew.energy);
    assert.equal(old.forces, anew.forces);
    assert.equal(old.virial, anew.virial);
    for (let m = 0; m < count; m++)
      for (let c = 0; c < 3; c++) {
        const by = 0.03 * (random() - 0.5);
        positions[6 * m + c] += by;
        positions[6 * m + 3 + c] += by;
      }
  }
  assert.ok(kept.builds > 1 && kept.builds < 12, `${kept.builds} lists in 12 steps`);
});

test('forces by the columns of force matching are those of the splines', () => {
  const count = 20;
  const { positions, bonds } = dimers(count, 1.7, 'columns');
  for (const degree of [2, 4]) {
    const splines = randomSplines(degree);
    const { start, cutoff, intervals, coefficients } = splines;
    const design = new BondPairDesign(bonds, degree, { start, spacing: (cutoff - start) / intervals, intervals });
    const columns = design.functions * intervals;
    const matrix = new Float64Array(6 * count * columns);
    design.fill({ matrix, columns, offset: 0 }, positions, box, null);
    const { forces } = evaluate(plainBondPairs({ bonds, splines }), positions, box);
    const largest = Math.max(...forces.map(Math.abs));
    for (let row = 0; row < forces.length; row++) {
      let sum = 0;
      for (let f = 0; f < design.functions; f++)
        for (let k = 0; k < intervals; k++)
          sum += matrix[row * columns + f * intervals + k] * coefficients[k * design.functions + f];
      assert.ok(Math.abs(sum - forces[row]) < 1e-11 * largest, `row ${row}: ${sum} against ${forces[row]}`);
    }
  }
});

test('a box that is too small is refused, at the start and when it has shrunk', () => {
  const { positions, bonds } = dimers(10, 1.7, 'small');
  const description = { kind: 'custom', term: 'bond-pairs', data: { bonds, splines: randomSplines(2) } } as const;
  const compile = (cell: Box) =>
    bondPairs.compile(description, { system: { box: cell, structure: { mass: new Float64Array(20) } } } as never);
  assert.throws(() => compile(orthorhombic(1.4, 1.8, 1.9)), /system\.box: its smallest width is 1\.4.*reach 0\.75/);
  const kernel = compile(box);
  const [forces, virial] = [new Float64Array(60), new Float64Array(9)];
  kernel.compute(positions, box, forces, virial);
  assert.throws(
    () => kernel.compute(positions, orthorhombic(1.4, 1.8, 1.9), forces, virial),
    (error: unknown) => error instanceof SimulationError && /shrunk to a smallest width of 1\.4/.test(error.message),
  );
});

test('only molecules of two sites of one type have lone bonds', () => {
  const structure = { mass: new Float64Array(4), type: new Int32Array(4), bonds: Int32Array.of(0, 1, 2, 3) };
  const of = (changes: object): Int32Array | null => loneBonds({ ...structure, ...changes } as never);
  assert.ok(of({}));
  assert.is(of({ type: Int32Array.of(0, 1, 0, 1) }), null);
  assert.is(of({ bonds: Int32Array.of(0, 1, 1, 2) }), null);
  assert.is(of({ bonds: Int32Array.of(0, 1) }), null);
});

test.run();
