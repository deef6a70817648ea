/** The settings of the stage `train-mapping`. */
import type { Schema } from '../../engine/index.ts';

export const trainMappingSchema: Schema = {
  type: 'object',
  properties: {
    from: {
      reference: { stage: ['simulate'] },
      description: 'The atomistic run to learn from; its frames hold one kind of molecule.',
    },
    sitesPerMolecule: {
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1 },
      ],
      description: 'Sites that the atoms of a molecule are distributed over; a list tries each number (see "choose").',
    },
    assignment: {
      type: 'array',
      items: {
        anyOf: [
          { type: 'integer', minimum: 0 },
          { type: 'array', items: { type: ['integer', 'string'] }, minItems: 1 },
        ],
      },
      minItems: 1,
      description:
        'Given by hand, nothing is trained: the site (0, 1, ...) of each atom of a molecule, or for each site the list of its atoms (indices ' +
        'from 0, names, or "2:CA" for the atom CA of the second residue), in which hydrogens may be left out: they follow the atom they are bonded to.',
    },
    rule: {
      type: 'string',
      description:
        'Nothing is trained: "2:1" puts two heavy atoms that are bonded to each other into a site, "3:1" three, ...; hydrogens follow.',
    },
    typesBy: {
      enum: ['surroundings', 'composition'],
      default: 'surroundings',
      description:
        'Which sites are of one type, and share potentials: those that nothing in the bonds of the molecule tells apart, or those of the same ' +
        'atoms. In a chain of many sites the second gives two types, ends and the rest.',
    },
    forceWeight: {
      anyOf: [
        { type: 'number', minimum: 0 },
        { type: 'array', items: { type: 'number', minimum: 0 }, minItems: 1 },
      ],
      default: 0.2,
      description:
        'Weight of the mapped forces against the reconstruction, both as fractions of their atomistic values; it keeps stiff bonds inside ' +
        'sites. On during the second half of the epochs. A list tries each weight (see "choose").',
    },
    forceTerm: {
      enum: ['frequency', 'square'],
      default: 'frequency',
      description:
        'What the weight multiplies: "frequency", the mean square force of a site over its mass, which is kT times the mean square frequency that it ' +
        'moves with; "square", the mean square force alone, as published, which is least for sites of a single hydrogen (a weight of 0.05 goes with it).',
    },
    choose: {
      type: 'object',
      description:
        'Which of several numbers of sites and weights the stages that read this mapping get. All are in mapping.json.',
      properties: {
        sitesPerMolecule: { type: 'integer', minimum: 1, description: 'The knee of the reconstruction error when absent.' },
        forceWeight: {
          type: 'number',
          minimum: 0,
          description: 'When absent the largest that raises the reconstruction error by at most "tolerance".',
        },
        tolerance: {
          type: 'number',
          minimum: 0,
          default: 0.06,
          description: 'A fraction of the least error at that number of sites.',
        },
      },
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
    keepRigid: {
      type: 'boolean',
      default: true,
      description:
        'Atoms that rigid bonds hold together share a site, as potentials need it: forces of constraints are not stored. Maps for decoding alone can do with false.',
    },
    polish: {
      type: 'boolean',
      default: true,
      description:
        'After each training, move atoms to other sites, one at a time and in groups, as long as that lowers the loss.',
    },
    allowEmptySites: {
      type: 'boolean',
      default: false,
      description: 'Accept a mapping to fewer sites than asked for where the training leaves some empty.',
    },
  },
  required: ['from'],
};
