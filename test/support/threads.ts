/** Systems that go through every phase of the wasm platform's step on several threads, and what is compared between numbers of threads. */
import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../engine/dynamics/dynamics.ts';
import type { ForceDescription } from '../../engine/forces/description.ts';
import type { Context } from '../../engine/platforms/platform.ts';
import type { WasmContext } from '../../engine/platforms/wasm/context.ts';
import { usefulThreads } from '../../engine/platforms/wasm/parts.ts';
import type { System } from '../../engine/system/system.ts';
import { ljMelt, nve, registry } from './systems.ts';
import { rigidRingsAndChains, waterBox } from './water.ts';

export const langevin: DynamicsDescription = {
  integrator: 'langevin',
  timestep: 0.004,
  settings: { temperature: 1, friction: 1, timestep: 0.004 },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 3,
};

export async function onThreads(threads: number, of: System, dynamics: DynamicsDescription, settings = {}): Promise<WasmContext> {
  const all = registry();
  return (await all.get('platform', 'wasm').compile(of, dynamics, all, { threads, ...settings })) as WasmContext;
}

export function stateHash(context: Context): string {
  return createHash('sha256')
    .update(new Uint8Array(context.positions.slice().buffer))
    .update(new Uint8Array(context.velocities.slice().buffer))
    .update(new Uint8Array(context.forces.slice().buffer))
    .digest('hex');
}

/** The melt of 4 cells^3 as chains of `length`, whose bonds, angles and exclusions cross the ranges of particles. */
export function chains(cells: number, length: number): System {
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

/** Rigid water with particle-mesh Ewald; its start is on a lattice, and at 1.44 K it stays far from hot for the steps of a test. */
export function rigidWater(): System {
  const water = waterBox(9, { cutoff: 0.6 });
  const forces = [{ ...water.forces[0], coulomb: { method: 'pme', tolerance: 1e-4 } } as ForceDescription];
  return { ...water, forces };
}

/** Water of four sites on its lattice. */
const waterOfFourSites = () => waterBox(9, { cutoff: 0.6, fourSites: true });

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

/** Systems and dynamics that between them go through every phase of the platform's step. */
export const threadCases = [
  { name: 'a melt at constant energy', make: () => ljMelt(8), dynamics: { ...nve, removeCenterOfMass: 10 } },
  { name: 'chains across the ranges in a heat bath', make: () => chains(8, 700), dynamics: langevin },
  {
    name: 'overdamped chains',
    make: () => chains(8, 700),
    dynamics: { ...langevin, integrator: 'overdamped-langevin', timestep: 1e-4 },
  },
  { name: 'a Nosé-Hoover melt', make: () => ljMelt(8), dynamics: thermostatted() },
  { name: 'a salt with a mesh', make: () => salt(8), dynamics: { ...nve, timestep: 0.002 } },
  { name: 'rigid water with a mesh', make: rigidWater, dynamics: { ...nve, timestep: 0.002, removeCenterOfMass: 10 } },
  {
    name: 'rigid water with a mesh in a Nosé-Hoover bath',
    make: rigidWater,
    dynamics: { ...thermostatted(), timestep: 0.002 },
  },
  { name: 'water of four sites in a heat bath', make: waterOfFourSites, dynamics: { ...langevin, timestep: 0.002 } },
  { name: 'rigid water with a mesh in a heat bath', make: rigidWater, dynamics: { ...langevin, timestep: 0.002 } },
  { name: 'rigid rings and chains in a heat bath', make: () => rigidRingsAndChains(5), dynamics: langevin },
] as const;

/** Hash and observables after so many steps on each number of threads. */
export async function trajectories(
  make: () => System,
  dynamics: DynamicsDescription,
  numbers: readonly number[],
  steps: number,
  precision: 'mixed' | 'double',
): Promise<string[]> {
  const runs: string[] = [];
  for (const threads of numbers) {
    const made = make();
    const context = await onThreads(threads, made, dynamics, { precision });
    context.drawVelocities(1.44);
    assert.is(context.statistics().threads, Math.min(threads, usefulThreads(made.structure.mass.length, 8)));
    context.advance(steps);
    runs.push(`${stateHash(context)} ${JSON.stringify(context.observe())}`);
    context.close();
  }
  return runs;
}
