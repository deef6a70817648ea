/** Model potentials and dynamics, and finished stages, for tests of learned variables. */
import { join } from 'node:path';
import {
  type FinishedStage,
  openBox,
  Registry,
  registerEngine,
  type Settings,
  type StageContext,
  TrajectoryRecorder,
} from '../../../../engine/index.ts';
import { plugin as biasing } from '../../../../plugins/biasing/index.ts';
import { plugin } from '../../../../plugins/collective-variables/index.ts';
import type { LearnerContext } from '../../../../plugins/collective-variables/learned/learner.ts';
import type { PlanePotential } from '../../../../plugins/collective-variables/paths/string.ts';
import { openStageFolder } from '../../../../tools/runner/stage-folder.ts';
import { scratch } from '../../../support/fixtures.ts';
import { normal, structureOf, uniform } from '../../../support/trajectories.ts';

export const registry = new Registry();
registerEngine(registry);
plugin.register(registry);
biasing.register(registry);

const muellerBrownField = registry.get('field', 'mueller-brown');
const fieldOut = new Float64Array(4);

/** The Mueller-Brown potential, unscaled. */
export const muellerBrown: PlanePotential = (x, y, gradient) => {
  muellerBrownField.evaluate(x, y, 0, Float64Array.of(1), 0, fieldOut);
  gradient.set([fieldOut[1], fieldOut[2]]);
  return fieldOut[0];
};

/** What a learner is given where nobody watches: networks of three layers of 20. */
export function unwatched(components: number, epochs: number, seed: number): LearnerContext {
  return {
    where: 'learner',
    components,
    hidden: [20, 20, 20],
    activation: 'tanh',
    epochs,
    batch: 500,
    learningRate: 1e-2,
    weightDecay: 0,
    seed,
    expectStates: true,
    signal: new AbortController().signal,
    record: () => {},
    progress: () => {},
    note: () => {},
  };
}

export type Gradient = (x: number, y: number) => readonly [number, number];

/** V = (x^2 - 1)^2 + 2 y^2, whose slowest rates at kT 1 and unit mobility are 0.748682 (exact eigenproblem in x) and 4 (y). */
export const doubleWell: Gradient = (x, y) => [4 * x * (x * x - 1), 4 * y];

export interface SamplePlan {
  readonly gradient: Gradient;
  readonly copies: number;
  readonly frames: number;
  /** Time between frames, and Euler-Maruyama steps in it. */
  readonly interval: number;
  readonly steps: number;
  readonly kT: number;
  readonly seed: number;
  readonly start: (copy: number) => readonly [number, number];
}

/** Overdamped dynamics of unit mobility; frames[f] holds x, y, 0 of each copy. */
export function sample({ gradient, copies, frames, interval, steps, kT, seed, start }: SamplePlan): Float64Array[] {
  const gauss = normal(uniform(seed));
  const dt = interval / steps;
  const width = Math.sqrt(2 * kT * dt);
  const out = Array.from({ length: frames }, () => new Float64Array(3 * copies));
  for (let copy = 0; copy < copies; copy++) {
    let [x, y] = start(copy);
    for (let f = 0; f < frames; f++) {
      out[f][3 * copy] = x;
      out[f][3 * copy + 1] = y;
      for (let s = 0; s < steps; s++) {
        const [gx, gy] = gradient(x, y);
        x += width * gauss() - dt * gx;
        y += width * gauss() - dt * gy;
      }
    }
  }
  return out;
}

/** Sixty copies in the double well at kT 1, half of them from either side. */
export function bothWells(interval: number): Float64Array[] {
  return sample({
    gradient: doubleWell,
    copies: 60,
    frames: 120,
    interval,
    steps: 40,
    kT: 1,
    seed: 5,
    start: (copy) => [copy % 2 === 0 ? 1 : -1, 0],
  });
}

/** The folder of a finished simulation at reduced temperature `kT` and friction 1. @param times of the frames; 0, interval, ... if absent */
export function simulated(
  frames: readonly Float64Array[],
  interval: number,
  kT: number,
  times?: readonly number[],
  name = 'model',
) {
  const folder = openStageFolder(scratch());
  const options = { periodic: false, velocities: false, forces: false, precision: 'f64', formats: [] } as const;
  const structure = structureOf({ count: frames[0].length / 3, types: ['A'] }, 'lj');
  const recorder = TrajectoryRecorder.create(folder.path, structure, options);
  frames.forEach((positions, f) => {
    const time = times?.[f] ?? f * interval;
    recorder.append({
      step: Math.round((1000 * time) / interval),
      time,
      positions,
      velocities: null,
      forces: null,
      box: openBox,
    });
  });
  recorder.close();
  const settings = { dynamics: { integrator: 'overdamped-langevin', temperature: kT, friction: 1 } };
  return { name, kind: 'simulate', units: 'lj', settings, folder, inputs: {} } satisfies FinishedStage;
}

/** Runs the stage `train-variable` with defaults filled as resolution would. */
export async function learn(
  from: readonly FinishedStage[],
  settings: Settings,
  more: Readonly<Record<string, FinishedStage>> = {},
) {
  const folder = openStageFolder(join(scratch(), 'cv'));
  const notes: string[] = [];
  const { network, training, ...rest } = settings as { network?: Settings; training?: Settings };
  const context: StageContext = {
    name: 'cv',
    where: 'stages[1]',
    units: 'lj',
    settings: {
      from: from.map((run) => run.name),
      components: 1,
      network: { hidden: [12, 12], activation: 'tanh', ...network },
      training: { epochs: 30, batch: 500, learningRate: 0.01, weightDecay: 0, ...training },
      copies: 'particles',
      stride: 1,
      blocks: 10,
      validationFraction: 0.2,
      expectStates: true,
      export: [],
      ...rest,
    },
    inputs: { ...Object.fromEntries(from.map((run, k) => [`from[${k}]`, run])), ...more },
    folder,
    seed: 11,
    threads: 1,
    registry,
    progress: { update: () => {}, note: (line) => void notes.push(line) },
    signal: new AbortController().signal,
    scenario: { folder: '', plugins: [] },
    uses: () => undefined,
    resume: false,
    readText: () => Promise.reject(new Error('no file is read')),
  };
  await registry.get('stage', 'train-variable').run(context);
  const stage: FinishedStage = { name: 'cv', kind: 'train-variable', units: 'lj', settings, folder, inputs: {} };
  return { folder, notes, stage };
}

export const plane: Readonly<Record<string, Settings>> = {
  x: { type: 'position', axis: 'x', atoms: [0] },
  y: { type: 'position', axis: 'y', atoms: [0] },
};
