/**
 * Keeps a stage's frames while it runs and leaves its trajectory files when it ends; what a simulation loop talks to.
 *
 *     const recorder = checkpoint
 *       ? await TrajectoryRecorder.openForContinue(folder, structure, options, checkpoint.metadata.frames)
 *       : TrajectoryRecorder.create(folder, structure, options);
 *     recorder.append({ step, time, positions, velocities: null, forces, box });     // every output interval
 *     recorder.flush(); log.flush(); writeCheckpoint(folder, context.save(), { frames: recorder.frames, ... });
 *     await recorder.finish({ complete: true, version });                            // or complete: false when interrupted
 *
 * Nothing but the journal is written while the simulation runs, so a kill costs the frames after the last checkpoint and no
 * more, and those are computed again to the bit. DCD and extXYZ are made from the journal, like the H5MD file.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Structure } from '../system/system.ts';
import { DcdWriter } from './dcd.ts';
import { ExtXyzWriter } from './extxyz.ts';
import { type H5mdMetadata, writeH5md } from './h5md.ts';
import { openH5md } from './h5md-reader.ts';
import { type FrameContents, JournalReader, JournalWriter } from './journal.ts';
import { copyFrames, journalFile, openTrajectory, trajectoryFile, writeStructureFile } from './open.ts';
import type { Frame, FrameSink } from './trajectory.ts';

export const dcdFile = 'trajectory.dcd';
export const extXyzFile = 'trajectory.xyz';

export interface RecorderOptions {
  readonly periodic: boolean;
  readonly velocities: boolean;
  readonly forces: boolean;
  readonly precision: 'f32' | 'f64';
  /** Files beside `trajectory.h5`. */
  readonly formats: readonly ('dcd' | 'extxyz')[];
}

export interface FinishOptions extends H5mdMetadata {
  /** True at the end of the stage: the journal is removed. False when interrupted: it stays for the run to go on. */
  readonly complete: boolean;
  readonly progress?: (done: number, total: number) => void;
}

export class TrajectoryRecorder implements FrameSink {
  private readonly folder: string;
  private readonly structure: Structure;
  private readonly formats: RecorderOptions['formats'];
  private readonly journal: JournalWriter;

  private constructor(folder: string, structure: Structure, options: RecorderOptions, journal: JournalWriter) {
    this.folder = folder;
    this.structure = structure;
    this.formats = options.formats;
    this.journal = journal;
  }

  /** Starts a stage's trajectory: removes what an earlier run left, writes `structure.json`, and opens an empty journal. */
  static create(folder: string, structure: Structure, options: RecorderOptions): TrajectoryRecorder {
    for (const file of [trajectoryFile, dcdFile, extXyzFile]) fs.rmSync(join(folder, file), { force: true });
    writeStructureFile(folder, structure);
    const journal = JournalWriter.create(join(folder, journalFile), contentsOf(structure, options));
    return new TrajectoryRecorder(folder, structure, options, journal);
  }

  /**
   * Goes on after the first `frames` frames of an interrupted stage. If the journal is gone because the stage had ended (it was
   * stopped between the removal and the runner's note of it), the journal is made again from `trajectory.h5`.
   */
  static async openForContinue(
    folder: string,
    structure: Structure,
    options: RecorderOptions,
    frames: number,
  ): Promise<TrajectoryRecorder> {
    const path = join(folder, journalFile);
    const contents = contentsOf(structure, options);
    if (!fs.existsSync(path)) await restoreJournal(folder, path, contents, frames);
    return new TrajectoryRecorder(folder, structure, options, JournalWriter.openForContinue(path, contents, frames));
  }

  /** Frames recorded so far: what a checkpoint has to remember. */
  get frames(): number {
    return this.journal.frames;
  }

  append(frame: Frame): void {
    this.journal.append(frame);
  }

  flush(): void {
    this.journal.flush();
  }

  /** Closes the journal without finishing any file; `openForContinue` takes it up again. */
  close(): void {
    this.journal.close();
  }

  /** Writes `trajectory.h5` and the other formats from the journal. Can be called once, after the last frame. */
  async finish(options: FinishOptions): Promise<void> {
    this.journal.close();
    const reader = JournalReader.open(this.journal.path);
    try {
      await writeH5md(join(this.folder, trajectoryFile), reader, this.structure, options, options.progress);
    } finally {
      reader.close();
    }
    if (this.formats.length > 0) await this.writeFormats();
    if (options.complete) fs.rmSync(this.journal.path);
  }

  private async writeFormats(): Promise<void> {
    const trajectory = await openTrajectory(this.folder);
    try {
      for (const format of this.formats) {
        const sink =
          format === 'dcd'
            ? DcdWriter.create(join(this.folder, dcdFile), this.journal.contents)
            : ExtXyzWriter.create(join(this.folder, extXyzFile), this.structure);
        try {
          copyFrames(trajectory, sink);
        } finally {
          sink.close();
        }
      }
    } finally {
      trajectory.close();
    }
  }
}

function contentsOf(structure: Structure, options: RecorderOptions): FrameContents {
  const { periodic, velocities, forces, precision } = options;
  return { particles: structure.mass.length, periodic, velocities, forces, precision, units: structure.units };
}

async function restoreJournal(folder: string, path: string, contents: FrameContents, frames: number): Promise<void> {
  const h5md = join(folder, trajectoryFile);
  if (!fs.existsSync(h5md)) {
    throw new InputError(folder, `neither ${journalFile} nor ${trajectoryFile} is there, so the run cannot go on; start it anew`);
  }
  const trajectory = await openH5md(h5md, null);
  const journal = JournalWriter.create(path, contents);
  try {
    copyFrames(trajectory, journal, 0, Math.min(frames, trajectory.length));
  } finally {
    journal.close();
    trajectory.close();
  }
}
