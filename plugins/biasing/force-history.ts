/** What mean forces were known from at a few times of a run, so that errors and convergence can be had from all of its steps. */
import { InputError } from '../../engine/index.ts';
import type { Bins, ForceBins } from './force-bins.ts';

/** Snapshots kept at most; then every second one goes, and the interval doubles. */
const mostSnapshots = 20;
const firstInterval = 1000;

export class ForceHistory {
  private readonly bins: ForceBins;
  private interval = firstInterval;
  /** Step, and the bins as they save themselves. */
  private snapshots: { readonly step: number; readonly state: Float64Array }[] = [];

  constructor(bins: ForceBins) {
    this.bins = bins;
  }

  /** A run begins that has samples already: what was before stands at step 0. */
  begin(): void {
    this.interval = firstInterval;
    this.snapshots = [{ step: 0, state: this.bins.save() }];
  }

  /** The next step after this one for which `update` has something to do. */
  after(step: number): number {
    return (Math.floor(step / this.interval) + 1) * this.interval;
  }

  /** @param step a production step; samples of the steps before it have been added */
  update(step: number): void {
    if (step === 0 || step % this.interval !== 0) return;
    if (this.snapshots.length === mostSnapshots) {
      this.interval *= 2;
      this.snapshots = this.snapshots.filter((snapshot) => snapshot.step % this.interval === 0);
      if (step % this.interval !== 0) return;
    }
    this.snapshots.push({ step, state: this.bins.save() });
  }

  /**
   * The history with its end as text: axes as in Colvars' files, then for each time `# time t` and a row of count and sums a bin, first axis
   * fastest, in the bins as they are now. Numbers are sums from the beginning.
   */
  text(timestep: number, lastStep: number): string {
    const { axes } = this.bins;
    const lines = [
      `# ${axes.length}`,
      ...axes.map((axis) => `# ${axis.start} ${axis.width} ${axis.count} ${axis.periodic ? 1 : 0}`),
    ];
    const last = { step: lastStep, state: this.bins.save() };
    for (const { step, state } of [...this.snapshots.filter((snapshot) => snapshot.step < lastStep), last]) {
      lines.push(`# time ${step * timestep}`);
      const { samples, sums } = this.spread(state);
      samples.forEach((count, bin) => {
        const own = axes.map((_, k) => Number(sums[bin * axes.length + k].toPrecision(9)));
        lines.push([count, ...own].join(' '));
      });
    }
    return `${lines.join('\n')}\n`;
  }

  /** A saved state in the bins of now, which may reach farther. */
  private spread(state: Float64Array): { samples: Float64Array; sums: Float64Array } {
    const { axes } = this.bins;
    const d = axes.length;
    const before = axes.map((_, k) => ({ start: state[2 * k], count: state[2 * k + 1] }));
    const shift = axes.map(({ start, width }, k) => Math.round((before[k].start - start) / width));
    const total = before.reduce((product, { count }) => product * count, 1);
    const samples = new Float64Array(this.bins.samples.length);
    const sums = new Float64Array(this.bins.sums.length);
    for (let bin = 0; bin < total; bin++) {
      let rest = bin;
      let to = 0;
      let stride = 1;
      for (let k = 0; k < d; k++) {
        to += stride * ((rest % before[k].count) + shift[k]);
        rest = Math.floor(rest / before[k].count);
        stride *= axes[k].count;
      }
      samples[to] = state[2 * d + bin];
      for (let k = 0; k < d; k++) sums[to * d + k] = state[2 * d + total + bin * d + k];
    }
    return { samples, sums };
  }

  save(): Float64Array {
    const width = this.snapshots.map(({ state }) => 2 + state.length);
    const all = new Float64Array(2 + width.reduce((a, b) => a + b, 0));
    all[0] = this.interval;
    all[1] = this.snapshots.length;
    let at = 2;
    for (const { step, state } of this.snapshots) {
      all[at] = step;
      all[at + 1] = state.length;
      all.set(state, at + 2);
      at += 2 + state.length;
    }
    return all;
  }

  load(all: Float64Array): void {
    this.interval = all[0];
    this.snapshots = [];
    for (let at = 2; this.snapshots.length < all[1]; at += 2 + all[at + 1])
      this.snapshots.push({ step: all[at], state: all.slice(at + 2, at + 2 + all[at + 1]) });
  }
}

/** A history as it was written. */
export interface WrittenHistory {
  readonly times: readonly number[];
  /** By time: counts by bin, and sums by bin and axis, from the beginning. */
  readonly samples: readonly Float64Array[];
  readonly sums: readonly Float64Array[];
}

/**
 * Reads what `text` wrote, after its axes.
 * @throws InputError where it is something else, such as the history of a version that wrote it otherwise
 */
export function readHistory(text: string, axes: readonly Bins[], file: string): WrittenHistory {
  const dimensions = axes.length;
  const bins = axes.reduce((product, { count }) => product * count, 1);
  const times: number[] = [];
  const samples: Float64Array[] = [];
  const sums: Float64Array[] = [];
  for (const section of text.split('# time ').slice(1)) {
    const [time, ...lines] = section.trim().split('\n');
    const rows = lines.map((line) => line.split(' ').map(Number));
    const odd = rows.findIndex((row) => row.length !== 1 + dimensions || !row.every(Number.isFinite));
    if (odd >= 0 || rows.length !== bins)
      throw new InputError(
        file,
        `is no history as this version of md writes it: at time ${time} ${odd >= 0 ? `row ${odd + 1} is "${lines[odd]}"` : `there are ${rows.length} rows`}, ` +
          `where ${bins} bins have a row of a count and ${dimensions} sum${dimensions === 1 ? '' : 's'} each; run the stage of the bias anew`,
      );
    times.push(Number(time));
    samples.push(Float64Array.from(rows, (row) => row[0]));
    sums.push(
      Float64Array.from({ length: rows.length * dimensions }, (_, n) => rows[Math.floor(n / dimensions)][1 + (n % dimensions)]),
    );
  }
  if (times.length === 0)
    throw new InputError(
      file,
      'is no history as this version of md writes it: it has no line "# time"; run the stage of the bias anew',
    );
  return { times, samples, sums };
}
