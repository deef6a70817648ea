/** Mapped frames in memory, split into time blocks, as every model is trained on them. */
import { type Box, InputError, type Structure, smallestWidth, type Trajectory, unitConstants } from '../../engine/index.ts';
import type { TrainingSet } from './model.ts';

export interface SplitOptions {
  /** Number of blocks of consecutive frames. */
  readonly blocks: number;
  /** Fraction of the blocks kept for validation, spread evenly over the run. */
  readonly validationFraction: number;
}

/**
 * Frame indices 0 ... frames - 1 in `blocks` runs of consecutive frames, some of them for validation. Neighbouring frames are alike, so that
 * shuffled frames would let a model be tested on what it was trained on.
 */
export function splitByTime(
  frames: number,
  { blocks, validationFraction }: SplitOptions,
): { training: number[]; validation: number[] } {
  const held = Math.max(1, Math.min(blocks - 1, Math.round(blocks * validationFraction)));
  const validationBlocks = new Set(Array.from({ length: held }, (_, v) => Math.floor(((v + 0.5) * blocks) / held)));
  const training: number[] = [];
  const validation: number[] = [];
  for (let f = 0; f < frames; f++) (validationBlocks.has(Math.floor((f * blocks) / frames)) ? validation : training).push(f);
  return { training, validation };
}

/**
 * Time blocks of at most `blocks` for statistics: runs of consecutive frames of about equal length. They need not be the blocks of the split:
 * a run of frames is cut wherever frames are missing, and long runs are cut further.
 */
export function timeBlocks(frames: readonly number[], blocks = 8): number[][] {
  const count = Math.min(blocks, frames.length);
  return Array.from({ length: count }, (_, b) =>
    frames.slice(Math.floor((b * frames.length) / count), Math.floor(((b + 1) * frames.length) / count)),
  ).filter((block) => block.length > 0);
}

/** The largest cut-off at which every frame's pairs have one nearest image: a little less than half the smallest width. */
export function largestCutoff(set: TrainingSet): number {
  let width = Number.POSITIVE_INFINITY;
  for (const frame of [...set.training, ...set.validation]) width = Math.min(width, smallestWidth(set.box(frame)));
  return 0.5 * width * (1 - 1e-9);
}

export interface LoadOptions extends SplitOptions {
  /** Every so many frames are used. */
  readonly stride: number;
  /** Upper limit on frames; the stride grows until it is kept. */
  readonly maxFrames: number;
  readonly temperature: number;
  /** Path of the setting that names the trajectory, for messages. */
  readonly where: string;
  /** Called before each frame: to report, and to stop by throwing. */
  readonly onFrame?: (done: number, total: number) => Promise<void>;
}

/**
 * Reads mapped frames into memory and checks every number.
 * @throws InputError if the run stored no forces, is too short for the blocks, or holds a number that is not finite (frame and site named).
 */
export async function loadTrainingSet(trajectory: Trajectory, options: LoadOptions): Promise<TrainingSet> {
  const { where, blocks } = options;
  const stride = Math.max(options.stride, Math.ceil(trajectory.length / options.maxFrames));
  const frames = Math.floor((trajectory.length + stride - 1) / stride);
  if (frames < 2 * blocks)
    throw new InputError(
      where,
      `the run holds ${trajectory.length} frames, of which ${frames} would be used; training in ${blocks} time blocks takes at least ` +
        `${2 * blocks}. Run longer or write more often (output.every)`,
    );
  const stored: StoredFrame[] = [];
  for (let f = 0; f < frames; f++) {
    await options.onFrame?.(f, frames);
    const { positions, forces, box, time } = trajectory.frame(f * stride);
    if (!forces)
      throw new InputError(
        where,
        `the run stored no forces, and a potential is learned from them. Run it again with forces in the output`,
      );
    const at = { frame: f * stride, time };
    checkFinite(positions, 'position', trajectory.structure, at, where);
    checkFinite(forces, 'force', trajectory.structure, at, where);
    stored.push({ positions, forces, box, at });
  }
  return trainingSet(trajectory.structure, stored, options);
}

function checkFinite(
  values: Float64Array,
  what: string,
  structure: Structure,
  { frame, time }: { frame: number; time: number },
  where: string,
): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const site = Math.floor(bad / 3);
  throw new InputError(
    where,
    `frame ${frame} (time ${Number(time.toPrecision(9))}) has the ${what} ${values[bad]} along ${'xyz'[bad % 3]} at site ${site} (${structure.name[site]}, ` +
      `${structure.typeNames[structure.type[site]]}, molecule ${structure.molecule[site]}); every number must be finite. ` +
      'The run that made it has failed there: repeat it with a shorter timestep, or train on its earlier part',
  );
}

/** A frame held in memory. */
export interface StoredFrame {
  readonly positions: Float64Array;
  readonly forces: Float64Array;
  readonly box: Box;
  readonly at?: { readonly frame: number; readonly time: number };
}

/** A training set of frames in memory. */
export function trainingSet(
  structure: Structure,
  stored: readonly StoredFrame[],
  options: SplitOptions & { readonly temperature: number },
): TrainingSet {
  return {
    structure,
    frames: stored.length,
    positions: (f) => stored[f].positions,
    forces: (f) => stored[f].forces,
    box: (f) => stored[f].box,
    source: (f) => stored[f].at ?? { frame: f, time: f },
    ...splitByTime(stored.length, options),
    temperature: options.temperature,
    kT: unitConstants(structure.units).boltzmann * options.temperature,
  };
}
