/** What the runner itself registers: the stage that runs other stages. */
import type { Plugin } from '../../engine/index.ts';
import { loopStage } from './loop.ts';

export const plugin: Plugin = {
  name: 'runner',
  register(registry) {
    registry.add('stage', loopStage);
  },
};
