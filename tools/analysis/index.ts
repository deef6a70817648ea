/** Analysis: observables of trajectories, and the stage that compares two simulations. */
import type { Plugin } from '../../engine/index.ts';
import { compareStage } from './compare-stage.ts';

export type { Comparison } from './compare.ts';
export { compareStages, mappingBehind } from './compare-stages.ts';

export const plugin: Plugin = {
  name: 'analysis',
  register(registry) {
    registry.add('stage', compareStage);
  },
};
