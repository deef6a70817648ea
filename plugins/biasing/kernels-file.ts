/** The file KERNELS of OPES, as PLUMED writes it and restarts from it. */
import { type Component, fieldsHeader, periodConstants } from '../../engine/index.ts';
import { compressionThreshold } from './kernels.ts';
import type { OpesTarget } from './opes-target.ts';

/** What PLUMED calls the bias; it refuses kernels of another one. */
const actionOf = (explore: boolean): string => `${explore ? 'OPES_METAD_EXPLORE' : 'OPES_METAD'}_kernels`;

/** The header: fields in the order of a row, then the constants that PLUMED asks for when it restarts. */
export function kernelsHeader(target: OpesTarget, components: readonly Component[]): string {
  const names = components.map(({ name }) => name);
  return fieldsHeader(
    ['time', ...names, ...names.map((name) => `sigma_${name}`), 'height', 'logweight'],
    [
      ['action', actionOf(target.explore)],
      ['biasfactor', Number.isFinite(target.biasFactor) ? target.biasFactor : 'inf'],
      ['epsilon', target.epsilon],
      ['kernel_cutoff', target.cutoff],
      ['compression_threshold', compressionThreshold],
      ...periodConstants(components),
    ],
  );
}
