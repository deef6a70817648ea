/** Frames of nothing in particular, the same for the same index, and a small structure they may belong to. */
import seedrandom from 'seedrandom';
import { openBox, orthorhombic } from '../../engine/system/box.ts';
import { makeStructure } from '../../engine/system/structure.ts';
import type { Structure } from '../../engine/system/system.ts';
import type { FrameContents } from '../../engine/trajectory/journal.ts';
import type { Frame } from '../../engine/trajectory/trajectory.ts';

export function contents(particles: number, changes: Partial<FrameContents> = {}): FrameContents {
  return { particles, periodic: true, velocities: true, forces: true, precision: 'f32', units: 'md', ...changes };
}

/** Frame `index` of a run with a frame every 20 steps of 0.5 fs; every number has all its 53 bits. */
export function sampleFrame(index: number, what: FrameContents, triclinic = false): Frame {
  const random = seedrandom(`frame ${index}`);
  const array = (): Float64Array => Float64Array.from({ length: 3 * what.particles }, () => 10 * random() - 5);
  const size = 4 + random();
  const box = orthorhombic(size, size + 0.5, size + 1);
  if (triclinic && box.vectors) box.vectors.set([-0.4, size + 0.5, 0, 0.9, 0.3, size + 1], 3);
  return {
    step: 20 * (index + 1),
    time: 0.01 * (index + 1),
    positions: array(),
    velocities: what.velocities ? array() : null,
    forces: what.forces ? array() : null,
    box: what.periodic ? box : openBox,
  };
}

/** What a store of that precision can keep of an array. */
export function stored(values: Float64Array, precision: 'f32' | 'f64'): Float64Array {
  return precision === 'f64' ? values : Float64Array.from(Float32Array.from(values));
}

/** Dimers of a carbon and something without an element, with charges and a Greek name. */
export function dimers(count: number, units: 'md' | 'lj' = 'md'): Structure {
  const n = 2 * count;
  return makeStructure({
    units,
    mass: Array.from({ length: n }, (_, i) => (i % 2 ? 15.035 : 12.011)),
    charge: Array.from({ length: n }, (_, i) => (i % 2 ? 0.25 : -0.25)),
    type: Array.from({ length: n }, (_, i) => i % 2),
    typeNames: ['C', 'site β'],
    name: Array.from({ length: n }, (_, i) => (i % 2 ? 'β' : 'CA')),
    element: Array.from({ length: n }, (_, i) => (i % 2 ? '' : 'C')),
    bonds: Array.from({ length: n }, (_, i) => i),
    residueNames: Array.from({ length: count }, (_, i) => `D${i % 3}`),
  });
}
