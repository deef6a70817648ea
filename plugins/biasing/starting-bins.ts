/** What ABF and eABF may begin with: an earlier stage of the same bias, or files in Colvars' format. */
import { type BiasContext, type EarlierBias, InputError, type Schema, type Settings } from '../../engine/index.ts';
import { binsFor } from './adaptive-force.ts';
import { czar } from './czar.ts';
import { type Bins, ForceBins } from './force-bins.ts';
import { positivePerComponent, thermalEnergy } from './settings.ts';
import { readMulticolumn } from './weights.ts';

export const startSettings: Readonly<Record<'fromStage' | 'restart', Schema>> = {
  fromStage: {
    reference: { stage: ['simulate'] },
    description:
      'An earlier stage with the same bias over the same variables, in the same bins: begins with its counts, mean forces and fitted energy ("from" is where bins begin).',
  },
  restart: {
    type: 'string',
    description:
      'Path of files without their endings, also of Colvars (its inputPrefix): begins with the counts and mean forces of path.count and path.grad; for eabf also with ' +
      'path.zcount and path.zgrad or path.czar.grad, where they are there.',
  },
};

/** Whether settings name anything to begin with. */
export const hasStart = ({ fromStage, restart }: Settings): boolean => fromStage !== undefined || restart !== undefined;

/** The state of the bias at the end of a stage, or of its bins (as `ForceBins` saves itself), those of the real variables as well where they are known. */
export type Start =
  | { readonly state: Float64Array; readonly from: string }
  | { readonly bins: Float64Array; readonly real: Float64Array | null; readonly from: string };

/**
 * @param bins as the settings make them
 * @param extended whether there are bins of the real variables, too
 * @returns null where the settings name nothing
 * @throws InputError where it is not there, or of other bins
 */
export async function startOf(
  settings: Settings,
  context: BiasContext,
  bins: ForceBins,
  layout: number,
  extended: boolean,
): Promise<Start | null> {
  const earlier = await context.earlier('fromStage', layout);
  const prefix = settings.restart as string | undefined;
  if (earlier && prefix !== undefined)
    throw new InputError(context.where, 'found both "fromStage" and "restart"; give one of them');
  if (earlier) {
    checkSettings(settings, earlier, context, bins);
    return { state: earlier.state, from: `the stage "${earlier.stage.name}"` };
  }
  if (prefix === undefined) return null;
  const files = new ForceFiles(prefix, settings, context, bins);
  return { bins: await files.bins(), real: extended ? await files.real() : null, from: `${prefix}.grad` };
}

/** Bins have to be the same, and the spring of eabf: what it pulls with is averaged in them. The rest may differ. */
function checkSettings(
  settings: Settings,
  { settings: before, stage }: EarlierBias,
  context: BiasContext,
  bins: ForceBins,
): void {
  const where = `${context.where}.fromStage`;
  const then = binsFor(before, { ...context, where });
  const ended = (own: Settings): boolean => own.from !== undefined;
  const said = (own: Settings, { axes }: ForceBins): string =>
    axes.map(({ start, width, count }) => `${width}${ended(own) ? ` from ${start} to ${start + count * width}` : ''}`).join(', ');
  const [there, here] = [said(before, then), said(settings, bins)];
  if (ended(before) !== ended(settings) || there !== here)
    throw new InputError(
      where,
      `the stage "${stage.name}" had bins of the width ${there}, this one has ${here}; set "width", "from" and "to" as they were`,
    );
  if (settings.sigma === undefined) return;
  const [was, is] = [before, settings].map((own) => positivePerComponent(own, 'sigma', { ...context, where }).join(', '));
  if (was !== is)
    throw new InputError(where, `the stage "${stage.name}" had the sigma ${was}, this one has ${is}; set it as it was`);
}

/** Samples in all bins. */
export const total = ({ samples }: ForceBins): number => samples.reduce((sum, n) => sum + n, 0);

/** Files of mean forces under one name. */
class ForceFiles {
  private readonly prefix: string;
  private readonly settings: Settings;
  private readonly context: BiasContext;
  /** As the settings make them. */
  private readonly own: ForceBins;

  constructor(prefix: string, settings: Settings, context: BiasContext, own: ForceBins) {
    this.prefix = prefix;
    this.settings = settings;
    this.context = context;
    this.own = own;
  }

  /** Of `.count` and `.grad`. */
  async bins(): Promise<Float64Array> {
    const [count, gradient] = [await this.grid('count', 1), await this.grid('grad', this.own.axes.length)];
    if (!count || !gradient)
      throw new InputError(
        `${this.context.where}.restart`,
        `the mean forces to start from are not there: "${this.prefix}.${count ? 'grad' : 'count'}" cannot be read. Name both files without their endings, or leave "restart" out`,
      );
    return this.joined(count, gradient, -1);
  }

  /** Of `.zcount` and `.zgrad`, or what `.czar.grad` holds besides the slope of ln `.zcount`; null where there are none. */
  async real(): Promise<Float64Array | null> {
    const count = await this.grid('zcount', 1);
    if (!count) return null;
    const d = this.own.axes.length;
    const springs = await this.grid('zgrad', d);
    if (springs) return this.joined(count, springs, 1);
    const slopes = await this.grid('czar.grad', d);
    if (!slopes)
      throw new InputError(
        `${this.context.where}.restart`,
        `there is ${this.prefix}.zcount, and neither .zgrad nor .czar.grad beside it; put one there, or take .zcount away`,
      );
    const counted = new ForceBins(this.context.components, count.axes, this.context.where);
    counted.samples.set(count.values[0]);
    const known = czar(counted, thermalEnergy(this.context));
    const values = slopes.values.map((column, axis) => column.map((slope, bin) => slope - known[bin * d + axis]));
    return this.joined(count, { ...slopes, values }, 1);
  }

  /** @returns null for a file that cannot be read. @throws InputError for one on other bins */
  private async grid(ending: string, columns: number): Promise<Grid | null> {
    const file = `${this.prefix}.${ending}`;
    const text = await this.context.readText(file).catch(() => null);
    if (text === null) return null;
    const { components } = this.context;
    const heads = text.split('\n').filter((line) => line.startsWith('#'));
    const rows = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const axes = heads.length === 1 + components.length && rows.length > 0 ? readMulticolumn(text).axes : [];
    const total = axes.reduce((product, { count }) => product * count, 1);
    const odd = rows.find((row) => row.trim().split(/\s+/).length !== components.length + columns);
    if (axes.length === 0 || rows.length !== total || odd !== undefined)
      throw new InputError(
        file,
        `is no grid in Colvars' format over ${components.map(({ name }) => name).join(', ')}: ` +
          (odd === undefined
            ? `it has ${heads.length - 1} axes of ${total} bins, and ${rows.length} rows`
            : `the row "${odd.trim()}" has not ${components.length + columns} numbers`),
      );
    axes.forEach((axis, k) => void this.check(axis, k, file));
    return { axes, values: readMulticolumn(text).values, file };
  }

  /** Widths have to agree; where bins begin and end, too, for periodic variables and where the settings say so. Others take the ends of the file. */
  private check(found: Bins, axis: number, file: string): void {
    const own = this.own.axes[axis];
    const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-4 * own.width;
    const fixed = own.periodic || this.settings.from !== undefined;
    const same = near(found.width, own.width) && (!fixed || (near(found.start, own.start) && found.count === own.count));
    if (same && found.periodic === own.periodic) return;
    const said = ({ start, width, count, periodic }: Bins, ends: boolean): string =>
      `${width}${ends ? ` from ${start} to ${start + count * width}` : ''}${periodic ? ', periodic' : ''}`;
    throw new InputError(
      file,
      `has bins of "${this.context.components[axis].name}" of the width ${said(found, fixed)}, and here they are of ${said(own, fixed)}; set "width", "from" and "to" as they were`,
    );
  }

  /** Counts and means as bins save themselves. */
  private joined(count: Grid, means: Grid, sign: 1 | -1): Float64Array {
    const d = this.own.axes.length;
    if (means.axes.some(({ start, count: bins }, k) => start !== count.axes[k].start || bins !== count.axes[k].count))
      throw new InputError(means.file, `has other bins than ${count.file}`);
    const [counts] = count.values;
    const odd = counts.findIndex(
      (n, bin) => !(n >= 0 && Number.isFinite(n)) || (n > 0 && means.values.some((column) => !Number.isFinite(column[bin]))),
    );
    if (odd >= 0)
      throw new InputError(
        means.file,
        `bin ${odd + 1} has the count ${counts[odd]} and the means ${means.values.map((column) => column[odd]).join(', ')}`,
      );
    const bins = new ForceBins(this.context.components, count.axes, this.context.where);
    bins.samples.set(counts);
    means.values.forEach((column, axis) => {
      counts.forEach((n, bin) => {
        if (n > 0) bins.sums[bin * d + axis] = sign * n * column[bin];
      });
    });
    return bins.save();
  }
}

interface Grid {
  readonly axes: readonly Bins[];
  /** By column and bin, the first axis fastest. */
  readonly values: readonly Float64Array[];
  readonly file: string;
}
