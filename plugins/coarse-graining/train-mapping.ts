/** The stage `train-mapping`: learns which atoms of a molecule belong together and writes `mapping.json`. */
import {
  InputError,
  Interrupted,
  openTrajectory,
  type Schema,
  type StageContext,
  type StageKind,
  type Structure,
} from '../../engine/index.ts';
import { mapStructure } from './apply.ts';
import { type Covariances, covariances } from './covariance.ts';
import { checkAssignment, type Mapping, occupancy, type SeedReport } from './mapping.ts';
import { toRows } from './matrix.ts';
import { type MoleculeLayout, moleculeLayout } from './molecules.ts';
import { equalBlocks, hardMap } from './quality.ts';
import { type SearchOptions, searchMapping, trainingTable } from './search.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    from: {
      reference: { stage: ['simulate'] },
      description: 'The atomistic run to learn from; its frames hold one kind of molecule.',
    },
    sitesPerMolecule: { type: 'integer', minimum: 1, description: 'Sites that the atoms of a molecule are distributed over.' },
    assignment: {
      type: 'array',
      items: { type: 'integer', minimum: 0 },
      minItems: 1,
      description: 'The site (0, 1, ...) of each atom of a molecule, given by hand: nothing is trained.',
    },
    forceWeight: {
      type: 'number',
      minimum: 0,
      default: 0.05,
      description:
        'Weight of the mapped forces against the reconstruction, both as fractions of their atomistic values; ' +
        'it keeps stiff bonds inside sites. On during the second half of the epochs.',
    },
    epochs: { type: 'integer', minimum: 1, default: 2000, description: 'Optimiser steps of each training.' },
    seeds: {
      type: 'integer',
      minimum: 1,
      default: 5,
      description: 'Trainings from different starts; the one with the lowest loss is kept.',
    },
    learningRate: { type: 'number', exclusiveMinimum: 0, default: 0.05, description: 'Step size of Adam.' },
    annealing: {
      type: 'object',
      description: 'Temperature of the Gumbel-softmax: start exp(-epoch / decay) + floor.',
      properties: {
        start: { type: 'number', minimum: 0, default: 4 },
        decay: { type: 'number', exclusiveMinimum: 0, description: 'Epochs; 0.16 of all epochs when absent.' },
        floor: { type: 'number', exclusiveMinimum: 0, default: 0.2 },
      },
    },
    allowEmptySites: {
      type: 'boolean',
      default: false,
      description: 'Accept a mapping to fewer sites than asked for where the training leaves some empty.',
    },
  },
  required: ['from'],
};

export const trainMapping: StageKind = {
  name: 'train-mapping',
  summary:
    'Learns which atoms of a molecule form a coarse-grained site with a Gumbel-softmax autoencoder (Wang & Gomez-Bombarelli 2019).',
  status: 'validated',
  schema,
  async run(context) {
    const { settings, folder, inputs, progress } = context;
    if (settings.sitesPerMolecule === undefined && settings.assignment === undefined)
      throw new InputError(context.where, 'needs "sitesPerMolecule" (to learn a mapping) or "assignment" (to give it by hand)');
    const trajectory = await openTrajectory(inputs.from.folder.path);
    const { structure } = trajectory;
    let data: Covariances;
    try {
      data = await covariances(trajectory, `${context.where}.from (${inputs.from.name})`, async (done) => {
        await breathe(context);
        progress.update(done, trajectory.length, 'reading frames');
      });
    } finally {
      trajectory.close();
    }
    const layout = moleculeLayout(structure);
    const hand = settings.assignment as readonly number[] | undefined;
    const mapping = hand ? byHand(hand, context, data, structure, layout) : await learn(context, data, structure, layout);
    await folder.write('mapping.json', `${JSON.stringify(mapping, null, 1)}\n`);
    progress.note(summaryLine(mapping));
  },
};

function byHand(
  assignment: readonly number[],
  context: StageContext,
  data: Covariances,
  structure: Structure,
  layout: MoleculeLayout,
): Mapping {
  const sites = (context.settings.sitesPerMolecule as number | undefined) ?? Math.max(...assignment) + 1;
  checkAssignment(assignment, sites, data.atoms, `${context.where}.assignment`);
  return describe(data, structure, layout, assignment, { sitesRequested: sites, seeds: [], backend: null });
}

async function learn(context: StageContext, data: Covariances, structure: Structure, layout: MoleculeLayout): Promise<Mapping> {
  const { settings, where, progress } = context;
  const options = searchOptions(context);
  if (options.sites > data.atoms)
    throw new InputError(
      `${where}.sitesPerMolecule`,
      `is ${options.sites}, but a molecule has ${data.atoms} atoms; ask for at most as many sites as atoms`,
    );
  if (data.atoms === 1)
    throw new InputError(where, 'the molecules have one atom each: there is nothing to learn; give "assignment": [0] instead');
  if (!data.forces && options.forceWeight > 0)
    throw new InputError(
      `${where}.forceWeight`,
      `is ${options.forceWeight}, but the run stored no forces; repeat it with "output": {"forces": true} or set "forceWeight": 0`,
    );
  const total = options.seeds * options.epochs;
  const found = await searchMapping(data, layout.bonds, options, context.seed, {
    update: async (seed, epoch, loss) => {
      await breathe(context);
      progress.update(seed * options.epochs + epoch, total, `seed ${seed}, loss ${loss.toFixed(4)}`);
    },
    note: (line) => progress.note(line),
  });
  await context.folder.write('training.csv', trainingTable(found.rows, data));
  return describe(data, structure, layout, found.best.assignment, {
    sitesRequested: settings.sitesPerMolecule as number,
    seeds: found.seeds,
    backend: found.backend,
  });
}

function searchOptions({ settings, where }: StageContext): SearchOptions {
  const epochs = (settings.epochs ?? 2000) as number;
  const annealing = (settings.annealing ?? {}) as { start?: number; decay?: number; floor?: number };
  return {
    where,
    sites: settings.sitesPerMolecule as number,
    seeds: (settings.seeds ?? 5) as number,
    allowEmptySites: (settings.allowEmptySites ?? false) as boolean,
    epochs,
    learningRate: (settings.learningRate ?? 0.05) as number,
    forceWeight: (settings.forceWeight ?? 0.05) as number,
    annealing: { start: annealing.start ?? 4, decay: annealing.decay ?? 0.16 * epochs, floor: annealing.floor ?? 0.2 },
  };
}

/** Lets signals arrive, and stops if one has. */
async function breathe(context: StageContext): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (context.signal.aborted)
    throw new Interrupted(`the training of the mapping "${context.name}" was stopped; it takes seconds to run again`);
}

/** Everything that `mapping.json` says of an assignment without empty sites. */
function describe(
  data: Covariances,
  structure: Structure,
  layout: MoleculeLayout,
  assignment: readonly number[],
  origin: { readonly sitesRequested: number; readonly seeds: readonly SeedReport[]; readonly backend: string | null },
): Mapping {
  const sites = Math.max(...assignment) + 1;
  const map = hardMap(data, assignment, sites, layout.bonds);
  const mapped = mapStructure(structure, { atomsPerMolecule: data.atoms, sites, assignment });
  return {
    atomsPerMolecule: data.atoms,
    sites,
    assignment,
    occupancy: occupancy(assignment, sites),
    reconstruction: map.reconstruction,
    pcaBound: map.pcaBound,
    equalBlocks: equalBlocksReconstruction(data, sites, layout.bonds),
    force: map.force,
    fragments: map.fragments,
    sitesRequested: origin.sitesRequested,
    molecules: data.molecules,
    frames: data.frames,
    backend: origin.backend,
    seeds: origin.seeds,
    atoms: Array.from({ length: data.atoms }, (_, i) => ({ name: structure.name[i], element: structure.element[i] })),
    siteNames: mapped.name.slice(0, sites),
    siteTypes: Array.from({ length: sites }, (_, s) => mapped.typeNames[mapped.type[s]]),
    encoder: toRows(map.encoder, sites),
    decoder: toRows(map.decoder, data.atoms),
  };
}

/** The yardstick for chains and rings whose atoms are numbered along the bonds. */
function equalBlocksReconstruction(data: Covariances, sites: number, bonds: Int32Array): number | null {
  const blocks = hardMap(data, equalBlocks(data.atoms, sites), sites, bonds);
  return blocks.fragments.every((pieces) => pieces === 1) ? blocks.reconstruction : null;
}

function summaryLine(mapping: Mapping): string {
  const pieces = mapping.fragments.reduce((sum, count) => sum + count, 0);
  const blocks = mapping.equalBlocks === null ? '' : `, equal blocks ${mapping.equalBlocks.toPrecision(4)}`;
  const names = mapping.siteTypes.length <= 8 ? ` (${mapping.siteTypes.join(', ')})` : '';
  return (
    `${mapping.atomsPerMolecule} atoms to ${mapping.sites} sites${names}: reconstruction ${mapping.reconstruction.toPrecision(4)} ` +
    `per coordinate, PCA bound ${mapping.pcaBound.toPrecision(4)}${blocks}; ${pieces} connected pieces`
  );
}
