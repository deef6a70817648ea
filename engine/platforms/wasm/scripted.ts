/** The forces that have no kernel of the platform: kernels in JavaScript, or that JavaScript calls, with their pair lists, what they took, and their memories. */
import { type ForceMemory, findingsOf } from '../../forces/terms.ts';
import type { Box } from '../../system/box.ts';
import type { BufferedPairList } from '../reference/pair-list.ts';
import { Calls } from './calls.ts';
import type { Failures } from './failures.ts';
import type { Forces, Term } from './forces.ts';
import type { Kernel } from './module.ts';
import type { WasmState } from './state.ts';

export class Scripted {
  readonly memories: readonly ForceMemory[];
  /** Of all of them, at the positions of the last call. */
  readonly virial = new Float64Array(9);
  /** How the loop of steps calls all of them without JavaScript; null where it cannot. */
  readonly calls: Calls | null;
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
  private computed = 0;
  /** Milliseconds of the lists, and of each kernel. */
  private readonly times: Float64Array;

  constructor(kernel: Kernel, forces: Forces, state: WasmState, box: Box, energies: Float64Array, failures: Failures) {
    this.terms = forces.javascript;
    this.lists = forces.lists;
    this.energyAt = this.terms.map((term) => forces.terms.indexOf(term));
    this.memories = this.terms.flatMap((term) => term.kernel.memory ?? []);
    this.calls = Calls.of(
      kernel,
      this.terms.map((term) => term.kernel),
    );
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
    const timed = (this.computed++ & (this.timedEvery - 1)) === 0;
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

  /** Takes the energies of forces that the loop of steps has called. */
  takeEnergies(calls: Calls): void {
    calls.energies().forEach((energy, s) => {
      this.energies[this.energyAt[s]] = energy;
      if (!Number.isFinite(energy)) this.failures.notFinite(this.terms[s].label);
    });
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

  /** Seconds by the name of each task that took any, and where its work is done. */
  seconds(): Record<string, number> {
    const seconds: Record<string, number> = {};
    const called = this.calls?.times();
    const add = (label: string, wasm: boolean, milliseconds: number): void => {
      const task = `${label} (${wasm ? 'own kernel' : 'JavaScript'})`;
      if (milliseconds > 0) seconds[task] = (seconds[task] ?? 0) + milliseconds / 1000;
    };
    add('list', false, this.times[0]);
    this.terms.forEach(({ label, kernel }, s) => {
      add(label, kernel.wasm === true, this.times[1 + s] + (called?.[s] ?? 0));
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
