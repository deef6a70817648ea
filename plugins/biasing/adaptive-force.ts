/** What `abf` and `eabf` share: the bins of mean forces that settings ask for, how much of a mean force is taken off, and the files of what was found. */
import { type BiasContext, InputError, type Settings } from '../../engine/index.ts';
import { binsOf, ForceBins, multicolumn, type Room } from './force-bins.ts';
import { continued, integrate } from './integrate.ts';
import { perComponent, perComponentSchema, positivePerComponent } from './settings.ts';

export const binSettings = {
  width: perComponentSchema('Largest width of the bins'),
  from: perComponentSchema(
    'Where the bins begin, for components that are not periodic; beyond there is no force along them. Without ends bins are extended',
  ),
  to: perComponentSchema('Where they end'),
  fullSamples: {
    type: 'integer',
    minimum: 2,
    default: 200,
    description: 'Samples in a bin from which on its whole mean force is taken off; from half of them on, a rising part of it.',
  },
  biasFactor: {
    type: 'number',
    exclusiveMinimum: 1,
    description:
      'gamma: of a known mean force 1 - 1/gamma is taken off, which leaves the density p^(1/gamma) as well-tempered metadynamics does; all of it if ' +
      'absent. For variables that miss something slow.',
  },
} as const;

/** The bins that settings ask for. Without ends they lie around the first point, and are extended. */
export function binsFor(settings: Settings, context: BiasContext, room?: Room): ForceBins {
  const { components, where } = context;
  const width = positivePerComponent(settings, 'width', context);
  if ((settings.from === undefined) !== (settings.to === undefined))
    throw new InputError(where, 'has one of "from" and "to"; give both, or neither');
  const from = settings.from === undefined ? null : perComponent(settings, 'from', context);
  const to = settings.to === undefined ? null : perComponent(settings, 'to', context);
  components.forEach(({ name, period }, c) => {
    if (!period && from && to && !(to[c] > from[c]))
      throw new InputError(`${where}.to`, `of "${name}" is ${to[c]}; it must be greater than "from", ${from[c]}`);
  });
  const axes = components.map((component, c) => binsOf(component, width[c], from?.[c] ?? 0, to?.[c] ?? width[c]));
  return new ForceBins(components, axes, where, room);
}

/**
 * Finds the bin of a point. Bins without ends of their own are extended to it. Where the settings say where they end, there is no force along it beyond: a
 * flattened variable would go ever farther; the user is told when it is first seen there. Returns -1 there.
 */
export function binFinder(
  { note, components, timestep }: BiasContext,
  settings: Settings,
  bins: ForceBins,
): (values: ArrayLike<number>, step: number) => number {
  if (settings.from === undefined) return (values) => bins.reach(values, ignore);
  let told = false;
  return (values, step) => {
    const bin = bins.indexOf(values);
    if (bin < 0 && !told) {
      told = true;
      const at = components.map(({ name }, c) => `${name} ${values[c].toPrecision(4)}`).join(', ');
      note(
        `at time ${step * timestep} the bins were left (${at}): beyond their ends there is no biasing force along what left them, and nothing is sampled. Set "from" and ` +
          '"to" farther apart, or leave both out, if that is not meant',
      );
    }
    return bin;
  };
}

const ignore = (): void => undefined;

/** How much of a mean force is taken off: nothing up to half of `full` samples, `most` of it from `full` on. */
export interface Ramp {
  readonly full: number;
  readonly most: number;
}

export function rampOf({ fullSamples, biasFactor }: Settings): Ramp {
  return { full: fullSamples as number, most: biasFactor === undefined ? 1 : 1 - 1 / (biasFactor as number) };
}

/** The part of the mean force that is taken off with n samples. */
export function partTaken(n: number, { full, most }: Ramp): number {
  if (n >= full) return most;
  const half = 0.5 * full;
  return n <= half ? 0 : most * ((n - half) / half);
}

/** Gradients (minus mean forces), counts, and the free energy that follows, as text by file name; finite numbers everywhere, as Colvars writes them. */
export function forceFiles(prefix: string, bins: ForceBins): Record<string, string> {
  const { axes } = bins;
  const gradient = (bin: number, axis: number) => 0 - bins.mean(bin, axis);
  const known = integrate(axes, gradient, (bin) => bins.samples[bin]);
  const free = continued(axes, known, gradient);
  return {
    [`${prefix}.grad`]: multicolumn(axes, (bin) => axes.map((_, axis) => gradient(bin, axis))),
    [`${prefix}.count`]: multicolumn(axes, (bin) => [bins.samples[bin]]),
    [`${prefix}.pmf`]: multicolumn(axes, (bin) => [free[bin]]),
  };
}
