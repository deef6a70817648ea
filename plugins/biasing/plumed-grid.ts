/** A free energy as a grid that PLUMED reads (`fes.dat`): its points are not bins, and it has no holes. */
import { fieldsHeader, fieldsRow, periodConstants } from '../../engine/index.ts';
import { type Bins, eachNeighbour } from './force-bins.ts';
import { binCount, middleOf, type Profile } from './profile.ts';

/**
 * As `plumed sum_hills` writes one, the first variable fastest, with derivatives, an empty line after each run of the first variable. `nbins` is the
 * number of points. Of an open axis `min` and `max` are the first and the last point, (max - min)/(nbins - 1) apart. Of a periodic one they have to be
 * the ends of the period, as text, and the points begin at `min`, (max - min)/nbins apart; where bins have their middles elsewhere, as those
 * of adaptive forces, values are interpolated (cubic, of four bins). PLUMED knows no infinity: points that nothing is known of stand with the highest value that is known.
 * Derivatives are central differences of what is written.
 */
export function plumedGrid(profile: Profile, kT: number): string {
  const { components, axes, values } = onPeriods(profile);
  const names = components.map(({ name }) => name);
  const constants = components.flatMap((component, k): [string, string | number][] => {
    const { start, width, count, periodic } = axes[k];
    const ends: [string, string | number][] = periodic
      ? periodConstants([component])
      : [
          [`min_${component.name}`, start + 0.5 * width],
          [`max_${component.name}`, start + (count - 0.5) * width],
        ];
    return [...ends, [`nbins_${component.name}`, count], [`periodic_${component.name}`, String(periodic)]];
  });
  const highest = values.reduce((most, value) => (value > most ? value : most), 0);
  const filled = values.map((value) => kT * (Number.isFinite(value) ? value : highest));
  const lines = [fieldsHeader([...names, 'file.free', ...names.map((name) => `der_${name}`)], constants)];
  for (let bin = 0; bin < filled.length; bin++) {
    const point = axes.map((_, axis) => middleOf(axes, bin, axis));
    lines.push(fieldsRow([...point, filled[bin], ...slopes(axes, filled, bin)]));
    if (axes.length > 1 && (bin + 1) % axes[0].count === 0) lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

/** Central differences along all axes; one-sided at the ends of open ones. */
function slopes(axes: readonly Bins[], values: Float64Array, bin: number): number[] {
  const difference = axes.map(() => 0);
  const steps = axes.map(() => 0);
  eachNeighbour(axes, bin, (other, axis, sign) => {
    difference[axis] += sign * (values[other] - values[bin]);
    steps[axis]++;
  });
  return difference.map((d, axis) => d / (Math.max(1, steps[axis]) * axes[axis].width));
}

/** The same with the middles of periodic axes on whole numbers of widths from where the period begins. */
function onPeriods(profile: Profile): Profile {
  let { axes, values } = profile;
  profile.components.forEach(({ period }, axis) => {
    const { start, width, periodic } = axes[axis];
    if (!period || !periodic) return;
    const off = (start + 0.5 * width - period.from) / width;
    if (Math.abs(off - Math.round(off)) < 1e-6) return;
    const before = axes;
    values = halfway(before, values, axis);
    axes = before.map((own, k) => (k === axis ? { ...own, start: period.from - 0.5 * width } : own));
  });
  return { ...profile, axes, values };
}

/**
 * Values half a bin below the middles along a periodic axis: the cubic through two bins on either side, the mean of the nearest two where it lacks
 * one, the one that is known of these.
 */
function halfway(axes: readonly Bins[], values: Float64Array, axis: number): Float64Array {
  const { count } = axes[axis];
  const stride = binCount(axes.slice(0, axis));
  return values.map((here, bin) => {
    const i = Math.floor(bin / stride) % count;
    const at = (step: number) => values[bin + (((i + step + count) % count) - i) * stride];
    const below = at(-1);
    if (!Number.isFinite(here) || !Number.isFinite(below)) return Number.isFinite(here) ? here : below;
    const mean = 0.5 * (here + below);
    const outer = 0.5 * (at(-2) + at(1));
    return count > 3 && Number.isFinite(outer) ? mean + 0.125 * (mean - outer) : mean;
  });
}
