/** The stage `compare`: writes `compare.json` for two simulations of a scenario. */
import { Interrupted, type StageKind } from '../../engine/index.ts';
import { atomsSchema } from '../../plugins/collective-variables/index.ts';
import { defaultBins } from './compare.ts';
import { compareStages } from './compare-stages.ts';
import type { TorsionMap } from './torsion-maps.ts';

export const compareStage: StageKind = {
  name: 'compare',
  summary:
    'Radial distribution functions, bonds, angles, dihedrals, torsion maps, diffusion, pressure and speed of two simulations side by side.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      reference: {
        reference: { stage: ['simulate', 'decode'] },
        description: 'The simulation to be reproduced, usually atomistic.',
      },
      candidate: { reference: { stage: ['simulate', 'decode'] }, description: 'The simulation to be judged.' },
      mapping: {
        reference: { stage: ['train-mapping', 'train-jointly'] },
        description: "Turns the reference into sites; found from the candidate's potential when absent.",
      },
      frames: {
        type: 'integer',
        minimum: 1,
        description:
          'At most this many frames of each run, evenly spaced; 500, or more of systems below 1000 particles, if neither this nor a stride is given.',
      },
      stride: { type: 'integer', minimum: 1, description: 'Use every so many frames.' },
      rmax: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'Largest distance of g(r): 1.2 nm (3.5 sigma) or half the smallest box width, whichever is less.',
      },
      bins: {
        type: 'integer',
        minimum: 10,
        default: defaultBins,
        description: 'Bins of g(r); bonds, angles and dihedrals have half as many.',
      },
      torsionMaps: {
        type: 'array',
        default: [],
        items: {
          type: 'object',
          required: ['name', 'x', 'y'],
          properties: {
            name: { type: 'string', description: 'What the map is called, for example "Ramachandran".' },
            x: atomsSchema(4, 'the four atoms of the first dihedral'),
            y: atomsSchema(4, 'the four atoms of the second dihedral, in the same molecule'),
          },
        },
        description: 'Joint distributions of two dihedrals; all molecules like the one named count.',
      },
    },
    required: ['reference', 'candidate'],
  },
  async run(context) {
    const { inputs, settings, folder, progress, signal } = context;
    const comparison = await compareStages(inputs.reference, inputs.candidate, {
      mapping: inputs.mapping,
      frames: settings.frames as number | undefined,
      stride: settings.stride as number | undefined,
      rmax: settings.rmax as number | undefined,
      bins: settings.bins as number | undefined,
      torsionMaps: settings.torsionMaps as TorsionMap[] | undefined,
      progress: (done, total, text) => {
        if (signal.aborted) throw new Interrupted(`the comparison "${context.name}" was stopped; run it again`);
        progress.update(done, total, text);
      },
    });
    await folder.write('compare.json', `${JSON.stringify(comparison)}\n`);
    progress.note(comparison.verdict);
    for (const note of comparison.notes) progress.note(`note: ${note}`);
  },
};
