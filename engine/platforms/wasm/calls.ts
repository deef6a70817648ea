/** What the loop of steps calls for forces with WebAssembly of their own (assembly/calls.ts): their functions in its table, their records in its memory. */
import type { ForceCalls, ForceKernel, KernelCall } from '../../forces/terms.ts';
import * as layout from './assembly/layout.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';

export class Calls {
  private readonly kernel: Kernel;
  private readonly forces: readonly ForceCalls[];
  private readonly calls: readonly KernelCall[];
  private readonly address: number;
  /** Of the present `run`. */
  private firstStep = 0;

  private constructor(kernel: Kernel, forces: readonly ForceCalls[]) {
    this.kernel = kernel;
    this.forces = forces;
    this.calls = forces.flatMap(({ calls }) => calls);
    this.address = kernel.allocate(this.calls.length * layout.callBytes);
    const first = kernel.table.grow(this.calls.length);
    this.calls.forEach(({ run, block, from = 0 }, k) => {
      kernel.table.set(first + k, run);
      const at = this.address + k * layout.callBytes;
      intsAt(kernel, at + layout.callFunction, 1)[0] = first + k;
      intsAt(kernel, at + layout.callBlock, 1)[0] = block;
      doublesAt(kernel, at + layout.callFrom, 1)[0] = from;
    });
  }

  /** null where there are no forces, or one of them has to be computed by JavaScript: then all are, for their order decides the last bits. */
  static of(kernel: Kernel, forces: readonly ForceKernel[]): Calls | null {
    const calls = forces.flatMap((force) => force.calls ?? []);
    return calls.length > 0 && calls.length === forces.length ? new Calls(kernel, calls) : null;
  }

  /** Has the loop make them. */
  use(): void {
    this.kernel.useCalls(this.address, this.calls.length);
  }

  /** Has JavaScript attend to them in the call of `run` that begins with this step, and `end`s. */
  begin(firstStep: number): void {
    this.firstStep = firstStep;
    this.kernel.hooks.attend = this.attend;
  }

  end(): void {
    this.kernel.hooks.attend = nobody;
  }

  private readonly attend = (number: number, k: number, status: number): void => {
    const call = this.calls[number];
    call.attend?.(this.firstStep + k - (call.from ?? 0), status);
  };

  /** Of each force. */
  energies(): number[] {
    return this.forces.map((force) => force.energy());
  }

  /** Milliseconds of each force. */
  times(): number[] {
    let at = this.address + layout.callTime;
    return this.forces.map(({ calls }) => {
      let sum = 0;
      for (let k = 0; k < calls.length; k++, at += layout.callBytes) sum += doublesAt(this.kernel, at, 1)[0];
      return sum;
    });
  }
}

const nobody = (): void => undefined;
