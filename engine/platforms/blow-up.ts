/** What is said, on every platform and by a run, where a configuration has blown up. */
import { particleLabel } from '../system/structure.ts';
import type { Structure } from '../system/system.ts';

const remedy =
  'Particles overlap or the timestep is too long: minimise first, shorten the timestep, or check the starting structure.';

/**
 * The energy is not a number.
 * @param terms names of the terms whose energies are not, where that is known
 */
export function energyNotFinite(
  structure: Structure,
  step: number,
  positions: Float64Array,
  forces: Float64Array,
  terms: readonly string[],
): string {
  let at = positions.findIndex((x) => !Number.isFinite(x));
  if (at < 0) at = forces.findIndex((f) => !Number.isFinite(f));
  const where = at >= 0 ? `, first at particle ${particleLabel(structure, Math.floor(at / 3))}` : '';
  return `At step ${step} the energy is not finite${terms.length > 0 ? ` (${terms.join(', ')})` : ''}${where}. ${remedy}`;
}

/** The potential energy is a number, but what has been made of it and the velocities is not. */
export function motionNotFinite(step: number, potential: number, kinetic: number): string {
  return `At step ${step} the energy is not finite (potential ${potential}, kinetic ${kinetic}): the configuration has blown up. ${remedy}`;
}

/** Constraints cannot be met, and nobody can say which. */
export function constraintsNotMet(step: number): string {
  return `At step ${step} constraints cannot be met: the configuration has blown up. ${remedy}`;
}

/** A particle has gone further than a cut-off between two looks at the lists, or nowhere that is a number. */
export function movedFar(structure: Structure, step: number, particle: number, distance: number): string {
  const unit = structure.units === 'md' ? 'nm' : 'sigma';
  const what = Number.isFinite(distance)
    ? `has moved ${distance.toPrecision(3)} ${unit}, further than the cut-off in a step`
    : 'has a position that is not finite';
  return `At step ${step} particle ${particleLabel(structure, particle)} ${what}: the configuration has blown up. ${remedy}`;
}

/** A bonded term has no energy at the coordinate where its atoms are. */
export function termUndefined(
  structure: Structure,
  label: string,
  atoms: ArrayLike<number>,
  coordinate: string,
  value: number,
): string {
  const names = Array.from(atoms, (i) => `${i} (${structure.name[i]})`).join(', ');
  return (
    `${label} between particles ${names} is undefined at ${coordinate} ${value.toPrecision(6)}: the bond is broken or the ` +
    'configuration has blown up. Use a smaller timestep, minimise first, or look for overlapping particles at the start.'
  );
}
