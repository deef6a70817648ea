/** The state that every program starts a benchmark from: positions, velocities and box in one file of doubles. */
import { readFileSync, writeFileSync } from 'node:fs';
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

/** The system with the positions, velocities and box of the file. */
export function atStartState(system: System, path: string): System {
  const bytes = readFileSync(path);
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const first = 1 + all[0];
  const size = system.positions.length;
  if (all.length !== first + 2 * size) throw new Error(`${path} is not a state of ${size / 3} particles`);
  return {
    ...system,
    positions: all.slice(first, first + size),
    velocities: all.slice(first + size),
    box: { vectors: all[0] > 0 ? all.slice(1, first) : null },
  };
}
