/** What a stored trajectory offers to those who read it: analysis, coarse-graining, force matching. */
import type { Box } from '../system/box.ts';
import type { Structure } from '../system/system.ts';

/** One stored configuration. Arrays are 3N in the structure's units; positions are not wrapped into the box. */
export interface Frame {
  readonly step: number;
  readonly time: number;
  readonly positions: Float64Array;
  readonly velocities: Float64Array | null;
  /** Conservative forces (never the thermostat's); null if the run did not store them. */
  readonly forces: Float64Array | null;
  readonly box: Box;
}

export interface Trajectory {
  readonly structure: Structure;
  /** Number of frames. */
  readonly length: number;
  /** Reads one frame; the arrays are the caller's. */
  frame(index: number): Frame;
  close(): void;
}

/** Receives frames while a simulation runs. Implementations: `journal.ts` (from which the H5MD is finished), `dcd.ts`, `extxyz.ts`. */
export interface FrameSink {
  append(frame: Frame): void;
  /** Makes everything appended so far survive a kill. */
  flush(): void;
  close(): void;
}
