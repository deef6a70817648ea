/** `summary.json`: averages with block errors, speed, energy drift, and the state of the pair lists at the end of a run. */
import { bathTemperature } from '../dynamics/describe.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import { blockAverage, linearFit } from '../math/statistics.ts';
import type { Context, PlatformStatistics } from '../platforms/platform.ts';
import type { Registry } from '../registry.ts';
import { unitConstants } from '../scenario/units.ts';
import type { System } from '../system/system.ts';
import type { LogTable } from '../trajectory/log.ts';
import type { BiasForce } from '../variables/bias-force.ts';
import type { VariableSet } from '../variables/compile.ts';

export interface RunTiming {
  /** Wall seconds of the parts of the run before this one (continued runs). */
  readonly seconds: number;
  /** Step and `performance.now()` at which this part began. */
  readonly fromStep: number;
  readonly started: number;
}

export interface Summary extends PlatformStatistics {
  readonly particles: number;
  readonly molecules: number;
  readonly steps: number;
  readonly timestep: number;
  /** Mean and block error of each column of the log (Flyvbjerg & Petersen 1989); `error` is null for fewer than two rows. */
  readonly averages: Readonly<Record<string, { readonly mean: number; readonly error: number | null; readonly unit: string }>>;
  /** Slope of the conserved energy, in kT a ns (or tau) and degree of freedom, and a tau (ps) and particle in energy units. */
  readonly drift: { readonly perDegreeOfFreedom: number | null; readonly unit: string; readonly perParticle: number | null };
  readonly stepsPerSecond: number;
  readonly matomStepsPerSecond: number;
  /** Simulated ns (or tau) a day of wall time. */
  readonly nsPerDay: number;
  readonly wallSeconds: number;
  /** What variables and biases have to say on how they were used, such as that a learned one was asked about what its training never saw. */
  readonly remarks: readonly string[];
}

/** The variables of a run and its biases. */
interface Observed {
  readonly variables: Pick<VariableSet, 'remarks'>;
  readonly biases: { readonly force: Pick<BiasForce, 'remarks'> | null };
}

export function summarise(
  log: LogTable,
  run: Observed & { readonly dynamics: DynamicsDescription; readonly context: Context },
  timing: RunTiming,
  registry: Registry,
): Summary {
  const { dynamics, context } = run;
  const { structure } = context.system;
  const particles = structure.mass.length;
  const { secondsByTask, ...lists } = context.statistics();
  const seconds = (performance.now() - timing.started) / 1000;
  const stepsPerSecond = seconds > 0 ? (context.step - timing.fromStep) / seconds : 0;
  const md = structure.units === 'md';
  return {
    particles,
    molecules: particles > 0 ? structure.molecule[particles - 1] + 1 : 0,
    steps: context.step,
    timestep: dynamics.timestep,
    averages: averagesOf(log),
    drift: driftOf(log, particles, lists.degreesOfFreedom, structure.units, bathTemperature(dynamics, registry)),
    stepsPerSecond,
    matomStepsPerSecond: (stepsPerSecond * particles) / 1e6,
    nsPerDay: (stepsPerSecond * dynamics.timestep * 86400) / (md ? 1000 : 1),
    ...lists,
    secondsByTask,
    wallSeconds: timing.seconds + seconds,
    remarks: remarksOf(run),
  };
}

/** What variables and biases have to say on how they were used. */
export function remarksOf({ variables, biases }: Observed): string[] {
  return [
    ...variables.remarks().map((line) => `the variable ${line}`),
    ...(biases.force?.remarks() ?? []).map((line) => `the bias ${line}`),
  ];
}

function averagesOf(log: LogTable): Summary['averages'] {
  const averages: Record<string, { mean: number; error: number | null; unit: string }> = {};
  for (const name of log.columns) {
    if (name === 'step' || name === 'time' || name === 'speed') continue;
    const values = log.values[name].filter((v) => Number.isFinite(v));
    if (values.length === 0) continue;
    const { mean, error } = blockAverage(values);
    averages[name] = { mean, error: Number.isFinite(error) ? error : null, unit: log.units[name] };
  }
  return averages;
}

function driftOf(
  log: LogTable,
  particles: number,
  degreesOfFreedom: number,
  units: System['structure']['units'],
  bath: number | null,
): Summary['drift'] {
  const { slope } = linearFit(log.values.time, log.values.conserved);
  const unit = units === 'md' ? 'kT/ns/dof' : 'kT/tau/dof';
  if (!Number.isFinite(slope)) return { perDegreeOfFreedom: null, unit, perParticle: null };
  const temperature = bath ?? blockAverage(log.values.temperature).mean;
  const kT = unitConstants(units).boltzmann * temperature;
  const perTime = units === 'md' ? 1000 : 1;
  return {
    perDegreeOfFreedom: kT > 0 ? (slope * perTime) / (kT * degreesOfFreedom) : null,
    unit,
    perParticle: slope / particles,
  };
}
