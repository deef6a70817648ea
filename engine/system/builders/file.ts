/** The builder `file`: a system from a structure file. */
import type { SystemBuilder } from '../builder.ts';
import { boxFromNumbers } from '../formats/box-vectors.ts';
import type { BondSource } from '../formats/format.ts';
import { readStructure } from '../formats/read.ts';
import { makeWhole } from '../topology.ts';
import { boxSchema } from './settings.ts';

interface FileSettings {
  readonly structure: string;
  readonly bonds?: BondSource;
  readonly alternate?: string;
  readonly box?: readonly number[];
}

export const file: SystemBuilder = {
  name: 'file',
  summary: 'The structure in a PDB, mmCIF, GRO, MOL2, SDF or extXYZ file.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      structure: {
        type: 'string',
        description: 'Path of the structure file; its ending (.pdb, .cif, .gro, .mol2, .sdf, .xyz) names the format.',
      },
      bonds: {
        type: 'string',
        enum: ['file', 'guess', 'none'],
        description:
          'Where bonds come from: the file and what is known of standard residues, distances between known elements, or there are none.',
        default: 'file',
      },
      alternate: {
        type: 'string',
        description: 'Alternate location to read where a residue has it (PDB, mmCIF). If absent: the most occupied.',
      },
      box: {
        ...boxSchema,
        description: `${boxSchema.description} If absent: the box of the file, or open boundaries if it has none.`,
      },
    },
    required: ['structure'],
  },
  async build(settings, context) {
    const { structure, bonds, box, alternate } = settings as unknown as FileSettings;
    const read = readStructure(
      await context.readText(structure),
      structure,
      { units: context.units, bonds: bonds ?? 'file', ...(alternate !== undefined && { alternate }) },
      `${context.where}.structure`,
    );
    if (!box) return read;
    const replaced = boxFromNumbers(box, `${context.where}.box`);
    makeWhole(read.positions, read.structure.bonds, replaced);
    return { ...read, box: replaced };
  },
};
