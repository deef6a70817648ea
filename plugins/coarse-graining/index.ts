/** Coarse-graining: finding which atoms belong together, and seeing atomistic runs through such a mapping. */
import type { Plugin } from '../../engine/index.ts';
import { decodeStage } from './decoding/decode.ts';
import { siteRestraintForce } from './decoding/site-restraint.ts';
import { meanForcesStage } from './mean-forces/mean-forces.ts';
import { trainMapping } from './train-mapping.ts';

export { MappedTrajectory, mapFrame, mapStructure } from './apply.ts';
export { type Covariances, covariances } from './covariance.ts';
export { describeMapping, readableJson } from './describe.ts';
export {
  type ForceMap,
  forceCovariance,
  mapForces,
  meanSquareMapped,
  optimalForceMap,
  rigidPairs,
  rigidUnits,
  sumForceMap,
} from './force-map.ts';
export { fitLocalFields, type LocalField, type LocalFields } from './local-fields.ts';
export { type Assignment, type Mapping, type MappingQuality, occupancy, readMapping, type SeedReport } from './mapping.ts';
export { type MoleculeLayout, makeWhole, moleculeLayout } from './molecules.ts';
export type { ForceTerm } from './search.ts';
export { reconstructionFraction } from './site-moments.ts';

export const plugin: Plugin = {
  name: 'coarse-graining',
  register(registry) {
    registry.add('stage', trainMapping);
    registry.add('stage', decodeStage);
    registry.add('stage', meanForcesStage);
    registry.add('force', siteRestraintForce);
  },
};
