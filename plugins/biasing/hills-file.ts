/** Hills as PLUMED writes them, and as they are handed on from run to run. */
import { type Component, fieldsHeader, fieldsRow, InputError, parseFields, periodConstants } from '../../engine/index.ts';
import type { Hill } from './hills.ts';

/** A hill of a file. At times before 0 stand those that were there when the run began. */
export interface DatedHill extends Hill {
  readonly time: number;
}

/** The header of a file of hills. */
export function hillsHeader(components: readonly Component[]): string {
  const names = components.map(({ name }) => name);
  return fieldsHeader(
    ['time', ...names, ...names.map((name) => `sigma_${name}`), 'height', 'biasf'],
    [['multivariate', 'false'], ['kerneltype', 'gaussian'], ...periodConstants(components)],
  );
}

/** A hill as a line. Well-tempered heights stand times gamma/(gamma - 1), as in PLUMED: their sum is then minus the free energy. */
export function hillLine(time: number, { centre, sigma, height }: Hill, biasFactor: number | null): string {
  const factor = biasFactor === null ? 1 : biasFactor / (biasFactor - 1);
  return fieldsRow([time, ...Array.from(centre), ...Array.from(sigma), height * factor, biasFactor ?? 1]);
}

/**
 * The hills of a file.
 * @throws InputError at `where` for a file that is none of hills, of other variables, or with kernels that are not plain Gaussians
 */
export function readHills(text: string, components: readonly Component[], where: string): DatedHill[] {
  const { fields, constants, columns, rows } = parseFields(text, where);
  const names = components.map(({ name }) => name);
  const needed = ['time', ...names, ...names.map((name) => `sigma_${name}`), 'height'];
  const missing = needed.filter((name) => !fields.includes(name));
  if (missing.length > 0)
    throw new InputError(where, `has no field ${missing.join(', ')}; these are hills of other variables (${fields.join(', ')})`);
  const kernel = constants.kerneltype ?? 'gaussian';
  if (kernel !== 'gaussian' || constants.multivariate === 'true')
    throw new InputError(where, `holds kernels of the type ${kernel}; only plain diagonal Gaussians ("gaussian") are understood`);
  return Array.from({ length: rows }, (_, h) => {
    const biasFactor = columns.biasf?.[h] ?? 1;
    return {
      time: columns.time[h],
      centre: names.map((name) => columns[name][h]),
      sigma: names.map((name) => columns[`sigma_${name}`][h]),
      height: columns.height[h] * (biasFactor > 1 ? (biasFactor - 1) / biasFactor : 1),
    };
  });
}

/** The same hills with the last of them an interval before time 0, where the run that takes them begins. */
export function beforeStart(hills: readonly DatedHill[], interval: number): DatedHill[] {
  const last = hills.reduce((latest, { time }) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  return hills.map((hill) => ({ ...hill, time: hill.time - last - interval }));
}

/**
 * The hills of runs that shared them, in the order of time. Each file holds its run's own, those that it was given and those that it has read,
 * so a hill stands in several: it is known by centre and widths, which have all their digits, and counts as often as in the file with most of it.
 */
export function mergeHills(files: readonly (readonly DatedHill[])[]): DatedHill[] {
  const known = new Map<string, DatedHill[]>();
  for (const hills of files) {
    const seen = new Map<string, number>();
    for (const hill of hills) {
      const key = `${hill.centre}/${hill.sigma}`;
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      const same = known.get(key) ?? [];
      known.set(key, same);
      // What others have read later, its own walker has left at its time.
      if (before === same.length) same.push(hill);
      else if (hill.time < same[before].time) same[before] = hill;
    }
  }
  return [...known.values()].flat().sort((a, b) => a.time - b.time);
}
