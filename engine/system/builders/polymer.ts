/** Settings that the builders of bead-spring polymers share. */
import { InputError } from '../../errors.ts';
import type { Schema } from '../../scenario/schema.ts';
import type { BuildContext } from '../builder.ts';
import { type BoxSettings, type ParticleSettings, particleSchema } from './settings.ts';

export interface PolymerSettings extends BoxSettings {
  readonly beads: number;
  readonly count?: number;
  readonly bondLength?: number;
  readonly minimumDistance?: number;
  readonly particle?: ParticleSettings;
}

export const polymerProperties: Readonly<Record<string, Schema>> = {
  count: { type: 'integer', minimum: 1, description: 'How many polymers.', default: 1 },
  bondLength: {
    quantity: 'length',
    description:
      'Distance between bonded beads at the start. If absent, in lj units: 0.97, the bond length of Kremer and Grest; must be given in md units.',
  },
  minimumDistance: {
    quantity: 'length',
    description: 'Smallest distance between beads that are not bonded at the start. If absent: 0.8 bond lengths.',
  },
  particle: particleSchema,
};

/** The settings with what is absent filled in. Throws InputError at the context's path. */
export function polymerDefaults(settings: PolymerSettings, context: BuildContext) {
  const bondLength = settings.bondLength ?? (context.units === 'lj' ? 0.97 : undefined);
  if (bondLength === undefined) throw new InputError(`${context.where}.bondLength`, 'in md units the bond length must be given');
  if (!(bondLength > 0))
    throw new InputError(`${context.where}.bondLength`, `the bond length is ${bondLength}; it must be positive`);
  return {
    beads: settings.beads,
    count: settings.count ?? 1,
    bondLength,
    minimumDistance: settings.minimumDistance ?? 0.8 * bondLength,
  };
}
