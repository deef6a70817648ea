/** How a run's progress looks: bars on a terminal, a line now and then elsewhere. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { type Display, silent } from '../runner/display.ts';
import type { StageStatus } from '../runner/manifest.ts';
import { duration } from './format.ts';

/** Seconds between two lines of the same stage where there is no terminal. */
const lineInterval = 5;

/** The display that fits the output: nothing, bars, or lines. */
export function createDisplay(options: { quiet: boolean; stream?: NodeJS.WriteStream }): Display {
  const stream = options.stream ?? process.stdout;
  if (options.quiet) return silent;
  return stream.isTTY ? new Bars(stream) : new Lines((line) => stream.write(`${line}\n`));
}

/** The remaining time of a stage from its own rate since it (or its continuation) began. */
export class Remaining {
  private first: { readonly at: number; readonly done: number } | null = null;

  /** Seconds to go, or NaN before there is a rate. `now` in milliseconds. */
  seconds(done: number, total: number, now: number): number {
    this.first ??= { at: now, done };
    const progressed = done - this.first.done;
    if (progressed <= 0) return Number.NaN;
    return ((now - this.first.at) / 1000 / progressed) * (total - done);
  }
}

/** Plain lines: start, progress at most every few seconds, end. */
export class Lines implements Display {
  private readonly stages = new Map<string, { remaining: Remaining; last: number }>();
  private readonly write: (line: string) => void;
  private readonly now: () => number;

  constructor(write: (line: string) => void, now: () => number = () => performance.now()) {
    this.write = write;
    this.now = now;
  }

  line(text: string): void {
    this.write(text);
  }

  stageStarted(name: string): void {
    this.stages.set(name, { remaining: new Remaining(), last: this.now() });
    this.write(`${name}: started`);
  }

  progress(name: string, done: number, total: number, text: string): void {
    const stage = this.stages.get(name);
    if (!stage) return;
    const now = this.now();
    const left = stage.remaining.seconds(done, total, now);
    if (now - stage.last < lineInterval * 1000) return;
    stage.last = now;
    this.write(`${name}: ${percent(done, total)}${eta(left)}${text ? `, ${text}` : ''}`);
  }

  note(name: string, text: string): void {
    this.write(`${name}: ${text}`);
  }

  stageEnded(name: string, status: StageStatus, seconds: number): void {
    this.stages.delete(name);
    this.write(`${name}: ${status} after ${duration(seconds)}`);
  }

  close(): void {}
}

/** One bar a running stage, and lines above them. */
class Bars implements Display {
  private readonly stages = new Map<string, { bar: SingleBar; remaining: Remaining }>();
  private readonly bars: MultiBar;
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.bars = new MultiBar(
      {
        format: '{stage} {bar} {percentage}%{eta_text}{text}',
        stream,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
        forceRedraw: true,
        linewrap: false,
        barsize: 24,
        fps: 8,
        emptyOnZero: true,
      },
      Presets.shades_grey,
    );
  }

  line(text: string): void {
    // With no bar on the screen cli-progress would keep the line until there is one.
    if (this.stages.size > 0) this.bars.log(`${text}\n`);
    else this.stream.write(`${text}\n`);
  }

  stageStarted(name: string): void {
    const bar = this.bars.create(1, 0, { stage: name.padEnd(18), eta_text: '', text: '' });
    this.stages.set(name, { bar, remaining: new Remaining() });
  }

  progress(name: string, done: number, total: number, text: string): void {
    const stage = this.stages.get(name);
    if (!stage) return;
    const left = stage.remaining.seconds(done, total, performance.now());
    stage.bar.setTotal(Math.max(total, 1));
    stage.bar.update(Math.min(done, total), { eta_text: eta(left), text: text ? `, ${text}` : '' });
  }

  note(name: string, text: string): void {
    this.line(`${name}: ${text}`);
  }

  stageEnded(name: string, status: StageStatus, seconds: number): void {
    const stage = this.stages.get(name);
    this.line(`${name}: ${status} after ${duration(seconds)}`);
    if (stage) {
      stage.bar.stop();
      this.bars.remove(stage.bar);
      this.stages.delete(name);
    }
  }

  close(): void {
    this.bars.stop();
  }
}

function percent(done: number, total: number): string {
  return `${((100 * done) / Math.max(total, 1e-300)).toFixed(0)} %`;
}

function eta(seconds: number): string {
  return Number.isNaN(seconds) ? '' : `, ${duration(seconds)} left`;
}
