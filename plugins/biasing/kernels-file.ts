/** The file KERNELS of OPES, as PLUMED writes it and restarts from it. */
import {
  type Component,
  fieldNumber,
  fieldsHeader,
  fieldsRow,
  InputError,
  parseFields,
  periodConstants,
} from '../../engine/index.ts';
import { compressionThreshold } from './kernels.ts';
import type { OpesTarget } from './opes-target.ts';

/** A kernel as it was put down, before it was merged with others. */
export interface WrittenKernel {
  readonly time: number;
  readonly centre: ArrayLike<number>;
  readonly sigma: ArrayLike<number>;
  /** Over that of a kernel of the first width, times the weight. */
  readonly height: number;
  /** V/kT. */
  readonly logWeight: number;
}

/** What PLUMED calls the bias; it refuses kernels of another one. */
const actionOf = (explore: boolean): string => `${explore ? 'OPES_METAD_EXPLORE' : 'OPES_METAD'}_kernels`;

const fieldsOf = (names: readonly string[]): string[] => [
  ...names,
  ...names.map((name) => `sigma_${name}`),
  'height',
  'logweight',
];

const factorText = ({ biasFactor }: OpesTarget): string => (Number.isFinite(biasFactor) ? String(biasFactor) : 'inf');

/** The header: fields in the order of a row, then the constants that PLUMED asks for when it restarts. */
export function kernelsHeader(target: OpesTarget, components: readonly Component[]): string {
  return fieldsHeader(
    ['time', ...fieldsOf(components.map(({ name }) => name))],
    [
      ['action', actionOf(target.explore)],
      ['biasfactor', factorText(target)],
      ['epsilon', target.epsilon],
      ['kernel_cutoff', target.cutoff],
      ['compression_threshold', compressionThreshold],
      ...periodConstants(components),
    ],
  );
}

export function kernelRow({ time, centre, sigma, height, logWeight }: WrittenKernel): string {
  return fieldsRow([time, ...Array.from(centre), ...Array.from(sigma), height, logWeight]);
}

/** Numbers of a file that others wrote have fewer digits, and small ones few at all. */
const sameNumber = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-4 * Math.abs(b) + 1e-15;

/**
 * The kernels of a file.
 * @throws InputError at `path` for a file that is none of kernels, or of a bias over other variables, of another type, bias factor or barrier
 */
export function readKernels(text: string, target: OpesTarget, components: readonly Component[], path: string): WrittenKernel[] {
  const { fields, constants, columns, rows } = parseFields(text, path);
  const names = components.map(({ name }) => name);
  const missing = fieldsOf(names).filter((name) => !fields.includes(name));
  if (missing.length > 0)
    throw new InputError(
      path,
      `has no field ${missing.join(', ')}; these are no kernels over ${names.join(', ')} (${fields.join(', ')})`,
    );
  checkConstants(constants, target, components, path);
  const kernels = Array.from(
    { length: rows },
    (_, k): WrittenKernel => ({
      time: columns.time?.[k] ?? 0,
      centre: names.map((name) => columns[name][k]),
      sigma: names.map((name) => columns[`sigma_${name}`][k]),
      height: columns.height[k],
      logWeight: columns.logweight[k],
    }),
  );
  const odd = kernels.findIndex(
    ({ centre, sigma, height, logWeight }) =>
      ![...Array.from(centre), logWeight].every(Number.isFinite) ||
      ![...Array.from(sigma), height].every((number) => number > 0 && Number.isFinite(number)),
  );
  if (odd >= 0)
    throw new InputError(
      path,
      `kernel ${odd + 1} is none: ${kernelRow(kernels[odd]).trim()}; widths and heights are greater than 0`,
    );
  return kernels;
}

function checkConstants(
  { action, biasfactor, epsilon, ...others }: Readonly<Record<string, string>>,
  target: OpesTarget,
  components: readonly Component[],
  path: string,
): void {
  const type = target.explore ? 'opes-explore' : 'opes';
  if (action !== undefined && action !== actionOf(target.explore))
    throw new InputError(path, `is of the action ${action}; those of "${type}" are of ${actionOf(target.explore)}`);
  const infinite = biasfactor !== undefined && /^\+?inf/i.test(biasfactor);
  if (biasfactor !== undefined && !sameNumber(infinite ? Number.POSITIVE_INFINITY : Number(biasfactor), target.biasFactor))
    throw new InputError(
      path,
      `has the bias factor ${biasfactor}, the bias ${factorText(target)}; set "biasFactor", or "barrier", as it was`,
    );
  if (epsilon !== undefined && !sameNumber(Number(epsilon), target.epsilon))
    throw new InputError(
      path,
      `has epsilon ${epsilon}, the bias ${target.epsilon}: set "barrier" (and the temperature) as it was`,
    );
  for (const { name, period } of components) {
    const [from, to] = [others[`min_${name}`], others[`max_${name}`]].map((end) => (end === undefined ? null : fieldNumber(end)));
    const same = period
      ? from !== null && to !== null && sameNumber(from, period.from) && sameNumber(to, period.to)
      : from === null;
    if (!same)
      throw new InputError(
        path,
        `has "${name}" ${from === null ? 'without a period' : `from ${from} to ${to}`}, and here it is ${period ? `periodic from ${period.from} to ${period.to}` : 'not periodic'}`,
      );
  }
}
