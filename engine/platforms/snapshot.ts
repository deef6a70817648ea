/** Reads the arrays of a snapshot. */
import { InputError } from '../errors.ts';
import type { Snapshot } from './platform.ts';

/** @throws InputError where the snapshot is not of so many particles; the function returned does where it has no such array */
export function arraysOf(snapshot: Snapshot, particles: number): (name: string) => Float64Array {
  const array = (name: string) => {
    const value = snapshot[name];
    if (value instanceof Float64Array) return value;
    throw new InputError('checkpoint', `has no "${name}": it is of another system, version or platform; start the stage anew`);
  };
  const saved = array('positions').length / 3;
  if (saved !== particles) {
    throw new InputError('checkpoint', `is of ${saved} particles, the system has ${particles}; start the stage anew`);
  }
  return array;
}
