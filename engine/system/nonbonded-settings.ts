/** The `nonbonded` section of a system: cut-off and how potentials end there, for force fields and rules alike. */
import type { CoulombDescription, CutoffModifier } from '../forces/description.ts';
import type { Schema, Settings } from '../scenario/schema.ts';

export interface NonbondedSettings {
  /** Length; Infinity for none (open boundaries only). */
  readonly cutoff: number;
  readonly modifier: CutoffModifier;
  readonly switchDistance?: number;
  /** Asked for or refused; undefined: force fields have it, rules have not. */
  readonly dispersionCorrection?: boolean;
  /** null: charges do not interact. */
  readonly coulomb: CoulombDescription | null;
  /** For rules: pairs separated by at most so many bonds have no pair interaction. Force fields have rules of their own. */
  readonly excludeWithinBonds: number;
}

type LennardJonesKey = 'modifier' | 'switchDistance' | 'dispersionCorrection';

export const nonbondedSchema: Schema = {
  type: 'object',
  description: 'Cut-off of the pair interactions and how they end there.',
  properties: {
    cutoff: {
      anyOf: [{ quantity: 'length', exclusiveMinimum: 0 }, { enum: ['none'] }],
      description: 'Cut-off, at most half the smallest width of the box; "none" in an open box takes every pair.',
    },
    lennardJones: {
      type: 'object',
      description: 'How the Lennard-Jones (or other pair) potential ends at the cut-off.',
      properties: {
        modifier: {
          enum: ['none', 'shift', 'force-shift', 'switch', 'force-switch'],
          default: 'none',
          description:
            'none: truncated. shift: less the energy at the cut-off. force-shift: less its slope there, too. switch: times a function that ' +
            'falls from 1 to 0 beyond switchDistance. force-switch: the force falls smoothly to 0 beyond switchDistance (as in GROMACS).',
        },
        switchDistance: {
          quantity: 'length',
          exclusiveMinimum: 0,
          description: 'Where switching begins; 0.9 of the cut-off if absent.',
        },
        dispersionCorrection: {
          type: 'boolean',
          description:
            'Whether energy and pressure get what the potential loses beyond the cut-off; if absent, as the force field says (yes unless it refuses), and no for `forces`.',
        },
      },
    },
    coulomb: {
      registered: { kind: 'coulomb', key: 'method' },
      description: 'How charges interact: cutoff, reaction-field, ewald or pme.',
    },
    excludeWithinBonds: {
      type: 'integer',
      minimum: 0,
      maximum: 3,
      default: 0,
      description: 'For `forces`: pairs at most so many bonds apart are left out.',
    },
  },
};

/** Reads the resolved section; without one there is no cut-off, which only open boundaries allow. */
export function nonbondedSettings(section: Settings | undefined): NonbondedSettings {
  const cutoff = section?.cutoff;
  const lennardJones = (section?.lennardJones ?? {}) as Pick<Partial<NonbondedSettings>, LennardJonesKey>;
  const coulomb = section?.coulomb as (Omit<CoulombDescription, 'dielectric'> & { dielectric?: number }) | undefined;
  return {
    cutoff: typeof cutoff === 'number' ? cutoff : Number.POSITIVE_INFINITY,
    modifier: lennardJones.modifier ?? 'none',
    ...(lennardJones.switchDistance === undefined ? {} : { switchDistance: lennardJones.switchDistance }),
    ...(lennardJones.dispersionCorrection === undefined ? {} : { dispersionCorrection: lennardJones.dispersionCorrection }),
    coulomb: coulomb ?? null,
    excludeWithinBonds: (section?.excludeWithinBonds as number | undefined) ?? 0,
  };
}
