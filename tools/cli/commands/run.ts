/** `md run`: everything a scenario says. */
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError, Interrupted } from '../../../engine/index.ts';
import type { Display } from '../../runner/display.ts';
import { type RunOutcome, runPlan } from '../../runner/run.ts';
import { type Plan, planScenario, readScenario } from '../../runner/scenario-file.ts';
import { closingBlock } from '../closing.ts';
import { describeError, exitCode, exitCodes } from '../exit.ts';
import { shown } from '../format.ts';
import { createDisplay } from '../progress.ts';

export interface RunFlags {
  readonly out?: string;
  readonly continue?: boolean;
  readonly threads?: number;
  readonly set?: readonly string[];
  readonly maxHours?: number;
  readonly quiet?: boolean;
}

/** The module that is forked for each stage. */
const entry = join(dirname(fileURLToPath(import.meta.url)), '..', 'main.js');

export async function run(path: string, flags: RunFlags): Promise<number> {
  const plan = await planScenario(await readScenario(path, flags.set));
  return runAndReport(plan, flags, continueCommand(path, flags));
}

/**
 * Runs a plan with progress, signals, report and closing block; returns the exit code.
 * @param again the command that goes on after an interruption
 */
export async function runAndReport(plan: Plan, flags: Omit<RunFlags, 'set'>, again: string): Promise<number> {
  const folder = runFolder(plan, flags.out);
  const display = createDisplay({ quiet: flags.quiet ?? false });
  const threads = flags.threads ?? availableParallelism();
  display.line(`${plan.name}: ${count(plan.stages.length, 'stage')} on ${count(threads, 'core')}, results in ${shown(folder)}`);
  const stops = listenForStops(display, flags.maxHours);
  let outcome: RunOutcome;
  try {
    outcome = await runPlan(plan, {
      folder,
      entry,
      display,
      resume: flags.continue ?? false,
      threads,
      signal: stops.signal,
      kill: stops.kill,
    });
  } finally {
    stops.release();
    display.close();
  }
  const report = outcome.status === 'interrupted' ? null : await writeRunReport(folder);
  if (!flags.quiet) process.stdout.write(`\n${closingBlock(outcome, folder, report)}\n`);
  return sayErrors(outcome, folder, stops.signal, again);
}

/** The command that goes on with an interrupted run: the same, with --continue. */
function continueCommand(path: string, flags: RunFlags): string {
  const words = ['md', 'run', path, '--continue'];
  if (flags.out !== undefined) words.push('--out', flags.out);
  for (const assignment of flags.set ?? []) words.push('--set', assignment);
  return words.map((word) => (/^[\w./=:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The path of the report, or null with the reason on stderr: a report that cannot be written must not make a good run fail. */
async function writeRunReport(folder: string): Promise<string | null> {
  try {
    const { writeReport } = await import('../../report/index.ts');
    return await writeReport(folder);
  } catch (error) {
    process.stderr.write(`md: the report could not be written: ${describeError(error)}\n`);
    return null;
  }
}

/** Absolute path of the folder of a plan's run: `--out`, or `runs/<name>` here. */
export function runFolder(plan: Pick<Plan, 'name'>, out: string | undefined): string {
  if (out !== undefined) return resolve(out);
  if (!/^[\w.][\w. +-]*$/.test(plan.name) || /^\.+$/.test(plan.name))
    throw new InputError('name', `"${plan.name}" cannot be the name of a folder; use letters, digits, -, _ and ., or give --out`);
  return resolve('runs', plan.name);
}

/** Prints what went wrong in each stage and what remains usable; returns the exit code. */
function sayErrors(outcome: RunOutcome, folder: string, signal: AbortSignal, again: string): number {
  const failed = [...outcome.errors].filter(([, error]) => !(error instanceof Interrupted));
  for (const [name, error] of failed) process.stderr.write(`md: stage "${name}" failed: ${describeError(error)}\n`);
  const done = outcome.manifest.stages.filter((stage) => stage.status === 'done' && !stage.outdated).map((stage) => stage.name);
  const kept =
    done.length > 0 ? `Finished stages stay usable in ${shown(folder)}: ${done.join(', ')}.` : 'No stage was finished.';
  if (failed.length > 0) {
    process.stderr.write(`${kept}\n`);
    return Math.min(...failed.map(([, error]) => exitCode(error)));
  }
  if (outcome.status === 'interrupted') {
    const why = signal.reason instanceof Error ? signal.reason.message : 'a stage was stopped from outside';
    process.stderr.write(`md: interrupted: ${why}. ${kept} Go on with: ${again}\n`);
    return exitCodes.interrupted;
  }
  return exitCodes.done;
}

/** Milliseconds after the first Ctrl-C in which another is taken for the same one: npx passes on what the terminal already sent. */
const sameKeypress = 1000;

/** Turns Ctrl-C, SIGTERM, SIGHUP and the time limit into an abort; a second Ctrl-C into a kill. */
function listenForStops(display: Display, maxHours: number | undefined) {
  const gentle = new AbortController();
  const hard = new AbortController();
  let stoppedAt = 0;
  const stop = (why: string) => {
    if (gentle.signal.aborted) {
      if (why === 'Ctrl-C' && performance.now() - stoppedAt > sameKeypress) hard.abort();
      return;
    }
    stoppedAt = performance.now();
    display.line(`${why}: saving and stopping (Ctrl-C again to stop without saving)`);
    gentle.abort(new Interrupted(why));
  };
  const listeners: [NodeJS.Signals, () => void][] = [
    ['SIGINT', () => stop('Ctrl-C')],
    ['SIGTERM', () => stop('SIGTERM')],
    ['SIGHUP', () => stop('SIGHUP')],
  ];
  for (const [name, listener] of listeners) process.on(name, listener);
  const timer = maxHours === undefined ? undefined : limit(maxHours, () => stop(`the time limit of ${maxHours} h`));
  return {
    signal: gentle.signal,
    kill: hard.signal,
    release() {
      for (const [name, listener] of listeners) process.off(name, listener);
      clearTimeout(timer);
    },
  };
}

/** A timer for any number of hours (one timeout holds at most 24.8 days). */
function limit(hours: number, act: () => void): NodeJS.Timeout {
  return setTimeout(act, Math.min(hours * 3_600_000, 2 ** 31 - 1));
}
