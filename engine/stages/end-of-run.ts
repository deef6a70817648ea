/** The block that ends a run: how fast it was, what the time went to, and whether lists and energy behaved. */
import type { UnitSystem } from '../scenario/units.ts';
import type { Summary } from './summary.ts';

/** One line a subject. Shares are of the wall time of `seconds`, the part of the run that was done now. */
export function endOfRun(summary: Summary, seconds: number, units: UnitSystem): string[] {
  const { threads, build, precision, drift, listBuilds, listPrunes, dangerousBuilds, neighboursPerParticle } = summary;
  const perDay = `${short(summary.nsPerDay)} ${units === 'md' ? 'ns' : 'tau'}/day`;
  const energyDrift =
    drift.perDegreeOfFreedom === null ? 'unknown' : `${drift.perDegreeOfFreedom.toExponential(2)} ${drift.unit}`;
  return [
    `speed: ${perDay}, ${short(summary.stepsPerSecond)} steps/s, ${short(summary.matomStepsPerSecond)} Matom-step/s; ` +
      `${threads} thread${threads === 1 ? '' : 's'}, ${build} build, ${precision} precision`,
    `time by task: ${shares(summary.secondsByTask, seconds)}`,
    `pair lists: ${short(neighboursPerParticle)} neighbours a particle, ${listBuilds} builds, ${listPrunes} prunes, ${dangerousBuilds} dangerous`,
    `drift of the conserved energy: ${energyDrift}`,
    ...Object.entries(summary.findings ?? {}).map(([label, found]) => `${label}: ${foundBy(found)}`),
  ];
}

function foundBy(found: Readonly<Record<string, number>>): string {
  return Object.entries(found)
    .map(([what, value]) => `${what} ${Number.isInteger(value) ? value : value.toPrecision(3)}`)
    .join(', ');
}

function shares(secondsByTask: Summary['secondsByTask'], seconds: number): string {
  const tasks = Object.entries(secondsByTask)
    .filter(([, time]) => time > 0.0005 * seconds)
    .sort(([, a], [, b]) => b - a);
  const known = tasks.reduce((sum, [, time]) => sum + time, 0);
  const all = [...tasks, ...(known < 0.9995 * seconds ? [['other', seconds - known] as const] : [])];
  return all.map(([task, time]) => `${task} ${((100 * time) / seconds).toFixed(1)} %`).join(', ');
}

const short = (x: number): string => (x >= 1000 ? x.toFixed(0) : x.toPrecision(3));
