/** Coarse-grained potentials: trained by force matching, run by the engine as forces like any other. */
import type { Plugin } from '../../engine/index.ts';
import { graphPotential } from './graph/force.ts';
import { graphModel } from './graph/model.ts';
import { tabulatedTerms } from './hermite-table.ts';
import { trainJointly } from './joint/train-jointly.ts';
import { bondPairs } from './oriented/force.ts';
import { inversionModel } from './refinement/inversion.ts';
import { splineModel } from './spline/spline.ts';
import { trainPotential } from './train-potential.ts';
import { trainingRangeWatchdog } from './watchdog.ts';

export { type CoordinateFunction, coordinateFunctions } from './coordinates.ts';
export { evaluateTable, tabulatedTerms } from './hermite-table.ts';
export type * from './model.ts';
export { readModel, type StoredModel, writeModel } from './model-file.ts';
export { ExcludedPairs, emptyPairs, type NeighbourPairs, neighbourPairs } from './neighbour-pairs.ts';
export { compilePriors, fitPriors, type PriorEvaluator, type Priors, priorForces } from './priors.ts';
export { inversionModel } from './refinement/inversion.ts';
export { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';
export { estimateNoiseFloor } from './spline/fit.ts';
export { splineModel } from './spline/spline.ts';
export { type BondedGroup, bondedGroups, bondGraph, exclusionsAlongBonds, typeMatrix, typePairs } from './topology.ts';
export { trainPotential } from './train-potential.ts';
export { measureTrainingRange, type TrainingRange } from './training-range.ts';
export { largestCutoff, loadTrainingSet, splitByTime, timeBlocks, trainingSet } from './training-set.ts';
export { trainingRangeWatchdog, type WatchdogData, watchdogForce } from './watchdog.ts';

export const plugin: Plugin = {
  name: 'potentials',
  register(registry) {
    registry.add('stage', trainPotential);
    registry.add('stage', trainJointly);
    registry.add('model', splineModel);
    registry.add('model', graphModel);
    registry.add('model', inversionModel);
    registry.add('force', graphPotential);
    registry.add('force', bondPairs);
    for (const term of tabulatedTerms) registry.add('bonded', term);
    registry.add('force', trainingRangeWatchdog);
  },
};
