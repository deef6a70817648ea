/** Opens whatever trajectory a folder holds: the journal of an unfinished run, or its H5MD file; and copies frames on. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { openBox } from '../system/box.ts';
import { structureFromJson, structureToJson } from '../system/structure.ts';
import type { Structure } from '../system/system.ts';
import { reason, writeAtomically } from './files.ts';
import { openH5md } from './h5md-reader.ts';
import { JournalReader } from './journal.ts';
import type { Frame, FrameSink, Trajectory } from './trajectory.ts';

export const trajectoryFile = 'trajectory.h5';
export const journalFile = 'trajectory.journal';
export const structureFile = 'structure.json';

/**
 * Opens the trajectory in the folder of a stage, or an H5MD file by its path. Frames are read when asked for.
 * While a run is unfinished its journal, which knows more, goes before `trajectory.h5`; `structure.json` goes before what the
 * H5MD file says of the particles. InputError if there is no trajectory, or nothing says what its particles are.
 */
export async function openTrajectory(path: string): Promise<Trajectory> {
  if (!fs.existsSync(path)) throw new InputError(path, 'there is no such folder or file');
  if (!fs.statSync(path).isDirectory()) return openH5md(path, readStructure(join(path, '..', structureFile)));
  const structurePath = join(path, structureFile);
  const structure = readStructure(structurePath);
  const journal = join(path, journalFile);
  if (fs.existsSync(journal)) {
    if (!structure) throw new InputError(structurePath, 'is missing; without it the journal beside it cannot be understood');
    return new JournalTrajectory(JournalReader.open(journal), structure);
  }
  const h5md = join(path, trajectoryFile);
  if (!fs.existsSync(h5md)) {
    throw new InputError(path, `holds no trajectory (${trajectoryFile} or ${journalFile}); has the stage run, with an output?`);
  }
  return openH5md(h5md, structure);
}

/** Hands frames of `trajectory` to `sink`, from `start` up to but not including `end`. The sink is not closed. */
export function copyFrames(trajectory: Trajectory, sink: FrameSink, start = 0, end = trajectory.length): void {
  for (let i = start; i < end; i++) sink.append(trajectory.frame(i));
}

/** Writes `structure.json`. */
export function writeStructureFile(folder: string, structure: Structure): void {
  writeAtomically(join(folder, structureFile), new TextEncoder().encode(`${JSON.stringify(structureToJson(structure))}\n`));
}

function readStructure(path: string): Structure | null {
  if (!fs.existsSync(path)) return null;
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InputError(path, `is not JSON: ${reason(cause)}`, { cause });
  }
  return structureFromJson(json, path);
}

/** The frames of a journal, widened to f64. */
class JournalTrajectory implements Trajectory {
  readonly structure: Structure;
  readonly length: number;
  private readonly reader: JournalReader;

  constructor(reader: JournalReader, structure: Structure) {
    if (reader.contents.particles !== structure.mass.length) {
      reader.close();
      throw new InputError(
        reader.path,
        `frames of ${reader.contents.particles} particles, but structure.json beside it has ${structure.mass.length}`,
      );
    }
    this.reader = reader;
    this.structure = structure;
    this.length = reader.length;
  }

  frame(index: number): Frame {
    const { step, time, box, positions, velocities, forces } = this.reader.read(index);
    return {
      step,
      time,
      positions: Float64Array.from(positions),
      velocities: velocities && Float64Array.from(velocities),
      forces: forces && Float64Array.from(forces),
      box: this.reader.contents.periodic ? { vectors: Float64Array.from(box) } : openBox,
    };
  }

  close(): void {
    this.reader.close();
  }
}
