/** What a benchmark is: a scenario of one simulation, how its start is brought into a typical state, and how long it warms up. */

/** `small` is for trying the harness: the same physics with few particles. */
export type Size = 'full' | 'small';

/** A stretch of dynamics before anything is measured, in place of the case's own. */
export interface Equilibration {
  readonly steps: number;
  /** A `dynamics` section as in a scenario; the case's own if absent. */
  readonly dynamics?: Readonly<Record<string, unknown>>;
}

export interface BenchCase {
  readonly name: string;
  /** What is simulated and whose setting it is, in one line. */
  readonly summary: string;
  /** A scenario without stages: `system`, `dynamics` and `run` (minimisation and starting temperature). */
  scenario(size: Size): Readonly<Record<string, unknown>>;
  /** From the built start to the state that every program then starts from. */
  readonly equilibration: readonly Equilibration[];
  /** Steps from that state before the clock starts: lists are tuned and code is compiled. */
  readonly warmUp: number;
  /** A case of the same system with which this one shares the clock: its simulated time per wall time is that case's times what is printed. */
  readonly beside?: string;
  /** How LAMMPS' own benchmark of the same system sets its neighbour lists, line by line. */
  readonly lammpsNeighbours?: readonly string[];
}
