/** The builder `solvate`: water around what a structure file holds, and ions in it. */
import { InputError } from '../../errors.ts';
import { assignForceField } from '../../forcefield/assign.ts';
import { loadForceField } from '../../forcefield/include.ts';
import type { Settings } from '../../scenario/schema.ts';
import { type Box, openBox, orthorhombic, smallestWidth, volume } from '../box.ts';
import type { BuildContext, SystemBuilder } from '../builder.ts';
import { CellGrid } from '../cell-grid.ts';
import { boxFromNumbers } from '../formats/box-vectors.ts';
import { gro } from '../formats/gro.ts';
import { readStructure } from '../formats/read.ts';
import { nonbondedSettings } from '../nonbonded-settings.ts';
import { concatenate } from '../structure.ts';
import type { Assembly, Structure } from '../system.ts';
import { anions, cations, draw, type IonSettings, ionCounts, ionStructure } from './ions.ts';
import { randomSource } from './random.ts';
import { relaxOverlaps } from './relax-overlaps.ts';
import { boxSchema } from './settings.ts';
import { placeWater, type WaterModel, waterModels, waterStructure } from './water-models.ts';

interface SolvateSettings {
  readonly structure?: string;
  readonly bonds?: 'file' | 'guess' | 'none';
  readonly water?: string;
  readonly padding?: number;
  readonly box?: readonly number[];
  readonly ions?: IonSettings;
  readonly charge?: number;
}

/** 216 molecules of liquid TIP3P, made by this program (test/fixtures/solvate/make.py); every other model is put in their place. */
const waterBox = 'molecules/water-216.gro';

export const solvate: SystemBuilder = {
  name: 'solvate',
  summary: 'Water around the molecules of a structure file, or alone, to a padding or a box, with ions.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      structure: { type: 'string', description: 'Structure file of the solute. If absent: water and ions alone.' },
      bonds: {
        type: 'string',
        enum: ['file', 'guess', 'none'],
        default: 'file',
        description: 'Where the bonds of the solute come from, as in "build": "file".',
      },
      water: { type: 'string', enum: Object.keys(waterModels), default: 'tip3p', description: 'Geometry of the water.' },
      padding: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'Least distance from the solute to the faces of an orthorhombic box. Either this or box.',
      },
      box: {
        ...boxSchema,
        description: `${boxSchema.description} The solute is put in its middle. If neither: the box of the file.`,
      },
      ions: {
        type: 'object',
        description: 'Ions, each in place of a water molecule. If absent: ions only as far as the charge of the solute asks for.',
        properties: {
          positive: { type: 'string', enum: Object.keys(cations), default: 'Na+', description: 'The cation.' },
          negative: { type: 'string', enum: Object.keys(anions), default: 'Cl-', description: 'The anion.' },
          concentration: {
            quantity: 'concentration',
            minimum: 0,
            default: 0,
            description: 'Salt beyond what makes the system neutral, for example "0.15 mol/L".',
          },
          neutralise: { type: 'boolean', default: true, description: 'Whether ions make the system neutral.' },
        },
      },
      charge: {
        quantity: 'charge',
        description:
          'Charge of the solute. If absent: what the force field gives it (or the structure file, without force field).',
      },
    },
  },
  async build(settings, context) {
    const given = settings as unknown as SolvateSettings;
    const { where, units } = context;
    if (units !== 'md') throw new InputError(where, 'water is in md units (nm, ps, Da); "units" of the scenario must be "md"');
    if (given.box && given.padding !== undefined) throw new InputError(where, 'give either box or padding, not both');
    const solute = given.structure === undefined ? null : await readSolute(given.structure, given, context);
    const box = boxFor(given, solute, where);
    const centred = solute && given.structure !== undefined ? inTheMiddle(solute, box, given, where) : null;
    const model = waterModels[given.water ?? 'tip3p'];
    const waters = await fill(box, centred, model, context);
    const charge = centred ? await chargeOf(centred.structure, settings, context) : 0;
    return withIons(centred, waters, model, box, given.ions ?? {}, charge, context);
  },
};

async function readSolute(file: string, { bonds }: SolvateSettings, context: BuildContext): Promise<Assembly> {
  return readStructure(await context.readText(file), file, { units: 'md', bonds: bonds ?? 'file' }, `${context.where}.structure`);
}

function extent(positions: Float64Array): { low: number[]; high: number[] } {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = low.map((x) => -x);
  positions.forEach((x, k) => {
    low[k % 3] = Math.min(low[k % 3], x);
    high[k % 3] = Math.max(high[k % 3], x);
  });
  return { low, high };
}

function boxFor({ box, padding }: SolvateSettings, solute: Assembly | null, where: string): Box {
  if (box) return boxFromNumbers(box, `${where}.box`);
  if (padding !== undefined) {
    if (!solute) throw new InputError(`${where}.padding`, 'a padding is measured from a solute; give its structure, or a box');
    const { low, high } = extent(solute.positions);
    const [x, y, z] = [0, 1, 2].map((c) => high[c] - low[c] + 2 * padding);
    return orthorhombic(x, y, z);
  }
  if (solute?.box.vectors) return solute.box;
  throw new InputError(where, 'solvate needs a padding ("padding": "1 nm"), a box, or a structure file that has a box');
}

/** The solute with the middle of its extent in the middle of the box, or where the file has it if the box is the file's. */
function inTheMiddle(solute: Assembly, box: Box, { box: given, padding }: SolvateSettings, where: string): Assembly {
  const { low, high } = extent(solute.positions);
  const v = box.vectors ?? new Float64Array(9);
  const widest = Math.max(...[0, 1, 2].map((c) => (high[c] - low[c]) / v[4 * c]));
  if (widest > 1)
    throw new InputError(
      `${where}.box`,
      `the solute measures ${[0, 1, 2].map((c) => (high[c] - low[c]).toFixed(3)).join(' x ')} nm, more than the box of ` +
        `${[0, 1, 2].map((c) => v[4 * c].toFixed(3)).join(' x ')} nm; give a larger box, or a padding`,
    );
  if (!given && padding === undefined) return solute;
  const middle = [0, 1, 2].map((c) => (v[c] + v[3 + c] + v[6 + c]) / 2 - (low[c] + high[c]) / 2);
  return { ...solute, box, velocities: null, positions: solute.positions.map((x, k) => x + middle[k % 3]) };
}

/** Van der Waals radii in nm (Bondi, J. Phys. Chem. 68, 441 (1964)); 0.17 where there is none. */
const radii: Readonly<Record<string, number>> = {
  H: 0.12,
  C: 0.17,
  N: 0.155,
  O: 0.152,
  F: 0.147,
  P: 0.18,
  S: 0.18,
  Cl: 0.175,
  Br: 0.185,
  I: 0.198,
  Na: 0.227,
  K: 0.275,
};
/** Two atoms are too close below this part of the sum of their radii: polar contacts of a liquid are about 0.6 of it. */
const contact = 0.6;
/** Oxygen atoms closer than this where tiles of the water box end (nm): one goes. The smallest at which enough water is left. */
const oxygenContacts = [0.24, 0.22, 0.2, 0.18, 0.16, 0.14, 0.12, 0.1];
/** The smallest distance of atoms of different water molecules (nm): a hydrogen bond has 0.17. */
const waterContact = 0.15;
/** Molecules per nm3 of the water box's density, 0.985 g/cm3. */
const numberDensity = (0.985 * 602.214076) / 18.015;

/** Positions of O, H, H (and M) of all waters that find room. */
async function fill(box: Box, solute: Assembly | null, model: WaterModel, context: BuildContext): Promise<Float64Array[]> {
  const tile = gro.read(await context.readText(waterBox), waterBox, { units: 'md', bonds: 'file' });
  if (smallestWidth(box) < 0.5)
    throw new InputError(context.where, `the box is ${smallestWidth(box).toPrecision(3)} nm wide; there is no room for water`);
  const wanted = numberDensity * volume(box);
  let waters: Float64Array[] = [];
  for (const contactOfOxygens of oxygenContacts) {
    waters = tiled(tile, box, model, contactOfOxygens);
    if (waters.length >= wanted) break;
  }
  relax(waters, box, context);
  const soluteGrid = new CellGrid(box, 0.3, (solute?.structure.mass.length ?? 0) + 1);
  const radius = solute?.structure.element.map((element) => radii[element] ?? (element === '' ? 0 : 0.17)) ?? [];
  solute?.structure.mass.forEach((_, i) => {
    soluteGrid.add(i, solute.positions[3 * i], solute.positions[3 * i + 1], solute.positions[3 * i + 2]);
  });
  const kept = waters.filter((water) => !meets(water, soluteGrid, radius));
  if (kept.length === 0) throw new InputError(context.where, 'no water finds room in the box; give a larger padding or box');
  return kept;
}

/** The molecules of repeated water boxes whose oxygen is in the box, each at least `contactOfOxygens` from those before it. */
function tiled(tile: Assembly, box: Box, model: WaterModel, contactOfOxygens: number): Float64Array[] {
  const v = box.vectors;
  const edges = tile.box.vectors;
  if (!v || !edges) throw new RangeError('a box for water must be periodic');
  const oxygens = new CellGrid(box, contactOfOxygens);
  const kept: Float64Array[] = [];
  // The corners of the cell say how far tiles have to reach.
  const low = [0, 1, 2].map((c) => Math.min(0, c < 1 ? v[3] : 0) + Math.min(0, c < 2 ? v[6 + c] : 0));
  const high = [0, 1, 2].map((c) => v[4 * c] + Math.max(0, c < 1 ? v[3] : 0) + Math.max(0, c < 2 ? v[6 + c] : 0));
  const first = low.map((x, c) => Math.floor(x / edges[4 * c]) - 1);
  const last = high.map((x, c) => Math.ceil(x / edges[4 * c]));
  for (let k = first[2]; k <= last[2]; k++)
    for (let j = first[1]; j <= last[1]; j++)
      for (let i = first[0]; i <= last[0]; i++)
        for (let o = 0; o < tile.positions.length; o += 9) {
          const shift = [i * edges[0], j * edges[4], k * edges[8]];
          const [x, y, z] = [0, 1, 2].map((c) => tile.positions[o + c] + shift[c]);
          if (!inCell(v, x, y, z) || oxygens.near(x, y, z, () => true)) continue;
          oxygens.add(kept.length, x, y, z);
          kept.push(placeWater(model, tile.positions, o, shift));
        }
  return kept;
}

/** Moves and turns molecules until none overlaps, in place. */
function relax(waters: readonly Float64Array[], box: Box, context: BuildContext): void {
  const size = waters[0]?.length ?? 0;
  const all = new Float64Array(size * waters.length);
  waters.forEach((water, m) => {
    all.set(water, m * size);
  });
  const starts = Int32Array.from({ length: waters.length + 1 }, (_, m) => (m * size) / 3);
  const left = relaxOverlaps(all, starts, box, waterContact, randomSource(context.seed, 'solvate'));
  if (left > 0)
    throw new InputError(context.where, `${left} pairs of water atoms overlap and cannot be moved apart; use a larger box`);
  waters.forEach((water, m) => {
    water.set(all.subarray(m * size, (m + 1) * size));
  });
}

function inCell(v: Float64Array, x: number, y: number, z: number): boolean {
  const fz = z / v[8];
  const fy = (y - fz * v[7]) / v[4];
  const fx = (x - fy * v[3] - fz * v[6]) / v[0];
  return fx >= 0 && fx < 1 && fy >= 0 && fy < 1 && fz >= 0 && fz < 1;
}

function meets(water: Float64Array, grid: CellGrid, radius: readonly number[]): boolean {
  for (let a = 0; a < 9; a += 3) {
    const own = a === 0 ? radii.O : radii.H;
    const close = (i: number, r2: number) => radius[i] > 0 && r2 < (contact * (own + radius[i])) ** 2;
    if (grid.near(water[a], water[a + 1], water[a + 2], close)) return true;
  }
  return false;
}

/** The charge of the solute: given, of its force field, or of its file. */
async function chargeOf(structure: Structure, settings: Settings, context: BuildContext): Promise<number> {
  if (typeof settings.charge === 'number') return settings.charge;
  const sum = (charge: Float64Array) => charge.reduce((total, q) => total + q, 0);
  if (!settings.forceField) return sum(structure.charge);
  const texts = await loadForceField(settings.forceField as string[], (name) => context.readText(name));
  const nonbonded = { ...nonbondedSettings(undefined), cutoff: Number.POSITIVE_INFINITY };
  return sum(assignForceField(texts, structure, openBox, nonbonded, `${context.where}.forceField`).structure.charge);
}

function withIons(
  solute: Assembly | null,
  waters: readonly Float64Array[],
  model: WaterModel,
  box: Box,
  ions: IonSettings,
  charge: number,
  context: BuildContext,
): Assembly {
  const counts = ionCounts(ions, charge, waters.length, `${context.where}.ions`);
  const replaced = counts.cations + counts.anions;
  if (replaced >= waters.length)
    throw new InputError(
      `${context.where}.ions`,
      `${counts.cations} ${ions.positive ?? 'Na+'} and ${counts.anions} ${ions.negative ?? 'Cl-'} are to replace water, but there are ${waters.length} molecules; use a larger box or a lower concentration`,
    );
  const places = draw(replaced, waters.length, randomSource(context.seed, 'ions'));
  const gone = new Set(places);
  const water = waterStructure(model);
  const left = waters.filter((_, m) => !gone.has(m));
  const cation = ionStructure(cations[ions.positive ?? 'Na+']);
  const anion = ionStructure(anions[ions.negative ?? 'Cl-']);
  const structure = concatenate([
    ...(solute ? [solute.structure] : []),
    ...left.map(() => water),
    ...places.map((_, k) => (k < counts.cations ? cation : anion)),
  ]);
  const positions = new Float64Array(3 * structure.mass.length);
  let o = 0;
  for (const part of [...(solute ? [solute.positions] : []), ...left, ...places.map((m) => waters[m].subarray(0, 3))]) {
    positions.set(part, o);
    o += part.length;
  }
  return { structure, positions, velocities: null, box };
}
