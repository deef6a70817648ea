/** What is said where constraints cannot be met. */
import { particleLabel } from '../../system/structure.ts';
import type { Structure } from '../../system/system.ts';
import { mostSweeps } from './shake.ts';

/** Of the constraint between particles i and j, at a step. */
export function notMet(structure: Structure, i: number, j: number, wanted: number, found: number, step: number): string {
  const unit = structure.units === 'md' ? ' nm' : '';
  return (
    `At step ${step} the constraint between particles ${particleLabel(structure, i)} and ${particleLabel(structure, j)} cannot be met: ` +
    `the length wanted is ${wanted.toPrecision(6)}${unit}, found ${found.toPrecision(6)}${unit}. ` +
    'The configuration has blown up, the start is far from the constraints, or constraints contradict each other: minimise first, shorten the ' +
    'timestep, or check the starting structure and the lengths of its bonds.'
  );
}

/** Of a starting structure. */
export function startNotMet(structure: Structure, i: number, j: number, wanted: number, found: number): string {
  const unit = structure.units === 'md' ? ' nm' : '';
  return (
    `the start cannot be brought onto the constraint between particles ${particleLabel(structure, i)} and ` +
    `${particleLabel(structure, j)}: after ${mostSweeps} rounds they are ${found.toPrecision(6)}${unit} apart ` +
    `instead of ${wanted.toPrecision(6)}${unit}. Constraints contradict each other, or the starting structure is far from them`
  );
}

/** Of velocities. */
export function velocitiesNotMet(structure: Structure, i: number): string {
  return (
    `the velocities of particles ${particleLabel(structure, i)} and those rigidly bonded to it cannot be ` +
    `brought onto the constraints in ${mostSweeps} rounds: they are not finite, or constraints contradict each other`
  );
}
