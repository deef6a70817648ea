/** The state that every program starts a benchmark from: positions, velocities and box in one file of doubles. */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import type { System } from '../../engine/index.ts';

/** Layout: number of box values (0 or 9), the box, 3N positions, 3N velocities; all as 64-bit floats of this machine. */
export function writeStartState(path: string, state: Pick<System, 'positions' | 'velocities' | 'box'>): void {
  const box = state.box.vectors ?? new Float64Array(0);
  const velocities = state.velocities ?? new Float64Array(state.positions.length);
  const all = new Float64Array(1 + box.length + state.positions.length + velocities.length);
  all[0] = box.length;
  all.set(box, 1);
  all.set(state.positions, 1 + box.length);
  all.set(velocities, 1 + box.length + state.positions.length);
  writeFileSync(path, new Uint8Array(all.buffer));
}

/** The system with the positions, velocities and box of the file; the positions that it had are overwritten. */
export function atStartState(system: System, path: string): System {
  const size = system.positions.length;
  const file = openSync(path, 'r');
  // Array by array, the positions over those of the system: a million particles are 48 MB, which would otherwise count twice for the memory of a benchmark.
  const next = (length: number, values: Float64Array = new Float64Array(length)) => {
    readSync(file, new Uint8Array(values.buffer));
    return values;
  };
  try {
    const [edges] = next(1);
    if (fstatSync(file).size !== 8 * (1 + edges + 2 * size)) throw new Error(`${path} is not a state of ${size / 3} particles`);
    const vectors = next(edges);
    return {
      ...system,
      positions: next(size, system.positions),
      velocities: next(size),
      box: { vectors: edges > 0 ? vectors : null },
    };
  } finally {
    closeSync(file);
  }
}
