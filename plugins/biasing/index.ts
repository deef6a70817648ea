/** Biases along collective variables, and the free energies that follow from biased runs. */
import type { Plugin } from '../../engine/index.ts';
import { abf } from './abf.ts';
import { eabf } from './eabf.ts';
import { effectiveDynamics } from './effective-dynamics.ts';
import { freeEnergy } from './free-energy.ts';
import { metadynamics } from './metadynamics.ts';
import { movingRestraint } from './moving-restraint.ts';
import { opes, opesExplore } from './opes.ts';
import { umbrella } from './umbrella.ts';
import { lowerWalls, upperWalls } from './walls.ts';

export const plugin: Plugin = {
  name: 'biasing',
  register(registry) {
    for (const kind of [umbrella, movingRestraint, lowerWalls, upperWalls, metadynamics, opes, opesExplore, abf, eabf])
      registry.add('bias', kind);
    for (const stage of [freeEnergy, effectiveDynamics]) registry.add('stage', stage);
  },
};
