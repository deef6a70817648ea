/** What a status of the kernels means: where something went wrong, and what to do. */
import { SimulationError } from '../../errors.ts';
import { energyNotFinite, movedFar, termUndefined } from '../blow-up.ts';
import * as layout from './assembly/layout.ts';
import type { Forces } from './forces.ts';
import type { Kernel } from './module.ts';
import { farthestMove } from './snapshot.ts';
import type { WasmState } from './state.ts';

export class Failures {
  private readonly kernel: Kernel;
  private readonly state: WasmState;
  private readonly forces: Forces;

  constructor(kernel: Kernel, state: WasmState, forces: Forces) {
    this.kernel = kernel;
    this.state = state;
    this.forces = forces;
  }

  /** @throws SimulationError for a status of the kernels that is not `done` */
  check(status: number): void {
    if (status === layout.statusDone) return;
    if (status === layout.statusNotFinite) this.notFinite();
    if (status === layout.statusMovedFar) this.explainMove();
    if (status === layout.statusConstraint) this.state.explainConstraint();
    for (const term of this.forces.bonded) {
      const tuple = this.kernel.bondedFailed(term.set);
      if (tuple < 0) continue;
      const k = term.order[tuple];
      const atoms = term.atoms.subarray(k * term.arity, (k + 1) * term.arity);
      const at = this.kernel.bondedFailedAt(term.set);
      throw new SimulationError(termUndefined(this.forces.system.structure, term.label, atoms, 'distance', at));
    }
    throw new SimulationError(`the kernels stopped with status ${status}`);
  }

  /** @param label of the force whose energy it is, where that is known */
  notFinite(label?: string): never {
    const { positions, forces, step } = this.state;
    throw new SimulationError(energyNotFinite(this.forces.system.structure, step, positions, forces, label ? [label] : []));
  }

  private explainMove(): never {
    const { particle, distance } = farthestMove(this.kernel, this.forces);
    throw new SimulationError(movedFar(this.forces.system.structure, this.state.step, particle, distance));
  }
}
