/** The settings of the stage `decode`. */
import type { Schema } from '../../../engine/index.ts';

export const decodeSchema: Schema = {
  type: 'object',
  properties: {
    from: {
      reference: { stage: ['simulate'] },
      description:
        'The frames to decode: a simulation of sites, or the atomistic run itself, whose frames are mapped first; the error is then known.',
    },
    mapping: {
      reference: { stage: ['train-mapping', 'train-jointly'] },
      description:
        'Which atoms belong to which site. The decoder is learned from the atomistic run of the mapping, its force field relaxes.',
    },
    decoder: {
      enum: ['aligned', 'linear'],
      default: 'aligned',
      description:
        '"linear": the one of the autoencoder, over the indices of atoms and sites alone; "aligned": linear regression of all coordinates in a ' +
        'frame that turns with the molecule, which can tell left from right.',
    },
    relax: {
      anyOf: [
        { type: 'boolean' },
        {
          type: 'object',
          properties: {
            tolerance: {
              quantity: 'force',
              exclusiveMinimum: 0,
              description: 'Root mean square force component to stop at; 10.',
            },
            maxSteps: { type: 'integer', minimum: 0, description: '2000; 0 stores energies and forces of the atoms as decoded.' },
            stiffness: {
              quantity: 'force-constant',
              exclusiveMinimum: 0,
              description: 'Of the restraint that holds the sites; 1e6 kJ/mol/nm^2, or 5000 in reduced units.',
            },
          },
        },
      ],
      default: true,
      description:
        'Minimise the energy of the force field with the sites held, and store its forces; false stores positions alone.',
    },
    frames: { type: 'integer', minimum: 1, default: 1000, description: 'Frames decoded, evenly spaced.' },
  },
  required: ['from', 'mapping'],
};
