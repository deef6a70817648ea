/** Trajectories made in memory, for tests of what reads trajectories. */
import type { Box, Frame, Structure, Trajectory } from '../../engine/index.ts';

export interface MoleculePlan {
  readonly count: number;
  /** Type names of the particles of one molecule. */
  readonly types: readonly string[];
  /** Bonds within one molecule. */
  readonly bonds?: readonly (readonly [number, number])[];
  readonly masses?: readonly number[];
}

/** A structure of copies of one molecule. */
export function structureOf({ count, types, bonds = [], masses }: MoleculePlan, units: 'md' | 'lj' = 'md'): Structure {
  const size = types.length;
  const typeNames = [...new Set(types)];
  const total = count * size;
  const each = <T>(f: (molecule: number, particle: number) => T): T[] =>
    Array.from({ length: total }, (_, i) => f(Math.floor(i / size), i % size));
  return {
    units,
    mass: Float64Array.from(each((_, p) => masses?.[p] ?? 1)),
    charge: new Float64Array(total),
    type: Int32Array.from(each((_, p) => typeNames.indexOf(types[p]))),
    typeNames,
    name: each((_, p) => types[p]),
    element: each(() => ''),
    molecule: Int32Array.from(each((m) => m)),
    residue: Int32Array.from(each((m) => m)),
    residueNames: Array.from({ length: count }, () => 'MOL'),
    bonds: Int32Array.from(
      Array.from({ length: count }, (_, m) => bonds.flatMap(([i, j]) => [m * size + i, m * size + j])).flat(),
    ),
  };
}

/** A trajectory of given positions, one frame each, `interval` apart. */
export function trajectoryOf(structure: Structure, box: Box, frames: readonly Float64Array[], interval = 1): Trajectory {
  return {
    structure,
    length: frames.length,
    frame: (index): Frame => ({
      step: index,
      time: index * interval,
      positions: frames[index],
      velocities: null,
      forces: null,
      box,
    }),
    close: () => {},
  };
}

/** A small repeatable generator of uniform numbers in [0, 1): mulberry32. Good enough for sampling in tests. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers from uniform ones (Box & Muller). */
export function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
