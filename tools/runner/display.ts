/** What a run tells its user while it goes on; the command line has one implementation for terminals and one for files. */
import type { StageStatus } from './manifest.ts';

export interface Display {
  /** A line about the run as a whole. */
  line(text: string): void;
  stageStarted(name: string): void;
  progress(name: string, done: number, total: number, text: string): void;
  /** A line from a stage. */
  note(name: string, text: string): void;
  stageEnded(name: string, status: StageStatus, seconds: number): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** Says nothing. */
export const silent: Display = {
  line() {},
  stageStarted() {},
  progress() {},
  note() {},
  stageEnded() {},
  close() {},
};
