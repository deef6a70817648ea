/** What another molecular-dynamics program is to the benchmarks: it may be installed, takes the same system, and is timed. */
import type { DynamicsDescription, Registry, System } from '../../../engine/index.ts';
import type { BenchCase } from '../case.ts';

export interface PeerInput {
  readonly benchmark: BenchCase;
  /** With the positions and velocities that everybody starts from. */
  readonly system: System;
  readonly dynamics: DynamicsDescription;
  readonly registry: Registry;
  /** Of the heat bath; null at constant energy. */
  readonly temperature: number | null;
}

export interface PeerRunOptions {
  readonly threads: number;
  /** Steps before the clock starts. */
  readonly warmUp: number;
  readonly steps: number;
}

export interface PeerRun {
  readonly stepsPerSecond: number;
  /** CPU time a thread as a share of the wall time; null where the program does not say. */
  readonly cpuShare: number | null;
  /** Energy of the start in the units of our system: shows that it is the same system. Null where the program does not say. */
  readonly startPotential: number | null;
}

/** A system as input files of a program, ready to be run. */
export interface PreparedPeer {
  /** What differs from our run, and matters for speed or accuracy; one sentence each. */
  readonly differences: readonly string[];
  run(options: PeerRunOptions): Promise<PeerRun>;
}

export interface InstalledPeer {
  readonly name: string;
  /** Version and build, as the program names them. */
  readonly version: string;
  /** Writes the input files into the (existing, empty) folder. @throws CannotRun for what the program or this harness has no form of */
  prepare(folder: string, input: PeerInput): Promise<PreparedPeer>;
}

export interface Peer {
  readonly name: string;
  /** The program of this machine, or null if there is none. */
  find(): Promise<InstalledPeer | null>;
}

/** A program cannot run a system, or failed to: the message says why. Never ends a benchmark. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
