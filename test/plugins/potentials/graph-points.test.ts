/** Points on bonds: forces and training gradient go through them to the sites, and pair lists of sites become those of nodes. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic, SimulationError, type Structure } from '../../../engine/index.ts';
import { parameterSize, tableSize } from '../../../plugins/potentials/graph/architecture.ts';
import { chooseKernel, everyPair } from '../../../plugins/potentials/graph/force.ts';
import type { GraphKernel } from '../../../plugins/potentials/graph/kernel.ts';
import {
  farthestPoint,
  kernelWithPoints,
  placeNodes,
  pointsOnBonds,
  RelatedNodes,
  relatedNodes,
} from '../../../plugins/potentials/graph/points.ts';
import { emptyPairs, neighbourPairs } from '../../../plugins/potentials/neighbour-pairs.ts';
import { type RandomSystem, randomDimers, randomNetwork, smallBoxes, testArchitecture } from './graph-support.ts';

const test = suite('points on bonds');

/** Two types in turn, a bond a dimer. */
function structureOf({ species, bonded }: RandomSystem): Structure {
  const n = species.length;
  return {
    units: 'md',
    mass: new Float64Array(n).fill(15),
    charge: new Float64Array(n),
    type: species,
    typeNames: ['A', 'B'],
    name: new Array<string>(n).fill('S'),
    element: new Array<string>(n).fill(''),
    molecule: Int32Array.from({ length: n }, (_, i) => Math.floor(i / 2)),
    residue: new Int32Array(n),
    residueNames: ['MOL'],
    bonds: bonded,
  };
}

const fractions = [-0.4, 0.5];
const architecture = testArchitecture({ species: 5 });
const longest = 0.27;

function kernelFor(system: RandomSystem, precision: 'fast' | 'reference', offer = true) {
  const structure = structureOf(system);
  const points = pointsOnBonds(structure, fractions);
  const kinds = [...structure.typeNames, ...new Set(points.kinds)];
  const names = [...Array.from(structure.type, (t) => structure.typeNames[t]), ...points.kinds];
  const species = Int32Array.from(names, (name) => kinds.indexOf(name));
  const nodes = chooseKernel(
    architecture,
    { species, bonded: system.bonded, excluded: relatedNodes(structure, points, system.bonded) },
    precision,
  );
  const kernel = kernelWithPoints(nodes, structure, points, system.bonded, longest);
  const network = randomNetwork(architecture, 'points');
  kernel.setNetwork(network.parameters, network.tables);
  if (offer) {
    const { start, neighbours } = everyPair(structure.mass.length, system.bonded);
    kernel.setPairs(start, neighbours);
  }
  return { kernel, nodes, structure, points, network };
}

function evaluate(kernel: GraphKernel, system: RandomSystem, positions = system.positions) {
  const forces = new Float64Array(positions.length);
  const virial = new Float64Array(9);
  return { energy: kernel.evaluate(positions, system.box, forces, virial), forces, virial };
}

test('each fraction and its mirror image lie on every bond, of one kind where the ends are alike', () => {
  const system = randomDimers(2, orthorhombic(2, 2, 2), 'kinds');
  const apart = pointsOnBonds(structureOf(system), fractions);
  assert.equal([...apart.fractions], [-0.4, 0.5, 1.4, -0.4, 0.5, 1.4]);
  assert.equal(new Set(apart.kinds).size, 3);
  const alike = pointsOnBonds({ ...structureOf(system), type: new Int32Array(4) }, fractions);
  assert.equal([...alike.kinds.slice(0, 3)], ['A|A@-0.4', 'A|A@0.5', 'A|A@-0.4']);
  assert.ok(Math.abs(farthestPoint(alike, 0.2) - 0.1) < 1e-15);
});

for (const [name, box] of Object.entries(smallBoxes)) {
  test(`forces on the sites are minus the gradient of the energy (${name})`, () => {
    const system = randomDimers(8, box, name);
    const { kernel } = kernelFor(system, 'reference');
    const { forces } = evaluate(kernel, system);
    const largest = Math.max(...forces.map(Math.abs));
    const h = 1e-5;
    for (let k = 0; k < forces.length; k++) {
      const along = (step: number): number => {
        const moved = system.positions.slice();
        moved[k] += step;
        return evaluate(kernel, system, moved).energy;
      };
      const slope = (along(h) - along(-h)) / (2 * h);
      // Central differences of a function whose third derivative jumps at the spline's knots: error of order h^2.
      assert.ok(Math.abs(forces[k] + slope) < 2e-6 * largest, `component ${k}: ${forces[k]} against ${-slope}`);
    }
  });
}

test('the training gradient equals finite differences of u . grad V', () => {
  const system = randomDimers(6, smallBoxes.triclinic, 'gradient');
  const { kernel, network } = kernelFor(system, 'reference');
  const random = seedrandom('direction');
  const u = system.positions.map(() => random() - 0.5);
  evaluate(kernel, system);
  const gradient = new Float64Array(parameterSize(architecture));
  const tables = new Float64Array(tableSize(architecture));
  kernel.addGradient(u, gradient, tables);
  for (const [values, analytic] of [
    [network.parameters, gradient],
    [network.tables, tables],
  ]) {
    const largest = Math.max(...analytic.map(Math.abs));
    for (let trial = 0; trial < 40; trial++) {
      const k = Math.floor(random() * values.length);
      const saved = values[k];
      const along = (step: number): number => {
        values[k] = saved + step;
        kernel.setNetwork(network.parameters, network.tables);
        values[k] = saved;
        return -evaluate(kernel, system).forces.reduce((sum, f, n) => sum + f * u[n], 0);
      };
      const slope = (along(1e-5) - along(-1e-5)) / 2e-5;
      assert.ok(Math.abs(slope - analytic[k]) < 1e-6 * largest, `parameter ${k}: ${analytic[k]} against ${slope}`);
    }
  }
});

test('the virial is the change of the energy when box and sites are stretched', () => {
  const system = randomDimers(8, smallBoxes.orthorhombic, 'virial');
  const { kernel } = kernelFor(system, 'reference');
  const { virial } = evaluate(kernel, system);
  const v = system.box.vectors as Float64Array;
  const stretched = (s: number): number => {
    const positions = system.positions.map((x, k) => (k % 3 === 0 ? x * s : x));
    return evaluate(kernel, { ...system, box: orthorhombic(v[0] * s, v[4], v[8]) }, positions).energy;
  };
  const slope = (stretched(1 + 1e-6) - stretched(1 - 1e-6)) / 2e-6;
  assert.ok(Math.abs(virial[0] + slope) < 1e-5 * Math.abs(slope), `${virial[0]} against ${-slope}`);
});

test('SIMD agrees with the reference', () => {
  const system = randomDimers(20, orthorhombic(2, 2, 2), 'fast');
  const [fast, slow] = (['fast', 'reference'] as const).map((precision) => evaluate(kernelFor(system, precision).kernel, system));
  const largest = Math.max(...slow.forces.map(Math.abs));
  fast.forces.forEach((f, k) => {
    assert.ok(Math.abs(f - slow.forces[k]) < 2e-5 * largest, `component ${k}: ${f} against ${slow.forces[k]}`); // f32
  });
});

test('a list of sites within reach gives the same edges as all pairs of nodes', () => {
  const system = randomDimers(40, orthorhombic(2.6, 2.6, 2.6), 'lists');
  const { kernel, points, structure } = kernelFor(system, 'reference', false);
  const all = evaluate(kernelFor(system, 'reference').kernel, system);
  const pairs = emptyPairs();
  const reach = architecture.nonbonded.cutoff + 2 * farthestPoint(points, longest);
  neighbourPairs(system.positions, system.box, reach, null, pairs);
  const start = new Int32Array(structure.mass.length + 1);
  const listed: number[] = [];
  for (let i = 0, n = 0; i < structure.mass.length; i++) {
    for (; n < pairs.count && pairs.i[n] === i; n++) listed.push(pairs.j[n]);
    start[i + 1] = listed.length;
  }
  kernel.setPairs(start, Int32Array.from(listed));
  // Edges come in another order, and so the sums: rounding.
  assert.ok(Math.abs(evaluate(kernel, system).energy - all.energy) < 1e-10 * Math.abs(all.energy));
});

test('nodes of one molecule are related as their sites are; a bond that is too long is an error', () => {
  const system = randomDimers(8, orthorhombic(2, 2, 2), 'related');
  const { kernel, points, structure } = kernelFor(system, 'reference');
  const related = new RelatedNodes(structure, points, system.bonded);
  const sites = structure.mass.length;
  assert.ok(related.has(0, sites) && related.has(sites, sites + 2) && !related.has(0, sites + 3) && !related.has(0, 2));
  const nodes = new Float64Array(3 * (sites + points.fractions.length));
  placeNodes(points, system.positions, system.box, nodes);
  const [a, b] = [system.positions[0], system.positions[3]];
  assert.ok(Math.abs(nodes[3 * sites] - (1.4 * a - 0.4 * b)) < 1e-12);
  const torn = system.positions.slice();
  for (let c = 0; c < 3; c++) torn[c] += 2 * (torn[c] - torn[3 + c]);
  assert.throws(
    () => evaluate(kernel, system, torn),
    (error: unknown) => error instanceof SimulationError && /long/.test(error.message),
  );
});

test.run();
