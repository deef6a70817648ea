/** The builder `gromacs`: a system with its forces from a GROMACS topology and a structure file. */
import { InputError } from '../../errors.ts';
import { preprocess } from '../../forcefield/gromacs/preprocessor.ts';
import { gromacsSystem } from '../../forcefield/gromacs/system.ts';
import { parseTopology } from '../../forcefield/gromacs/topology.ts';
import type { Settings } from '../../scenario/schema.ts';
import type { SystemBuilder } from '../builder.ts';
import { boxFromNumbers } from '../formats/box-vectors.ts';
import { readStructure } from '../formats/read.ts';
import { nonbondedSettings } from '../nonbonded-settings.ts';
import { particleLabel } from '../structure.ts';
import type { Structure } from '../system.ts';
import { makeWhole } from '../topology.ts';
import { boxSchema } from './settings.ts';

interface GromacsSettings {
  readonly topology: string;
  readonly structure: string;
  readonly includePaths?: readonly string[];
  readonly define?: readonly string[];
  readonly box?: readonly number[];
  readonly checkNames?: boolean;
}

export const gromacs: SystemBuilder = {
  name: 'gromacs',
  summary: 'A GROMACS topology (.top with its .itp files) and the structure that goes with it, with all forces.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      topology: { type: 'string', description: 'The topology file (.top).' },
      structure: { type: 'string', description: 'Structure file with the atoms in the order of the topology (.gro, .pdb).' },
      includePaths: {
        type: 'array',
        items: { type: 'string' },
        description: 'Folders of included files, such as "/usr/share/gromacs/top", beside those of the including files.',
      },
      define: {
        type: 'array',
        items: { type: 'string' },
        description: 'Macros of the preprocessor, such as "FLEXIBLE" or "NAME=value".',
      },
      box: {
        ...boxSchema,
        description: `${boxSchema.description} If absent: the box of the structure file, or open boundaries.`,
      },
      checkNames: {
        type: 'boolean',
        default: true,
        description: 'Whether atom names in both files have to agree; if not, only their number has to.',
      },
    },
    required: ['topology', 'structure'],
  },
  async build(settings, context) {
    const { topology, structure, includePaths, define, box, checkNames } = settings as unknown as GromacsSettings;
    const { where, units } = context;
    if (units !== 'md')
      throw new InputError(where, 'a GROMACS topology is in nm, ps and kJ/mol; "units" of the scenario must be "md"');
    const lines = await preprocess(topology, {
      includePaths: includePaths ?? [],
      defines: new Map((define ?? []).map(macro)),
      readText: (path) => context.readText(path),
    });
    const nonbonded = nonbondedSettings(settings.nonbonded as Settings | undefined);
    const system = gromacsSystem(parseTopology(lines, topology), nonbonded, where);
    const read = readAtoms(await context.readText(structure), structure, `${where}.structure`);
    checkAtoms(system.structure, read.structure, topology, structure, checkNames !== false);
    const cell = box ? boxFromNumbers(box, `${where}.box`) : read.box;
    makeWhole(read.positions, system.structure.bonds, cell);
    return {
      structure: system.structure,
      positions: read.positions,
      velocities: read.velocities,
      box: cell,
      forces: system.forces,
      constraints: system.constraints,
      virtualSites: system.virtualSites,
    };
  },
};

function macro(text: string): [string, string] {
  const [, name, value] = /^(?:-D)?([^=\s]+)(?:=(.*))?$/.exec(text) ?? [];
  return [name ?? text, value ?? ''];
}

function readAtoms(text: string, file: string, where: string) {
  return readStructure(text, file, { units: 'md', bonds: 'none', massesElsewhere: true }, where);
}

function checkAtoms(wanted: Structure, found: Structure, topology: string, file: string, names: boolean): void {
  const [n, m] = [wanted.mass.length, found.mass.length];
  if (n !== m)
    throw new InputError(
      file,
      `the structure has ${m} atoms, but the topology ${topology} has ${n}; both must list the same atoms`,
    );
  const differing = names ? wanted.name.findIndex((name, i) => name !== found.name[i]) : -1;
  if (differing >= 0)
    throw new InputError(
      file,
      `atom ${differing + 1} is called ${found.name[differing]} here, but it is particle ${particleLabel(wanted, differing)} in ${topology}; ` +
        'both must list the same atoms in the same order ("checkNames": false if only the names differ)',
    );
}
