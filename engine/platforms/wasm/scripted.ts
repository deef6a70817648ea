/** The forces that have no kernel in wasm: kernels in JavaScript with their pair lists, what they took, and their memories. */
import { type ForceMemory, findingsOf } from '../../forces/terms.ts';
import type { Box } from '../../system/box.ts';
import type { BufferedPairList } from '../reference/pair-list.ts';
import type { Failures } from './failures.ts';
import type { Forces, Term } from './forces.ts';
import type { WasmState } from './state.ts';

export class Scripted {
  readonly memories: readonly ForceMemory[];
  /** Of all of them, at the positions of the last call. */
  readonly virial = new Float64Array(9);
  /** Builds of their lists. */
  listBuilds = 0;
  private readonly state: WasmState;
  private readonly box: Box;
  private readonly terms: Extract<Term, { kind: 'javascript' }>[];
  private readonly lists: readonly BufferedPairList[];
  /** Energies of all forces, and where theirs are kept. */
  private readonly energies: Float64Array;
  private readonly energyAt: readonly number[];
  private readonly failures: Failures;
  /** One of so many calls (a power of two) is timed: in a small system a look at the clock costs as much as a force. */
  private readonly timedEvery: number;
  private calls = 0;
  /** Milliseconds of the lists, and of each kernel. */
  private readonly times: Float64Array;

  constructor(forces: Forces, state: WasmState, box: Box, energies: Float64Array, failures: Failures) {
    this.terms = forces.javascript;
    this.lists = forces.lists;
    this.energyAt = this.terms.map((term) => forces.terms.indexOf(term));
    this.memories = this.terms.flatMap((term) => term.kernel.memory ?? []);
    this.times = new Float64Array(this.terms.length + 1);
    this.timedEvery = state.mass.length < 200 ? 256 : 1;
    this.state = state;
    this.box = box;
    this.energies = energies;
    this.failures = failures;
  }

  get count(): number {
    return this.terms.length;
  }

  /** What forces with a memory do at the beginning of a step. */
  beginStep(step: number): void {
    const { memories } = this;
    for (let m = 0; m < memories.length; m++) memories[m].update(step);
  }

  /** Adds the forces to those of the kernels in wasm. */
  compute(): void {
    const { state, box, energies, terms, energyAt, virial, lists } = this;
    const timed = (this.calls++ & (this.timedEvery - 1)) === 0;
    let from = timed ? performance.now() : 0;
    for (let l = 0; l < lists.length; l++) if (lists[l].update(state.positions, box)) this.listBuilds++;
    if (timed && lists.length > 0) from = this.took(0, from);
    const { positions, forces } = state;
    // Without a box there is no pressure.
    if (box.vectors !== null) for (let k = 0; k < 9; k++) virial[k] = 0;
    for (let s = 0; s < terms.length; s++) {
      const { kernel, label } = terms[s];
      const energy = kernel.compute(positions, box, forces, virial);
      energies[energyAt[s]] = energy;
      if (!Number.isFinite(energy)) this.failures.notFinite(label);
      if (timed) from = this.took(1 + s, from);
    }
  }

  /** Builds the lists anew: they hold for one box alone. */
  buildLists(): void {
    for (const list of this.lists) {
      list.build(this.state.positions, this.box);
      this.listBuilds++;
    }
  }

  /** Pairs in the lists. */
  get pairs(): number {
    return this.lists.reduce((sum, list) => sum + list.start[this.state.mass.length], 0);
  }

  /** Seconds by the name of each task that took any. */
  seconds(): Record<string, number> {
    const seconds: Record<string, number> = {};
    ['list', ...this.terms.map(({ label }) => label)].forEach((label, k) => {
      const task = `${label} (JavaScript)`;
      if (this.times[k] > 0) seconds[task] = (seconds[task] ?? 0) + this.times[k] / 1000;
    });
    return seconds;
  }

  findings(): ReturnType<typeof findingsOf> {
    return findingsOf(this.terms.map((term) => term.kernel));
  }

  /** Counts the time since `from`, which stands for all calls that are not timed; returns the time now. */
  private took(which: number, from: number): number {
    const now = performance.now();
    this.times[which] += this.timedEvery * (now - from);
    return now;
  }
}
