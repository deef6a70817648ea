/** `md bench`: the benchmarks, alone or beside other programs. */
import { availableParallelism, cpus } from 'node:os';
import { benchCase, type CaseOutcome, findPeers } from '../../bench/bench.ts';
import { choosePlatform } from '../../bench/build.ts';
import { cases, findCase } from '../../bench/cases.ts';
import { peers } from '../../bench/peers/peers.ts';
import { besideOneAnother, inWords } from '../../bench/print.ts';
import { packageVersion } from '../../runner/package-root.ts';
import { loadRegistry } from '../../runner/plugins.ts';
import { exitCodes } from '../exit.ts';

export interface BenchFlags {
  readonly threads?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly platform?: string;
  readonly set?: readonly string[];
  readonly peers?: boolean;
  readonly repeat?: number;
  readonly small?: boolean;
  readonly json?: boolean;
}

/** Our runs when nothing else is said: one alone, three when others run by turns. */
const [runsAlone, runsWithPeers] = [1, 3];

/** Prints each result as soon as it is there; with `--json` all at the end. A peer that fails is said, not an error. */
export async function bench(names: readonly string[], flags: BenchFlags): Promise<number> {
  const chosen = names.length > 0 ? names.map(findCase) : cases;
  const registry = await loadRegistry();
  const cores = availableParallelism();
  const threads = flags.threads ?? cores;
  const choice = await choosePlatform({ platform: flags.platform, threads, set: flags.set ?? [] }, registry);
  const preparing = await choosePlatform({ platform: undefined, threads: cores, set: [] }, registry);
  const stop = () => process.exit(exitCodes.interrupted);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const note = (line: string) => process.stderr.write(`${line}\n`);
  if (choice.threads < threads) note(`the platform ${choice.platform} has no threads: it runs on one core`);
  const found = flags.peers ? await findPeers(peers) : [];
  const outcomes: CaseOutcome[] = [];
  for (const each of chosen) {
    const outcome = await benchCase(each, {
      size: flags.small ? 'small' : 'full',
      choice,
      preparing,
      threads,
      steps: flags.steps ?? null,
      seconds: flags.seconds ?? 5,
      repeat: flags.repeat ?? (flags.peers ? runsWithPeers : runsAlone),
      peers: found,
      note,
    });
    outcomes.push(outcome);
    if (!flags.json) process.stdout.write(`${inWords(outcome)}\n\n`);
  }
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
  if (!flags.json) for (const line of besideOneAnother(outcomes)) process.stdout.write(`${line}\n`);
  if (flags.json) process.stdout.write(`${JSON.stringify({ ...machine(), threads, cases: outcomes }, null, 2)}\n`);
  return exitCodes.done;
}

function machine() {
  return {
    md: packageVersion,
    node: process.versions.node,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  };
}
