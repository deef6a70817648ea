/** Structures of equal particles: single ones, chains and rings. */
import { InputError } from '../../errors.ts';
import type { UnitSystem } from '../../scenario/units.ts';
import { elementOf } from '../elements.ts';
import { makeStructure } from '../structure.ts';
import type { Structure } from '../system.ts';
import type { ParticleSettings } from './settings.ts';

/**
 * `count` equal particles; each is a residue of its own named after its type.
 * Throws InputError at `where` for a mass that is missing (md units) or not positive, and for an unknown element.
 * @param bonds flat pairs
 */
export function equalParticles(
  count: number,
  particle: ParticleSettings,
  bonds: readonly number[],
  units: UnitSystem,
  where: string,
): Structure {
  const element = particle.element === undefined ? undefined : elementOf(particle.element);
  if (particle.element !== undefined && !element)
    throw new InputError(`${where}.element`, `"${particle.element}" is no element symbol that is known`);
  const mass = particle.mass ?? (units === 'lj' ? 1 : element?.weight);
  if (mass === undefined) throw new InputError(where, 'in md units a particle needs a mass, or an element from which it follows');
  const type = particle.type ?? 'A';
  const names = new Array<string>(count).fill(type);
  return makeStructure(
    {
      units,
      mass: new Float64Array(count).fill(mass),
      ...(particle.charge ? { charge: new Float64Array(count).fill(particle.charge) } : {}),
      typeNames: [type],
      name: names,
      element: new Array<string>(count).fill(element?.symbol ?? ''),
      bonds,
      ...(bonds.length > 0 ? { residue: Int32Array.from({ length: count }, (_, i) => i) } : {}),
      residueNames: names,
    },
    where,
  );
}
