/** The builder `pack`: a liquid or mixture from the structure files of its molecules. */
import { InputError } from '../../errors.ts';
import type { BuildContext, SystemBuilder } from '../builder.ts';
import type { BondSource } from '../formats/format.ts';
import { readStructure } from '../formats/read.ts';
import { concatenate, moleculeCount } from '../structure.ts';
import type { Assembly, Structure } from '../system.ts';
import { packFlexible } from './grow.ts';
import { packMolecules } from './packing.ts';
import { randomSource } from './random.ts';
import { type BoxSettings, boxFromSettings, boxSchema, densitySchema } from './settings.ts';
import { flexibilityOf, manyTorsions } from './torsions.ts';

interface PackSettings extends BoxSettings {
  readonly molecules: readonly {
    readonly structure: string;
    readonly count: number;
    readonly bonds?: BondSource;
    readonly flexible?: boolean;
  }[];
  readonly minimumDistance?: number;
}

export const pack: SystemBuilder = {
  name: 'pack',
  summary: 'Molecules at random places and orientations in a periodic box, without overlaps.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      molecules: {
        type: 'array',
        description: 'The kinds of molecules, in the order in which they appear in the system.',
        minItems: 1,
        items: {
          type: 'object',
          properties: {
            structure: { type: 'string', description: 'Structure file of one molecule (PDB, GRO, MOL2, SDF, ...).' },
            count: { type: 'integer', minimum: 1, description: 'How many of it.', default: 1 },
            flexible: {
              type: 'boolean',
              description:
                'Whether its torsions turn, so that each copy has a conformation of its own (trans and gauche by their weights); if absent: ' +
                'yes with three or more torsions about single bonds (from hexane on), which as rigid bodies would not fit.',
            },
            bonds: {
              type: 'string',
              enum: ['file', 'guess', 'none'],
              description:
                'Where its bonds come from: CONECT records of the file, distances between known elements, or there are none.',
              default: 'file',
            },
          },
          required: ['structure'],
        },
      },
      box: boxSchema,
      density: densitySchema,
      minimumDistance: {
        quantity: 'length',
        description: 'Smallest distance between atoms of different molecules. If absent: 0.2 nm, or 0.8 in lj units.',
      },
    },
    required: ['molecules'],
  },
  async build(settings, context) {
    const { molecules, minimumDistance, ...boxSettings } = settings as unknown as PackSettings;
    const kinds = await Promise.all(
      molecules.map((m, i) => readMolecule(m.structure, m.bonds ?? 'file', `${context.where}.molecules[${i}]`, context)),
    );
    const copies: Structure[] = kinds.flatMap((kind, i) => new Array<Structure>(molecules[i].count ?? 1).fill(kind.structure));
    const structure = concatenate(copies);
    const amount = context.units === 'md' ? structure.mass.reduce((sum, m) => sum + m, 0) : structure.mass.length;
    const box = boxFromSettings(boxSettings, amount, context.where);
    if (!box) throw new InputError(context.where, 'pack needs a box (three edges or nine components) or a density');
    const distance = minimumDistance ?? (context.units === 'md' ? 0.2 : 0.8);
    const random = randomSource(context.seed, 'pack');
    const growable = kinds.map((kind, i) => ({
      name: molecules[i].structure,
      structure: kind.structure,
      positions: kind.positions,
      count: molecules[i].count ?? 1,
      flexible: molecules[i].flexible ?? flexibilityOf(kind.structure).parts.length > manyTorsions,
    }));
    const pack = growable.some((kind) => kind.flexible) ? packFlexible : packMolecules;
    const positions = pack(growable, box, distance, random, context.where);
    return { structure, positions, velocities: null, box };
  },
};

async function readMolecule(file: string, bonds: BondSource, where: string, context: BuildContext): Promise<Assembly> {
  const molecule = readStructure(await context.readText(file), file, { units: context.units, bonds }, `${where}.structure`);
  if (moleculeCount(molecule.structure) !== 1)
    throw new InputError(
      `${where}.structure`,
      `"${file}" holds ${moleculeCount(molecule.structure)} molecules that no bonds connect; pack needs files of one molecule`,
    );
  return molecule;
}
