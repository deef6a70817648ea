/** Free energies of regions relative to the first: their errors, and what is said of them. */
import { InputError, parseQuantity } from '../../engine/index.ts';
import type { Estimator, Part } from './estimators/estimator.ts';
import { type Profile, type Region, regionEnergy, spread } from './profile.ts';
import { type BiasedRun, componentsOf } from './runs.ts';

/** Values in kT by region, relative to the first. */
export type Differences = Readonly<Record<string, number>>;

/** Ends by variable as they are set: numbers in the unit of the variable, or with one. */
export type Intervals = Readonly<Record<string, readonly [number | string, number | string]>>;

/** @throws InputError at `where` for a variable that the run does not have, for units that do not fit, and for an interval that ends where it begins or below */
export function intervalsOf(intervals: Intervals, run: BiasedRun, where: string): Region {
  return Object.fromEntries(
    Object.entries(intervals).map(([name, ends]) => {
      const [{ dimension, period }] = componentsOf(run, [name], where);
      const [from, to] = ends.map((end) => parseQuantity(end, dimension, run.stage.units, `${where}.${name}`));
      if (!(to > from))
        throw new InputError(
          `${where}.${name}`,
          `is from ${from} to ${to}; it must end above where it begins${period ? `: past the end of the period, at ${to + period.to - period.from}` : ''}`,
        );
      return [name, [from, to] as const];
    }),
  );
}

/**
 * Regions as they are set, by name.
 * @throws InputError as above, and for a variable that the free energy is not over
 */
export function regionsOf(
  regions: Readonly<Record<string, Intervals>>,
  names: readonly string[],
  run: BiasedRun,
  where: string,
): Readonly<Record<string, Region>> {
  const found: Record<string, Region> = {};
  for (const [name, region] of Object.entries(regions)) {
    for (const variable of Object.keys(region))
      if (!names.includes(variable))
        throw new InputError(
          `${where}.regions.${name}`,
          `is about "${variable}", but the free energy is over ${names.join(', ')}; add it to "variables"`,
        );
    found[name] = intervalsOf(region, run, `${where}.regions.${name}`);
  }
  return found;
}

/**
 * Errors between blocks; for growing estimates those of the parts. Where a block was never in one, all but one block each are compared instead (jackknife: Efron 1982), which takes only that
 * no single block holds all that is known of it.
 */
export function errorsOfRegions(
  { independent }: Estimator,
  blocks: number,
  inParts: readonly Differences[],
  estimate: (part: Part) => Differences,
): Differences {
  const between = (parts: readonly Differences[], name: string): number => spread(parts.map((part) => part[name]));
  let others: readonly Differences[] | null = null;
  const error = (name: string): number => {
    const found = between(inParts, name);
    if (Number.isFinite(found) || !independent) return independent ? found / Math.sqrt(blocks) : found;
    others ??= Array.from({ length: blocks }, (_, b) => estimate({ from: b / blocks, to: (b + 1) / blocks, except: true }));
    return (between(others, name) * (blocks - 1)) / Math.sqrt(blocks);
  };
  return Object.fromEntries(Object.keys(inParts[0]).map((name) => [name, error(name)]));
}

export function differences(profile: Profile, regions: Readonly<Record<string, Region>>): Differences {
  const energies = Object.entries(regions).map(([name, region]) => [name, regionEnergy(profile, region)] as const);
  return Object.fromEntries(energies.map(([name, energy]) => [name, energy - energies[0][1]]));
}

/** What is said of regions: their free energies above the first, in words where there is no number. */
export function regionLines(
  regions: Readonly<Record<string, { readonly freeEnergy: number; readonly error: number }>>,
  parts: readonly Differences[],
  unit: string,
): string[] {
  const [first, ...others] = Object.keys(regions);
  if (first !== undefined && !Number.isFinite(regions[first].freeEnergy))
    return [`${first}: not visited, so that the others cannot be compared with it`];
  return others.map((name) => {
    const { freeEnergy, error } = regions[name];
    if (!Number.isFinite(freeEnergy)) return `${name}: not visited`;
    const value = `${name}: ${freeEnergy.toPrecision(4)}`;
    const above = `${unit} above ${first}`;
    if (Number.isFinite(error)) return `${value} +- ${error.toPrecision(2)} ${above}`;
    const absent = parts.filter((part) => !Number.isFinite(part[name])).length;
    return `${value} ${above}, error unknown: not visited in ${absent} of ${parts.length} blocks`;
  });
}
