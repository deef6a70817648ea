/** The builder `chain`: linear polymers of beads, grown as random walks that avoid each other. */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import type { SystemBuilder } from '../builder.ts';
import { CellGrid } from '../cell-grid.ts';
import { concatenate } from '../structure.ts';
import { equalParticles } from './particles.ts';
import { type PolymerSettings, polymerDefaults, polymerProperties } from './polymer.ts';
import { type RandomSource, randomDirection, randomSource } from './random.ts';
import { boxFromSettings, boxSchema, densitySchema } from './settings.ts';

export const chain: SystemBuilder = {
  name: 'chain',
  summary: 'Linear polymers of equal beads, grown as random walks that avoid each other.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      ...polymerProperties,
      beads: { type: 'integer', minimum: 2, description: 'Beads of a chain.' },
      box: {
        ...boxSchema,
        description: `${boxSchema.description} If neither box nor density is given: open boundaries, for one chain only.`,
      },
      density: densitySchema,
    },
    required: ['beads'],
  },
  async build(settings, context) {
    const given = settings as unknown as PolymerSettings;
    const { beads, count, bondLength, minimumDistance } = polymerDefaults(given, context);
    const bonds = Array.from({ length: beads - 1 }, (_, i) => [i, i + 1]).flat();
    const one = equalParticles(beads, given.particle ?? {}, bonds, context.units, `${context.where}.particle`);
    const structure = concatenate(new Array(count).fill(one));
    const amount = context.units === 'md' ? structure.mass.reduce((sum, m) => sum + m, 0) : structure.mass.length;
    const box = boxFromSettings(given, amount, context.where);
    if (!box && count > 1)
      throw new InputError(context.where, `${count} chains need a box or a density; only a single one can be in open boundaries`);
    const random = randomSource(context.seed, 'chain');
    const positions = growChains(beads, count, bondLength, minimumDistance, box ?? openBox, random, context.where);
    return { structure, positions, velocities: null, box: box ?? openBox };
  },
};

/** Directions tried for a bead, beads taken back when none is free, and how often that may happen. */
const [directions, stepsBack, retreats] = [60, 12, 20_000];

/**
 * Beads are added one at a time at the bond length from the last, at least `minimumDistance` from all others; where no direction
 * is free the walk takes back its last beads and goes on from there.
 */
function growChains(
  beads: number,
  count: number,
  bondLength: number,
  minimumDistance: number,
  box: Box,
  random: RandomSource,
  where: string,
): Float64Array {
  if (minimumDistance > bondLength * 2)
    throw new InputError(`${where}.minimumDistance`, `${minimumDistance} is more than twice the bond length ${bondLength}`);
  const out = new Float64Array(3 * beads * count);
  const grid = new CellGrid(box, minimumDistance);
  let left = retreats;
  for (let c = 0; c < count; c++) {
    const first = c * beads;
    let bead = 0;
    while (bead < beads) {
      const place = bead === 0 ? freePlace(grid, box, random) : freeStep(grid, out, first + bead - 1, bondLength, random);
      if (place) {
        out.set(place, 3 * (first + bead));
        grid.add(first + bead, place[0], place[1], place[2]);
        bead++;
        continue;
      }
      if (--left < 0)
        throw new InputError(
          where,
          `no free place was found for bead ${bead} of chain ${c} of ${count}; use a lower density, or a minimumDistance below ${minimumDistance}`,
        );
      const kept = Math.max(0, bead - 1 - Math.floor(random() * stepsBack));
      while (bead > kept) grid.remove(first + --bead);
    }
  }
  return out;
}

function freePlace(grid: CellGrid, box: Box, random: RandomSource): [number, number, number] | null {
  const v = box.vectors;
  for (let t = 0; t < directions * 50; t++) {
    const [a, b, c] = [random(), random(), random()];
    const p: [number, number, number] = v ? [a * v[0] + b * v[3] + c * v[6], b * v[4] + c * v[7], c * v[8]] : [0, 0, 0];
    if (!grid.near(p[0], p[1], p[2], () => true)) return p;
  }
  return null;
}

function freeStep(
  grid: CellGrid,
  positions: Float64Array,
  last: number,
  bondLength: number,
  random: RandomSource,
): [number, number, number] | null {
  const [x, y, z] = positions.subarray(3 * last, 3 * last + 3);
  for (let t = 0; t < directions; t++) {
    const d = randomDirection(random);
    const p: [number, number, number] = [x + bondLength * d[0], y + bondLength * d[1], z + bondLength * d[2]];
    // Its bonded neighbour is at the bond length, which may be below the smallest distance asked of others.
    if (!grid.near(p[0], p[1], p[2], (i) => i !== last)) return p;
  }
  return null;
}
