/** A free energy on bins of one or two variables, in units of kT: how it is made of probabilities, compared, summed over, and written. */
import { type Component, exp, InputError, log, type Period, type UnitSystem, unitOf } from '../../engine/index.ts';
import type { Bins } from './force-bins.ts';

/** Values by bin, the first axis fastest; NaN where nothing is known. */
export interface Profile {
  readonly components: readonly Component[];
  readonly axes: readonly Bins[];
  readonly values: Float64Array;
}

export function middleOf(axes: readonly Bins[], bin: number, axis: number): number {
  let rest = bin;
  for (let k = 0; k < axis; k++) rest = Math.floor(rest / axes[k].count);
  const { start, width, count } = axes[axis];
  return start + (0.5 + (rest % count)) * width;
}

export const binCount = (axes: readonly Bins[]): number => axes.reduce((product, { count }) => product * count, 1);

/** -ln of weights, with minimum 0; NaN where there is none. */
export function freeEnergyOf(weights: Float64Array): Float64Array {
  const most = weights.reduce((largest, w) => Math.max(largest, w), 0);
  return weights.map((w) => (w > 0 ? log(most / w) : Number.NaN));
}

/** The same shifted to minimum 0. */
export function grounded(values: Float64Array): Float64Array {
  const least = values.reduce((smallest, v) => (v < smallest ? v : smallest), Number.POSITIVE_INFINITY);
  return values.map((v) => v - least);
}

/** The free energy over some of the components: the others are integrated out. @throws InputError at `where` for a name there is not */
export function marginal(profile: Profile, names: readonly string[], where: string): Profile {
  const kept = names.map((name) => profile.components.findIndex((component) => component.name === name));
  const missing = kept.indexOf(-1);
  if (missing >= 0)
    throw new InputError(
      where,
      `there is no free energy over "${names[missing]}": the bias acts on ${profile.components.map(({ name }) => name).join(', ')}; ` +
        'other variables take "method": "reweight"',
    );
  if (kept.length === profile.axes.length && kept.every((k, i) => k === i)) return profile;
  const axes = kept.map((k) => profile.axes[k]);
  const weights = new Float64Array(binCount(axes));
  for (let bin = 0; bin < profile.values.length; bin++) {
    if (!Number.isFinite(profile.values[bin])) continue;
    let rest = bin;
    const indices = profile.axes.map(({ count }) => {
      const i = rest % count;
      rest = Math.floor(rest / count);
      return i;
    });
    let to = 0;
    let stride = 1;
    for (const [n, k] of kept.entries()) {
      to += stride * indices[k];
      stride *= axes[n].count;
    }
    weights[to] += exp(-profile.values[bin]);
  }
  return { components: kept.map((k) => profile.components[k]), axes, values: freeEnergyOf(weights) };
}

/**
 * `other` moved by the constant that brings it nearest to `values`, where probabilities exp(-values) weigh; so that profiles from parts of a run
 * can be compared.
 */
export function aligned(other: Float64Array, values: Float64Array): Float64Array {
  let sum = 0;
  let total = 0;
  values.forEach((v, i) => {
    if (!Number.isFinite(v) || !Number.isFinite(other[i])) return;
    const w = exp(-v);
    sum += w * (v - other[i]);
    total += w;
  });
  return other.map((v) => v + sum / total);
}

/** An interval a component; periodic components may pass the end of their period. */
export type Region = Readonly<Record<string, readonly [number, number]>>;

/**
 * kT ln of the probability of a region is minus this: -ln sum exp(-F) over bins, each with the part of it that lies inside, as if its probability
 * were spread evenly. Infinity where no bin inside is known.
 */
export function regionEnergy({ components, axes, values }: Profile, region: Region): number {
  const parts = components.map(({ name, period }, k) => partsInside(axes[k], region[name], period));
  let sum = 0;
  for (let bin = 0; bin < values.length; bin++) {
    if (!Number.isFinite(values[bin])) continue;
    let part = 1;
    let rest = bin;
    for (let k = 0; k < axes.length; k++) {
      part *= parts[k][rest % axes[k].count];
      rest = Math.floor(rest / axes[k].count);
    }
    sum += part * exp(-values[bin]);
  }
  return -log(sum);
}

/** Of each bin of an axis, the part that lies in an interval; all of it without one. Of what has a period, the interval lies at every multiple of it. */
function partsInside({ start, width, count }: Bins, interval: Region[string] | undefined, period: Period | null): Float64Array {
  const parts = new Float64Array(count).fill(1);
  if (!interval) return parts;
  const [from, to] = interval;
  const length = period ? period.to - period.from : 0;
  if (period && to - from >= length) return parts;
  return parts.map((_, bin) => {
    const low = start + bin * width;
    const overlap = (shift: number): number =>
      Math.max(0, Math.min(low + width, to + shift) - Math.max(low, from + shift)) / width;
    if (!period) return overlap(0);
    // The copy that begins at or before the bin, and the one after it.
    const shift = length * Math.floor((low - from) / length);
    return Math.min(1, overlap(shift) + overlap(shift + length));
  });
}

/** `free-energy.csv`: a column a variable, the free energy and its standard error, in kJ/mol, or kT in lj units. Bins without a value are left out. */
export function profileCsv({ components, axes, values }: Profile, errors: Float64Array, kT: number, units: UnitSystem): string {
  const [unit, scale] = units === 'md' ? ['kJ/mol', kT] : ['kT', 1];
  const heads = components.map(({ name, dimension }) => {
    const own = units === 'md' ? unitOf(dimension, units) : '';
    return own ? `${name} (${own})` : name;
  });
  const lines = [[...heads, `free_energy (${unit})`, `error (${unit})`].join(',')];
  for (let bin = 0; bin < values.length; bin++) {
    if (!Number.isFinite(values[bin])) continue;
    const error = Number.isFinite(errors[bin]) ? errors[bin] * scale : '';
    lines.push([...axes.map((_, axis) => middleOf(axes, bin, axis)), values[bin] * scale, error].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Standard deviation; NaN for fewer than two values. */
export function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
}
