/** Reads the frames of runs as points: features, weights, metric, and where time has gaps. */
import {
  type Box,
  type FinishedStage,
  InputError,
  openTrajectory,
  type Registry,
  type Structure,
  type Trajectory,
} from '../../../../engine/index.ts';
import { compileFeatures, type FeatureDescription, Metric } from './features.ts';
import type { Segment } from './prepared.ts';

/** Frames of one run. */
export interface RunFrames {
  readonly run: FinishedStage;
  readonly trajectory: Trajectory;
  readonly weight: (step: number) => number;
}

export interface LoadRequest {
  readonly registry: Registry;
  /** Path of the features in the scenario. */
  readonly where: string;
  /** Every so many frames. */
  readonly stride: number;
  /** Equal parts of the particles, each a system of its own. */
  readonly copies: number;
  /** Mobility of particles, one each of a copy; null if no metric is asked for. */
  readonly mobility: ((structure: Structure) => Float64Array) | null;
  /** Variables of two coordinates to draw the result over. */
  readonly plane: readonly string[];
  readonly onFrame: (done: number, total: number) => Promise<void>;
}

/** Points in the order of runs, copies and frames, as `LearningData` wants them, not standardised yet. */
export interface Points {
  readonly names: readonly string[];
  readonly count: number;
  readonly x: Float64Array;
  readonly weights: Float64Array;
  readonly metric: Float64Array | null;
  readonly segments: readonly Segment[];
  readonly spacing: number | null;
  readonly source: Int32Array;
  /** Which copy of which run a point belongs to, counted through. */
  readonly walker: Int32Array;
  readonly walkers: number;
  /** Values of the variables of the plane. */
  readonly plane: Float64Array;
}

/** The structure of the first copy. @throws InputError if the particles cannot be divided so */
export function firstCopy(structure: Structure, copies: number, where: string): Structure {
  const total = structure.mass.length;
  if (total % copies !== 0)
    throw new InputError(where, `is ${copies}, but ${total} particles cannot be divided into as many parts`);
  if (copies === 1) return structure;
  const size = total / copies;
  const of = <T extends { slice(from: number, to: number): T }>(list: T): T => list.slice(0, size);
  return {
    ...structure,
    mass: of(structure.mass),
    charge: of(structure.charge),
    type: of(structure.type),
    name: of(structure.name),
    element: of(structure.element),
    molecule: of(structure.molecule),
    residue: of(structure.residue),
    bonds: structure.bonds.filter((_, k) => structure.bonds[k - (k % 2)] < size && structure.bonds[k - (k % 2) + 1] < size),
  };
}

/** Opens the trajectories of runs. @throws InputError if one stored no frames */
export async function openRuns(runs: readonly FinishedStage[], where: string): Promise<Trajectory[]> {
  const opened: Trajectory[] = [];
  for (const run of runs) {
    const trajectory = await openTrajectory(run.folder.path);
    opened.push(trajectory);
    if (trajectory.length === 0) throw new InputError(where, `the stage "${run.name}" stored no frames`);
  }
  return opened;
}

export async function loadPoints(
  runs: readonly RunFrames[],
  description: FeatureDescription,
  request: LoadRequest,
): Promise<Points> {
  const { copies, stride } = request;
  const structure = firstCopy(runs[0].trajectory.structure, copies, `${request.where}.copies`);
  const features = compileFeatures(description, structure, request.registry, request.where);
  const plane =
    request.plane.length > 0
      ? compileFeatures({ ...description, inputs: request.plane }, structure, request.registry, request.where).parts
      : null;
  const metric = request.mobility ? new Metric(features, pickMobility(request.mobility(structure), features.atoms)) : null;
  const inputs = features.names.length;
  const lengths = runs.map(({ trajectory }) => Math.ceil(trajectory.length / stride));
  const count = copies * lengths.reduce((a, b) => a + b, 0);
  const points = {
    x: new Float64Array(count * inputs),
    weights: new Float64Array(count),
    metric: metric ? new Float64Array(count * inputs * inputs) : null,
    source: new Int32Array(count),
    walker: new Int32Array(count),
    plane: new Float64Array(plane ? count * plane.values.length : 0),
  };
  const size = 3 * structure.mass.length;
  const times: Float64Array[] = [];
  let first = 0;
  let done = 0;
  for (const [source, { run, trajectory, weight }] of runs.entries()) {
    const frames = lengths[source];
    checkSame(trajectory.structure, runs[0].trajectory.structure, run, request.where);
    times.push(new Float64Array(frames));
    for (let f = 0; f < frames; f++) {
      await request.onFrame(done++, count / copies);
      const { positions, box, step, time } = trajectory.frame(f * stride);
      times[source][f] = time;
      const w = weight(step);
      for (let copy = 0; copy < copies; copy++) {
        const p = first + copy * frames + f;
        const own = copies === 1 ? positions : positions.subarray(copy * size, (copy + 1) * size);
        point(own, box, p);
        points.weights[p] = w;
        points.source[p] = source;
        points.walker[p] = source * copies + copy;
      }
      for (let copy = 0; copy < copies; copy++)
        checkFinite(points.x, first + copy * frames + f, inputs, features.names, run, time, request.where);
    }
    first += copies * frames;
  }
  const spacing = commonSpacing(times);
  const segments: Segment[] = [];
  let start = 0;
  for (const time of times)
    for (let copy = 0; copy < copies; copy++) {
      segments.push(...segmentsOf(time, spacing, start));
      start += time.length;
    }
  const constant = points.metric && sameEverywhere(points.metric, inputs * inputs);
  return {
    ...points,
    metric: constant && points.metric ? points.metric.slice(0, inputs * inputs) : points.metric,
    names: features.names,
    count,
    segments,
    spacing,
    walkers: runs.length * copies,
  };

  function point(positions: Float64Array, box: Box, p: number): void {
    features.evaluate(positions, box);
    points.x.set(features.values, p * inputs);
    if (metric && points.metric) metric.evaluate(points.metric, p * inputs * inputs);
    if (!plane) return;
    plane.evaluate(positions, box);
    points.plane.set(plane.values, p * plane.values.length);
  }
}

function pickMobility(all: Float64Array, atoms: Int32Array): Float64Array {
  return Float64Array.from(atoms, (i) => all[i]);
}

/** The spacing that most neighbouring frames have. */
function commonSpacing(times: readonly Float64Array[]): number | null {
  const counts = new Map<number, number>();
  for (const time of times)
    for (let f = 1; f < time.length; f++) {
      const key = Number((time[f] - time[f - 1]).toPrecision(6));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  let best: number | null = null;
  for (const [spacing, count] of counts) if (best === null || count > (counts.get(best) as number)) best = spacing;
  return best;
}

/** Pieces without a gap: wherever the next frame is not one spacing later, a new one begins. */
export function segmentsOf(time: Float64Array, spacing: number | null, first: number): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (let f = 1; f <= time.length; f++) {
    const follows = f < time.length && spacing !== null && Math.abs(time[f] - time[f - 1] - spacing) < 1e-4 * spacing;
    if (follows) continue;
    segments.push({ from: first + from, to: first + f });
    from = f;
  }
  return segments;
}

function sameEverywhere(matrices: Float64Array, size: number): boolean {
  for (let k = size; k < matrices.length; k++)
    if (Math.abs(matrices[k] - matrices[k % size]) > 1e-12 * Math.abs(matrices[k % size])) return false;
  return true;
}

function checkSame(structure: Structure, first: Structure, run: FinishedStage, where: string): void {
  if (structure.mass.length !== first.mass.length)
    throw new InputError(
      where,
      `"${run.name}" has ${structure.mass.length} particles and the first run ${first.mass.length}; runs to learn from must have the same`,
    );
}

function checkFinite(
  x: Float64Array,
  p: number,
  inputs: number,
  names: readonly string[],
  run: FinishedStage,
  time: number,
  where: string,
): void {
  for (let i = 0; i < inputs; i++)
    if (!Number.isFinite(x[p * inputs + i]))
      throw new InputError(where, `the feature "${names[i]}" is ${x[p * inputs + i]} at time ${time} of "${run.name}"`);
}
