/** Threads of the learned kernels: lists against all pairs, the same bits for any number, and runs that go on on another one. */
import { createHash } from 'node:crypto';
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, type ForceDescription, orthorhombic, Registry, type System, startThreads } from '../../../engine/index.ts';
import type { WasmContext } from '../../../engine/platforms/wasm/context.ts';
import { parameterSize, tableSize } from '../../../plugins/potentials/graph/architecture.ts';
import type { GraphKernel } from '../../../plugins/potentials/graph/kernel.ts';
import { graphModel } from '../../../plugins/potentials/graph/model.ts';
import { referenceKernel } from '../../../plugins/potentials/graph/reference.ts';
import { simdKernel } from '../../../plugins/potentials/graph/simd.ts';
import { threadsOfTraining } from '../../../plugins/potentials/graph/training-kernel.ts';
import { plugin } from '../../../plugins/potentials/index.ts';
import type { TrainingContext } from '../../../plugins/potentials/model.ts';
import { emptyPairs, neighbourPairs } from '../../../plugins/potentials/neighbour-pairs.ts';
import { angularFunctions } from '../../../plugins/potentials/oriented/angular.ts';
import { BondPairKernel } from '../../../plugins/potentials/oriented/kernel.ts';
import { rangesOf } from '../../../plugins/potentials/pair-program.ts';
import { particles, registry } from '../../support/systems.ts';
import { langevin, stateHash } from '../../support/threads.ts';
import { randomNetwork, testArchitecture } from './graph-support.ts';
import { dimerLiquid } from './synthetic.ts';

const test = suite('threads of learned kernels');
const numbers = [1, 2, 3];

/** Dimers on a jittered lattice, unwrapped: some lie boxes away. */
function dimers(perEdge: number, box: Box, seed: string) {
  const random = seedrandom(seed);
  const v = box.vectors ?? Float64Array.of(0.45 * perEdge, 0, 0, 0, 0.45 * perEdge, 0, 0, 0, 0.45 * perEdge);
  const count = perEdge ** 3;
  const positions = new Float64Array(6 * count);
  // Numbered at random: pairs of all ranges of numbers meet.
  const places = Array.from({ length: count }, (_, m) => ({ m, key: random() })).sort((a, b) => a.key - b.key);
  places.forEach(({ m }, k) => {
    const [a, b, c] = [m % perEdge, Math.floor(m / perEdge) % perEdge, Math.floor(m / perEdge ** 2)].map(
      (cell) => (cell + 0.3 * random()) / perEdge + (box.vectors ? Math.floor(3 * random()) - 1 : 0),
    );
    const x = [a * v[0] + b * v[3] + c * v[6], b * v[4] + c * v[7], c * v[8]];
    for (let d = 0; d < 3; d++) {
      positions[6 * k + d] = x[d];
      positions[6 * k + 3 + d] = x[d] + 0.13 + 0.03 * random();
    }
  });
  return {
    box,
    positions,
    species: Int32Array.from({ length: 2 * count }, (_, i) => i % 2),
    bonded: Int32Array.from({ length: 2 * count }, (_, i) => i),
  };
}

const boxes: Readonly<Record<string, Box>> = {
  open: { vectors: null },
  orthorhombic: orthorhombic(3.2, 3.4, 3.6),
  triclinic: { vectors: Float64Array.of(3.4, 0, 0, 0.9, 3.3, 0, -0.7, 0.8, 3.5) },
};

function evaluate(kernel: GraphKernel, positions: Float64Array, box: Box, gradient = true) {
  const [forces, virial] = [new Float64Array(positions.length), new Float64Array(9)];
  const energy = kernel.evaluate(positions, box, forces, virial);
  const [parameters, tables] = [new Float64Array(parameterSize(architecture)), new Float64Array(tableSize(architecture))];
  if (gradient) kernel.addGradient(forces, parameters, tables);
  return { energy, forces, virial, parameters, tables };
}

function hashOf({ energy, ...arrays }: ReturnType<typeof evaluate>): string {
  const hash = createHash('sha256').update(String(energy));
  for (const values of Object.values(arrays)) hash.update(new Uint8Array(values.buffer));
  return hash.digest('hex');
}

const architecture = testArchitecture({ layers: 2 });
const network = randomNetwork(architecture, 'threads');

for (const [name, box] of Object.entries(boxes)) {
  test(`forces and gradients are those of a list of all pairs, with the same bits on 1, 2 and 3 threads (${name})`, async () => {
    const system = dimers(8, box, name);
    assert.is(rangesOf(system.species.length), 8);
    const slow = referenceKernel(architecture, system);
    slow.setNetwork(network.parameters, network.tables);
    const pairs = neighbourPairs(system.positions, box, architecture.nonbonded.cutoff, null, emptyPairs());
    const start = new Int32Array(system.species.length + 1);
    const partners: number[] = [];
    for (let i = 0, n = 0; i < system.species.length; i++) {
      for (; n < pairs.count && pairs.i[n] === i; n++) if (pairs.j[n] !== (i ^ 1)) partners.push(pairs.j[n]);
      start[i + 1] = partners.length;
    }
    slow.setPairs(start, Int32Array.from(partners));
    const expected = evaluate(slow, system.positions, box);
    const bits = new Set<string>();
    for (const count of numbers) {
      const threads = await startThreads(count, 'threads');
      const kernel = simdKernel(architecture, system, { threads });
      kernel.setNetwork(network.parameters, network.tables);
      const found = evaluate(kernel, system.positions, box);
      threads.stop();
      // f32 has 6e-8 relative rounding; sums of some thousand terms of both signs lose two digits.
      assert.ok(Math.abs(found.energy - expected.energy) < 1e-5 * Math.abs(expected.energy));
      for (const key of ['forces', 'virial', 'parameters', 'tables'] as const) {
        const largest = Math.max(...expected[key].map(Math.abs));
        const error = Math.max(...expected[key].map((x, k) => Math.abs(x - found[key][k])));
        assert.ok(error < 2e-5 * largest, `${key}: largest ${largest}, error ${error}`);
      }
      bits.add(hashOf(found));
    }
    assert.is(bits.size, 1);
  });
}

/** Splines with random coefficients that end at zero. */
function bondSplines() {
  const random = seedrandom('splines');
  const intervals = 12;
  const width = angularFunctions(4).length;
  const coefficients = Float64Array.from({ length: (intervals + 3) * width }, (_, k) =>
    k < intervals * width ? 2 * (random() - 0.5) : 0,
  );
  return { degree: 4, start: 0.2, cutoff: 0.75, intervals, coefficients };
}

test('lists that serve for several evaluations give the bits of fresh ones, on 1, 2 and 3 threads', async () => {
  const { positions, box, species, bonded } = dimers(8, boxes.orthorhombic, 'moves');
  for (const count of numbers) {
    const threads = await startThreads(count, 'threads');
    const splines = bondSplines();
    const made = (skin: number) => {
      const kernel = simdKernel(architecture, { species, bonded }, { threads, skin });
      kernel.setNetwork(network.parameters, network.tables);
      return kernel;
    };
    const [kept, pairs] = [made(0.3), new BondPairKernel(bonded, species.length, splines, threads)];
    const fresh = { kernel: made(0), pairs: new BondPairKernel(bonded, species.length, splines) };
    const moved = positions.slice();
    const random = seedrandom('by');
    for (let step = 0; step < 6; step++) {
      const [old, anew] = [kept, fresh.kernel].map((kernel) => evaluate(kernel, moved, box, false));
      assert.equal(old, anew);
      const [a, b] = [pairs, fresh.pairs].map((kernel, k) => {
        const [forces, virial] = [new Float64Array(moved.length), new Float64Array(9)];
        return { energy: kernel.compute(moved, box, forces, virial, k === 0 ? 0.9 : 0.75), forces, virial };
      });
      assert.equal(a, b);
      for (let k = 0; k < moved.length; k++) moved[k] += 0.05 * (random() - 0.5);
    }
    assert.ok(pairs.builds > 1 && pairs.builds < 6, `${pairs.builds} lists in 6 steps`);
    threads.stop();
  }
});

/** Dimers that interact through a small network and through pairs of bonds. */
function learnedSystem(): System {
  const { positions, box, species, bonded } = dimers(6, orthorhombic(2.7, 2.7, 2.7), 'run');
  const n = species.length;
  const structure = particles(n, {
    type: new Int32Array(n),
    molecule: Int32Array.from({ length: n }, (_, i) => Math.floor(i / 2)),
    bonds: bonded,
  });
  const weak = network.parameters.map((x) => 0.3 * x);
  const forces: ForceDescription[] = [
    {
      kind: 'bonded',
      term: 'harmonic-bond',
      atoms: bonded,
      parameters: Float64Array.from({ length: n }, (_, k) => (k % 2 ? 500 : 0.25)),
    },
    { kind: 'custom', term: 'bond-pairs', data: { bonds: bonded, splines: bondSplines() } },
    {
      kind: 'custom',
      term: 'graph-potential',
      data: { architecture, parameters: weak, tables: network.tables, species, bonded },
    },
  ];
  return { structure, positions, velocities: null, box, forces };
}

async function start(threads: number): Promise<WasmContext> {
  const all = registry();
  plugin.register(all);
  const dynamics = { ...langevin, timestep: 0.002, settings: { ...langevin.settings, timestep: 0.002 } };
  return (await all.get('platform', 'wasm').compile(learnedSystem(), dynamics, all, { threads })) as WasmContext;
}

test('a run has the same bits on 1, 2 and 3 threads, and when another number goes on with it', async () => {
  const whole: string[] = [];
  for (const threads of numbers) {
    const context = await start(threads);
    // 432 sites: few for the engine's own kernels, enough for these.
    assert.is(context.statistics().threads, Math.min(threads, 2));
    context.drawVelocities(1);
    context.advance(40);
    whole.push(`${stateHash(context)} ${context.observe().conserved}`);
    const tasks = Object.keys(context.statistics().secondsByTask);
    for (const task of ['bond-pairs (own kernel)', 'graph-potential (own kernel)']) assert.ok(tasks.includes(task), `${tasks}`);
    context.close();
  }
  assert.is(new Set(whole).size, 1, whole.join('\n'));
  const [first, second] = [await start(1), await start(2)];
  first.drawVelocities(1);
  first.advance(17);
  second.load(first.save());
  second.advance(23);
  assert.is(`${stateHash(second)} ${second.observe().conserved}`, whole[0]);
  for (const context of [first, second]) context.close();
});

test('a training has the same bits on 1 and 2 threads, and takes no more than it can use', async () => {
  const liquid = dimerLiquid({ molecules: 32, frames: 10, edge: 6.7 });
  const settings = {
    base: 'priors',
    bondPoints: [],
    features: 64,
    layers: 2,
    radialFunctions: 8,
    filterWidth: 8,
    cutoff: 2.4,
    steps: 4,
    batch: 2,
  };
  const weights: string[] = [];
  for (const threads of [1, 2, 8]) {
    let used = 0;
    const trained = await graphModel.train(liquid, settings, {
      seed: 1,
      registry: new Registry(),
      progress: { update: () => {}, note: () => {} },
      signal: new AbortController().signal,
      folder: { path: '', exists: () => false } as unknown as TrainingContext['folder'],
      record: () => {},
      threads,
      uses: (count) => {
        used = count;
      },
    });
    // 64 sites are two ranges.
    assert.is(used, Math.min(threads, 2));
    const hash = createHash('sha256');
    for (const { data } of Object.values(trained.weights))
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    weights.push(hash.digest('hex'));
  }
  assert.is(new Set(weights).size, 1);
  assert.is(threadsOfTraining({ kernel: 'auto', features: 16, layers: 1 }, 128, 450, 8), 1);
  assert.is(threadsOfTraining({ kernel: 'composed', features: 64, layers: 4 }, 4096, 40_000, 8), 1);
});

test('a site that is nowhere ends a run on any number of threads with an explanation', async () => {
  for (const threads of numbers) {
    const context = await start(threads);
    context.advance(2);
    context.positions[3 * 200] = Number.NaN;
    assert.throws(() => context.advance(1), /energy is not finite.*first at particle 200/);
    context.close();
  }
});

test.run();
