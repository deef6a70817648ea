/** The graph network's kernels: forces are the gradient, the training gradient is right, symmetries hold, fast equals reference. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic } from '../../../engine/index.ts';
import { parameterLayout, parameterSize, tableSize } from '../../../plugins/potentials/graph/architecture.ts';
import type { GraphKernel } from '../../../plugins/potentials/graph/kernel.ts';
import { referenceKernel } from '../../../plugins/potentials/graph/reference.ts';
import { simdKernel } from '../../../plugins/potentials/graph/simd.ts';
import { allPairs, type RandomSystem, randomDimers, randomNetwork, smallBoxes, testArchitecture } from './graph-support.ts';

const test = suite('graph network');
const architecture = testArchitecture();

function kernelFor(system: RandomSystem, seed: string): GraphKernel {
  const kernel = referenceKernel(architecture, system);
  const { parameters, tables } = randomNetwork(architecture, seed);
  kernel.setNetwork(parameters, tables);
  const { start, neighbours } = allPairs(system.species.length, system.bonded);
  kernel.setPairs(start, neighbours);
  return kernel;
}

function evaluate(kernel: GraphKernel, system: RandomSystem, positions = system.positions) {
  const forces = new Float64Array(positions.length);
  const virial = new Float64Array(9);
  const energy = kernel.evaluate(positions, system.box, forces, virial);
  return { energy, forces, virial };
}

for (const [name, box] of Object.entries(smallBoxes)) {
  test(`forces are minus the gradient of the energy (${name})`, () => {
    const system = randomDimers(8, box, name);
    const kernel = kernelFor(system, 'forces');
    const { forces } = evaluate(kernel, system);
    const largest = Math.max(...forces.map(Math.abs));
    assert.ok(largest > 1, 'the test says nothing if there are no forces');
    const h = 1e-5;
    for (let k = 0; k < forces.length; k++) {
      const moved = system.positions.slice();
      moved[k] += h;
      const up = evaluate(kernel, system, moved).energy;
      moved[k] -= 2 * h;
      const down = evaluate(kernel, system, moved).energy;
      const slope = (up - down) / (2 * h);
      // Central differences of a function whose third derivative jumps at the spline's knots: error of order h^2.
      assert.ok(Math.abs(forces[k] + slope) < 1e-6 * largest, `component ${k}: ${forces[k]} against ${-slope}`);
    }
  });
}

test('the training gradient equals finite differences of u . grad V for every group of parameters', () => {
  const system = randomDimers(8, smallBoxes.triclinic, 'gradient');
  const kernel = kernelFor(system, 'gradient');
  const { parameters, tables } = randomNetwork(architecture, 'gradient');
  const random = seedrandom('direction');
  const direction = system.positions.map(() => random() - 0.5);
  const directional = (): number => {
    kernel.setNetwork(parameters, tables);
    return -evaluate(kernel, system).forces.reduce((sum, f, k) => sum + f * direction[k], 0);
  };
  directional();
  const gradient = new Float64Array(parameterSize(architecture));
  const tableGradient = new Float64Array(tableSize(architecture));
  kernel.addGradient(direction, gradient, tableGradient);

  const check = (values: Float64Array, analytic: Float64Array, at: number, size: number, name: string): void => {
    const group = analytic.subarray(at, at + size);
    const largest = Math.max(...group.map(Math.abs));
    assert.ok(largest > 0, `${name} has a gradient`);
    const sample = Array.from({ length: 12 }, () => at + Math.floor(random() * size));
    sample.push(at + group.findIndex((g) => Math.abs(g) === largest));
    for (const k of sample) {
      const h = 1e-4;
      const kept = values[k];
      values[k] = kept + h;
      const up = directional();
      values[k] = kept - h;
      const down = directional();
      values[k] = kept;
      const slope = (up - down) / (2 * h);
      assert.ok(Math.abs(slope - analytic[k]) < 1e-6 * largest, `${name}[${k - at}]: ${analytic[k]}, differences say ${slope}`);
    }
  };
  for (const { name, offset, size } of parameterLayout(architecture)) {
    check(parameters, gradient, offset, size, name);
  }
  const perLayer = tables.length / architecture.layers;
  const nonbondedSize = (architecture.nonbonded.intervals + 3) * architecture.features;
  for (let layer = 0; layer < architecture.layers; layer++) {
    check(tables, tableGradient, layer * perLayer, nonbondedSize, `non-bonded filters of layer ${layer}`);
    check(tables, tableGradient, layer * perLayer + nonbondedSize, perLayer - nonbondedSize, `bonded filters of layer ${layer}`);
  }
});

test('the energy does not change when the system is moved, rotated or renumbered', () => {
  const system = randomDimers(8, smallBoxes.open, 'symmetry');
  const { energy, forces } = evaluate(kernelFor(system, 'symmetry'), system);
  const [c, s] = [0.6, 0.8];
  const turned = system.positions.slice();
  for (let i = 0; i < turned.length; i += 3) {
    const [x, y, z] = system.positions.subarray(i, i + 3);
    turned.set([c * x - s * y + 0.7, c * (s * x + c * y) - s * z - 5, s * (s * x + c * y) + c * z + 11], i);
  }
  assert.ok(Math.abs(evaluate(kernelFor(system, 'symmetry'), system, turned).energy - energy) < 1e-11 * Math.abs(energy));

  // Exchange the first and the third dimer.
  const swapped = system.positions.slice();
  swapped.copyWithin(0, 12, 18);
  swapped.set(system.positions.subarray(0, 6), 12);
  const after = evaluate(kernelFor(system, 'symmetry'), system, swapped);
  assert.ok(Math.abs(after.energy - energy) < 1e-11 * Math.abs(energy));
  for (let k = 0; k < 6; k++) assert.ok(Math.abs(after.forces[12 + k] - forces[k]) < 1e-9);
});

test('total force vanishes and the trace of the virial is minus the derivative by a uniform scaling', () => {
  const system = randomDimers(8, smallBoxes.triclinic, 'virial');
  const kernel = kernelFor(system, 'virial');
  const { forces, virial } = evaluate(kernel, system);
  for (let c = 0; c < 3; c++) {
    let total = 0;
    for (let k = c; k < forces.length; k += 3) total += forces[k];
    assert.ok(Math.abs(total) < 1e-10);
  }
  const scaled = (s: number): number => {
    const box = { vectors: (system.box.vectors as Float64Array).map((x) => s * x) };
    const grown = { ...system, box, positions: system.positions.map((x) => s * x) };
    return evaluate(kernel, grown).energy;
  };
  const h = 1e-6;
  const slope = (scaled(1 + h) - scaled(1 - h)) / (2 * h);
  const trace = virial[0] + virial[4] + virial[8];
  assert.ok(Math.abs(trace + slope) < 1e-6 * Math.abs(slope), `${trace} against ${-slope}`);
});

test('a replicated box has as many times the energy', () => {
  const system = randomDimers(10, orthorhombic(1.3, 1.4, 1.5), 'extensive');
  const one = evaluate(kernelFor(system, 'extensive'), system).energy;
  const shifted = system.positions.map((x, k) => x + (k % 3 === 0 ? 1.3 : 0));
  const twice: RandomSystem = {
    box: orthorhombic(2.6, 1.4, 1.5),
    positions: Float64Array.from([...system.positions, ...shifted]),
    species: Int32Array.from([...system.species, ...system.species]),
    bonded: Int32Array.from([...system.bonded, ...system.bonded.map((i) => i + 20)]),
  };
  const two = evaluate(kernelFor(twice, 'extensive'), twice).energy;
  assert.ok(Math.abs(two - 2 * one) < 1e-11 * Math.abs(one));
});

for (const [name, box] of Object.entries(smallBoxes)) {
  for (const features of [16, 48]) {
    test(`the SIMD kernel agrees with the reference: energy, forces, virial and gradients (${name}, ${features} features)`, () => {
      const system = randomDimers(9, box, `simd ${name}`);
      const shape = testArchitecture({ features, layers: 3 });
      const { parameters, tables } = randomNetwork(shape, 'simd');
      const random = seedrandom('direction');
      const direction = system.positions.map(() => random() - 0.5);
      const [slow, fast] = [referenceKernel(shape, system), simdKernel(shape, system)].map((kernel) => {
        const { start, neighbours } = allPairs(system.species.length, system.bonded);
        kernel.setPairs(start.slice(), neighbours.slice(0, 0)); // a list that grows later
        kernel.setNetwork(parameters, tables);
        kernel.setPairs(start, neighbours);
        const result = evaluate(kernel, system);
        const gradient = new Float64Array(parameters.length);
        const filters = new Float64Array(tables.length);
        kernel.addGradient(direction, gradient, filters);
        return { ...result, gradient, filters, extremes: kernel.extremes.slice() };
      });
      assert.ok(Math.abs(fast.energy - slow.energy) < 1e-6 * Math.abs(slow.energy));
      for (const key of ['forces', 'virial', 'gradient', 'filters', 'extremes'] as const) {
        const largest = Math.max(...slow[key].map(Math.abs));
        const error = Math.max(...slow[key].map((x, k) => Math.abs(x - fast[key][k])));
        // f32 has 6e-8 relative rounding; sums over some hundred terms of both signs lose one to two digits.
        assert.ok(error < 1e-5 * largest, `${key}: largest ${largest}, error ${error}`);
      }
    });
  }
}

test.run();
