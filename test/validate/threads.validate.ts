/** Threads of the wasm platform: the same bits for any number, errors from any thread, and no cost where they are of no use. */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../engine/dynamics/dynamics.ts';
import type { ForceDescription } from '../../engine/forces/description.ts';
import type { Context } from '../../engine/platforms/platform.ts';
import { sortByRange } from '../../engine/platforms/wasm/bonded-sets.ts';
import type { WasmContext } from '../../engine/platforms/wasm/context.ts';
import { pairParts, particleRanges, usefulThreads } from '../../engine/platforms/wasm/parts.ts';
import { openBox } from '../../engine/system/box.ts';
import type { System } from '../../engine/system/system.ts';
import { ljMelt, nve, particles, registry, system } from '../support/systems.ts';
import { rigidRingsAndChains, waterBox } from '../support/water.ts';

const langevin: DynamicsDescription = {
  integrator: 'langevin',
  timestep: 0.004,
  settings: { temperature: 1, friction: 1, timestep: 0.004 },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 3,
};

async function on(threads: number, of: System, dynamics: DynamicsDescription, settings = {}): Promise<WasmContext> {
  const all = registry();
  return (await all.get('platform', 'wasm').compile(of, dynamics, all, { threads, ...settings })) as WasmContext;
}

function hash(context: Context): string {
  return createHash('sha256')
    .update(new Uint8Array(context.positions.slice().buffer))
    .update(new Uint8Array(context.velocities.slice().buffer))
    .update(new Uint8Array(context.forces.slice().buffer))
    .digest('hex');
}

/** The melt of 4 cells^3 as chains of `length`, whose bonds, angles and exclusions cross the ranges of particles. */
function chains(cells: number, length: number): System {
  const melt = ljMelt(cells, 0.8442, 'shift');
  const n = melt.structure.mass.length;
  const tuples = (arity: number) => {
    const atoms: number[] = [];
    for (let i = 0; i + arity <= n; i++)
      if (Math.floor(i / length) === Math.floor((i + arity - 1) / length)) for (let a = 0; a < arity; a++) atoms.push(i + a);
    return Int32Array.from(atoms);
  };
  const bonded = (term: string, arity: number, ...parameters: number[]): ForceDescription => {
    const atoms = tuples(arity);
    const count = (atoms.length / arity) * parameters.length;
    return {
      kind: 'bonded',
      term,
      atoms,
      parameters: Float64Array.from({ length: count }, (_, k) => parameters[k % parameters.length]),
    };
  };
  const nonbonded = melt.forces[0];
  const molecule = Int32Array.from({ length: n }, (_, i) => Math.floor(i / length));
  return {
    ...melt,
    structure: { ...melt.structure, molecule },
    forces: [
      { ...nonbonded, exclusions: tuples(2) } as ForceDescription,
      // Neighbours in the list are up to 9 sigma from each other in the lattice: springs too weak to pull the melt together.
      bonded('harmonic-bond', 2, 1, 0.2),
      bonded('cosine-angle', 3, 0.1),
    ],
  };
}

for (const precision of ['mixed', 'double']) {
  for (const [name, make, dynamics] of [
    ['a melt at constant energy', () => ljMelt(8), { ...nve, removeCenterOfMass: 10 }],
    ['chains across the ranges in a heat bath', () => chains(8, 700), langevin],
    ['overdamped chains', () => chains(8, 700), { ...langevin, integrator: 'overdamped-langevin', timestep: 1e-4 }],
    ['a Nosé-Hoover melt', () => ljMelt(8), thermostatted()],
    ['a salt with a mesh', () => salt(8), { ...nve, timestep: 0.002 }],
    ['rigid water with a mesh', rigidWater, { ...nve, timestep: 0.002, removeCenterOfMass: 10 }],
    ['rigid water with a mesh in a Nosé-Hoover bath', rigidWater, { ...thermostatted(), timestep: 0.002 }],
    ['rigid water with a mesh in a heat bath', rigidWater, { ...langevin, timestep: 0.002 }],
    ['rigid rings and chains in a heat bath', () => rigidRingsAndChains(5), langevin],
  ] as const) {
    test(`${name} has the same trajectory on 1, 2 and 3 threads (${precision})`, async () => {
      const runs: string[] = [];
      for (const threads of [1, 2, 3, 2]) {
        const made = make();
        const context = await on(threads, made, dynamics, { precision });
        context.drawVelocities(1.44);
        assert.is(context.statistics().threads, Math.min(threads, usefulThreads(made.structure.mass.length, 8)));
        context.advance(precision === 'double' ? 20 : 60);
        runs.push(`${hash(context)} ${JSON.stringify(context.observe())}`);
        context.close();
      }
      assert.is(new Set(runs).size, 1, runs.join('\n'));
    });
  }
}

test('rigid water on three threads has the bits of steps composed in TypeScript', async () => {
  const dynamics = { ...nve, timestep: 0.002, removeCenterOfMass: 7 };
  const [inKernels, composed] = [await on(3, rigidWater(), dynamics), await on(1, rigidWater(), dynamics)];
  (composed as unknown as { native: null }).native = null;
  for (const context of [inKernels, composed]) {
    context.drawVelocities(1.44);
    context.advance(20);
  }
  assert.is(hash(inKernels), hash(composed));
  inKernels.close();
});

/** Rigid water with particle-mesh Ewald; its start is on a lattice, and at 1.44 K it stays far from hot for the steps of a test. */
function rigidWater(): System {
  const water = waterBox(9, { cutoff: 0.6 });
  const forces = [{ ...water.forces[0], coulomb: { method: 'pme', tolerance: 1e-4 } } as ForceDescription];
  return { ...water, forces };
}

/** The melt with charges of both signs. */
function salt(cells: number): System {
  const melt = ljMelt(cells, 0.8442, 'shift');
  const charge = melt.structure.charge.map((_, i) => (i % 2 === 0 ? 0.5 : -0.5));
  const nonbonded = { ...melt.forces[0], coulomb: { method: 'pme', tolerance: 1e-4 } } as ForceDescription;
  return { ...melt, structure: { ...melt.structure, charge }, forces: [nonbonded] };
}

function thermostatted(): DynamicsDescription {
  const settings = { type: 'nose-hoover', temperature: 1, time: 0.5 };
  return { ...nve, timestep: 0.002, thermostat: { type: 'nose-hoover', settings } };
}

test('a run that is continued on another number of threads has the bits of one that was not interrupted', async () => {
  const whole = await on(1, chains(8, 700), langevin);
  whole.drawVelocities(1);
  whole.advance(57);
  const half = await on(2, chains(8, 700), langevin);
  half.drawVelocities(1);
  half.advance(20);
  const continued = await on(3, chains(8, 700), langevin);
  continued.load(half.save());
  continued.advance(37);
  assert.is(hash(continued), hash(whole));
  assert.is(continued.observe().conserved, whole.observe().conserved);
  for (const context of [half, continued]) context.close();
});

test('a broken bond, a lost particle and a torn molecule on any thread end the run with an explanation', async () => {
  const one = chains(8, 700);
  const atoms = Int32Array.of(3, 4, 2040, 2041);
  const fene: ForceDescription = { kind: 'bonded', term: 'fene-bond', atoms, parameters: Float64Array.of(30, 20, 30, 1e-3) };
  const broken = await on(2, { ...one, forces: [...one.forces, fene] }, langevin);
  assert.throws(() => broken.observe(), /fene-bond between particles 2040 \(A\), 2041 \(A\) is undefined at distance/);
  const lost = await on(2, ljMelt(8), nve);
  lost.positions[3 * 1900] = Number.NaN;
  assert.throws(() => lost.advance(1), /energy is not finite, first at particle 1900/);
  const torn = await on(3, rigidWater(), { ...nve, timestep: 0.002 });
  torn.velocities[3 * 2100] = 500;
  assert.throws(() => torn.advance(3), /At step 0 the constraint between particles 2100 \(O of HOH 700\) and 210/);
  for (const context of [broken, lost, torn]) context.close();
});

test('a blow-up in the middle of a long call is found within a few steps', async () => {
  const melt = await on(1, ljMelt(8), { ...nve, timestep: 0.5 });
  melt.drawVelocities(5);
  assert.throws(
    () => melt.advance(1_000_000),
    /At step \d+ particle \d+ \(A.*\) has moved .* further than the cut-off in a step/,
  );
  assert.ok(melt.step < 100, `found at step ${melt.step}`);
});

test('too little memory is said to be that', async () => {
  for (const threads of [1, 2]) {
    let context: WasmContext | null = null;
    try {
      context = await on(threads, ljMelt(20), nve, { memory: 16 });
      context.advance(1);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /no more memory: it holds 1\d MB/);
    }
    context?.close();
  }
});

test('small systems use fewer threads', async () => {
  assert.is(usefulThreads(70, 8), 1);
  assert.is(usefulThreads(2048, 8), 2);
  assert.is(usefulThreads(32000, 8), 8);
  const small = await on(8, ljMelt(4), nve);
  assert.is(small.statistics().threads, 1);
});

test('ranges begin at multiples of four and at molecules where they can', () => {
  const water = Int32Array.from({ length: 6000 }, (_, i) => Math.floor(i / 3));
  const ranges = particleRanges(water);
  assert.is(ranges.length, 12);
  assert.ok([...ranges].every((i) => i % 12 === 0));
  assert.is(ranges[11], 6000);
  assert.equal([...particleRanges(new Int32Array(2001))], [0, 668, 1336, 2001]);
  assert.is(pairParts(70), 1);
});

test('tuples go to the range that holds all their atoms, others behind', () => {
  const { order, starts } = sortByRange(Int32Array.of(5, 6, 0, 1, 3, 4, 4, 5, 1, 2), 2, Int32Array.of(0, 4, 8));
  assert.equal([...order], [1, 4, 0, 3, 2]);
  assert.equal([...starts], [0, 2, 4, 5]);
});

test('lists that are used too late are counted', async () => {
  const context = await on(1, ljMelt(8), nve);
  context.drawVelocities(3);
  context.advance(50);
  assert.is(context.statistics().dangerousBuilds, 0);
  const { kernel, forceField } = context as unknown as {
    kernel: { setBlind(set: number, evaluations: number): void };
    forceField: { pairs: { set: number }[] };
  };
  kernel.setBlind(forceField.pairs[0].set, 60);
  context.advance(100);
  assert.is(context.statistics().dangerousBuilds, 1);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('neither heap nor memory grows over 100 000 steps', async () => {
  const n = 20;
  const chain: ForceDescription = {
    kind: 'bonded',
    term: 'harmonic-bond',
    atoms: Int32Array.from({ length: 2 * (n - 1) }, (_, k) => (k + 1) >> 1),
    parameters: Float64Array.from({ length: 2 * (n - 1) }, (_, k) => [1, 100][k % 2]),
  };
  const wca: ForceDescription = {
    kind: 'nonbonded',
    cutoff: 2 ** (1 / 6),
    pair: { term: 'wca', parameters: Float64Array.of(1, 1), width: 2, modifier: 'none' },
    coulomb: null,
    exclusions: new Int32Array(0),
  };
  const x = Float64Array.from({ length: 3 * n }, (_, k) => (k % 3 === 0 ? k / 3 : 0));
  const context = await on(1, system(particles(n), x, openBox, [chain, wca]), langevin);
  context.drawVelocities(1);
  context.advance(10_000);
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = { memory: context.positions.buffer.byteLength, heap: heap() };
  for (let k = 0; k < 100; k++) context.advance(1000);
  assert.is(context.positions.buffer.byteLength, before.memory);
  const growth = heap() - before.heap;
  assert.ok(growth < 1e5, `the heap grew by ${growth} bytes`);
});

test.run();
