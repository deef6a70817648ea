/** Benchmark results in words. */
import { figure, table } from '../cli/format.ts';
import type { CaseOutcome, PeerOutcome } from './bench.ts';
import type { Measurement } from './measure.ts';

/** Below this share of the CPU time that was asked for, speeds are those of a busy machine. */
const busyBelow = 0.95;

export function inWords(outcome: CaseOutcome): string {
  const { ours, units } = outcome;
  const [perDay, perTime] = units === 'md' ? ['ns/day', 'kJ/mol/ps'] : ['tau/day', 'epsilon/tau'];
  const rows = [
    [
      'speed',
      `${figure(ours.stepsPerSecond)} steps/s, ${figure(ours.matomStepsPerSecond)} Matom-step/s, ${figure(ours.perDay)} ${perDay}`,
    ],
    [
      'timed',
      `${ours.steps} steps in ${ours.seconds.toFixed(2)} s after ${ours.warmUpSteps} of warm-up${spread(outcome.speeds)}`,
    ],
    ['time by task', tasks(ours)],
    ['pair lists', lists(ours)],
    [
      'energy',
      `drift ${ours.drift === null ? '?' : ours.drift.toExponential(2)} ${perTime} a particle; temperature ${figure(ours.temperature)}`,
    ],
    ['memory', memory(ours)],
    ['state', `${ours.stateHash.slice(0, 16)} after ${ours.warmUpSteps + ours.steps} steps`],
  ];
  const threads = `${ours.threads} thread${ours.threads === 1 ? '' : 's'}`;
  const lines = [
    `${outcome.case}: ${outcome.summary}; ${ours.particles} particles, ${[ours.platform, ...outcome.set].join(' ')}, ${threads}`,
    table(rows),
  ];
  if (outcome.peers.length > 0) lines.push(comparison(outcome));
  if (isBusy(outcome)) lines.push(`  ${busyLine(outcome)}`);
  return lines.join('\n');
}

/** For each case that was run beside one of the same system: how much more simulated time passes in the same wall time. */
export function besideOneAnother(outcomes: readonly CaseOutcome[]): string[] {
  return outcomes.flatMap(({ case: name, ours, beside }) => {
    const other = outcomes.find((outcome) => outcome.case === beside);
    if (!other) return [];
    const ratio = ours.perDay / other.ours.perDay;
    const byCpu = (ratio * other.ours.cpuShare) / ours.cpuShare;
    const busy = Math.min(ours.cpuShare, other.ours.cpuShare) < busyBelow ? ` (${figure(byCpu)} by CPU time)` : '';
    return [`${name}: ${figure(ratio)} times the simulated time of ${beside} in the same wall time${busy}`];
  });
}

function spread(speeds: readonly number[]): string {
  if (speeds.length < 2) return '';
  return `; the median of ${speeds.length} runs of ${figure(Math.min(...speeds))} to ${figure(Math.max(...speeds))} steps/s`;
}

function tasks({ secondsByTask, seconds }: Measurement): string {
  const shares = Object.entries(secondsByTask)
    .filter(([, value]) => value > 0.0005 * seconds)
    .sort(([, a], [, b]) => b - a)
    .map(([task, value]) => `${task} ${((100 * value) / seconds).toFixed(1)} %`);
  const known = Object.values(secondsByTask).reduce((sum, value) => sum + value, 0);
  const rest = (100 * (seconds - known)) / seconds;
  return [...shares, ...(rest > 0.05 ? [`other ${rest.toFixed(1)} %`] : [])].join(', ');
}

function lists({ neighboursPerParticle, listBuilds, dangerousBuilds, steps }: Measurement): string {
  const interval = listBuilds > 0 ? `, one in ${figure(steps / listBuilds)} steps` : '';
  return `${figure(neighboursPerParticle)} neighbours a particle, ${listBuilds} builds${interval}, ${dangerousBuilds} dangerous`;
}

function memory({ memory: { peak, heapGrowth }, steps }: Measurement): string {
  const growth = heapGrowth === null ? '' : `; the heap grew by ${(heapGrowth / 1024).toFixed(0)} kB in ${steps} steps`;
  return `${(peak / 1e6).toFixed(0)} MB at most${growth}`;
}

function comparison(outcome: CaseOutcome): string {
  const { ours, peers } = outcome;
  const ran = peers.filter((peer) => peer.stepsPerSecond !== null);
  const busy = isBusy(outcome);
  const head = ['', 'steps/s', 'md is', ...(busy ? ['by CPU time'] : []), 'energy of the start (deviation)'];
  const rows = ran.map((peer) => [
    peer.name,
    figure(peer.stepsPerSecond ?? 0),
    times(peer.ratio),
    ...(busy ? [times(peer.ratioByCpuTime)] : []),
    energy(peer, ours),
  ]);
  const lines = ran.length > 0 ? [table([head, ...rows], '    ')] : [];
  for (const peer of peers) {
    const name = peer.version === null ? peer.name : `${peer.name} ${peer.version}`;
    lines.push(`    ${name}: ${peer.problem ?? peer.differences.join('; ')}`);
  }
  return lines.join('\n');
}

const times = (ratio: number | null): string => (ratio === null ? '?' : `${ratio.toFixed(2)}x`);

function energy({ runs }: PeerOutcome, { startPotential }: Measurement): string {
  const theirs = runs[0]?.startPotential ?? null;
  if (theirs === null) return 'not printed';
  return `${theirs.toPrecision(7)} (${((theirs - startPotential) / Math.abs(startPotential)).toExponential(1)})`;
}

/** Share of the CPU time that it asked for, of the run that got the least; 1 where it is not known. */
function leastShare(runs: readonly { readonly cpuShare: number | null }[]): number {
  return Math.min(1, ...runs.map(({ cpuShare }) => cpuShare ?? 1));
}

/** Whether others had the cores while somebody ran. */
function isBusy({ ours, peers }: CaseOutcome): boolean {
  return leastShare([ours, ...peers.flatMap((peer) => peer.runs)]) < busyBelow;
}

function busyLine({ ours, peers }: CaseOutcome): string {
  const ran = [{ name: 'md', runs: [ours] }, ...peers].filter(({ runs }) => runs.length > 0);
  const shares = ran.map(({ name, runs }) => `${name} ${Math.round(100 * leastShare(runs))} %`).join(', ');
  const advice = peers.length > 0 ? '; ratios by CPU time are nearer to the truth than speeds' : '; run again when it is idle';
  return `The machine was busy. Of the CPU time asked for there was: ${shares}${advice}.`;
}
