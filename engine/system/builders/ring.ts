/** The builder `ring`: ring polymers of beads, each starting as a planar circle (far from equilibrium for a long ring). */
import { InputError } from '../../errors.ts';
import { sincos } from '../../math/functions.ts';
import { openBox } from '../box.ts';
import type { SystemBuilder } from '../builder.ts';
import { concatenate } from '../structure.ts';
import { packMolecules } from './packing.ts';
import { equalParticles } from './particles.ts';
import { type PolymerSettings, polymerDefaults, polymerProperties } from './polymer.ts';
import { randomSource } from './random.ts';
import { boxFromSettings, boxSchema, densitySchema } from './settings.ts';

export const ring: SystemBuilder = {
  name: 'ring',
  summary: 'Ring polymers of equal beads, each a planar circle; one alone lies in the xy plane around the origin.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      ...polymerProperties,
      beads: { type: 'integer', minimum: 3, description: 'Beads of a ring.' },
      box: {
        ...boxSchema,
        description: `${boxSchema.description} If neither box nor density is given: open boundaries, for one ring only.`,
      },
      density: densitySchema,
    },
    required: ['beads'],
  },
  async build(settings, context) {
    const given = settings as unknown as PolymerSettings;
    const { beads, count, bondLength, minimumDistance } = polymerDefaults(given, context);
    const bonds = Array.from({ length: beads }, (_, i) => [i, (i + 1) % beads]).flat();
    const one = equalParticles(beads, given.particle ?? {}, bonds, context.units, `${context.where}.particle`);
    const structure = concatenate(new Array(count).fill(one));
    const circle = planarCircle(beads, bondLength);
    const amount = context.units === 'md' ? structure.mass.reduce((sum, m) => sum + m, 0) : structure.mass.length;
    const box = boxFromSettings(given, amount, context.where);
    if (!box) {
      if (count > 1)
        throw new InputError(
          context.where,
          `${count} rings need a box or a density; only a single one can be in open boundaries`,
        );
      return { structure, positions: circle, velocities: null, box: openBox };
    }
    const kind = { name: `a ring of ${beads} beads`, positions: circle, count };
    const positions = packMolecules([kind], box, minimumDistance, randomSource(context.seed, 'ring'), context.where);
    return { structure, positions, velocities: null, box };
  },
};

/** A regular polygon around the origin in the xy plane with edges of `bondLength`; 3N. */
function planarCircle(beads: number, bondLength: number): Float64Array {
  const sc = new Float64Array(2);
  sincos(Math.PI / beads, sc);
  const radius = bondLength / (2 * sc[0]);
  const positions = new Float64Array(3 * beads);
  for (let i = 0; i < beads; i++) {
    sincos((2 * Math.PI * i) / beads, sc);
    positions[3 * i] = radius * sc[1];
    positions[3 * i + 1] = radius * sc[0];
  }
  return positions;
}
