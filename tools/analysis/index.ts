/** Analysis: observables of trajectories, and the stage that compares two simulations. */
import type { Plugin } from '../../engine/index.ts';
import { compareStage } from './compare-stage.ts';

export { compareStages, mappingBehind } from './compare-stages.ts';
export type { Comparison } from './comparison.ts';

export const plugin: Plugin = {
  name: 'analysis',
  register(registry) {
    registry.add('stage', compareStage);
  },
};
