/** What a status of the kernels means: where something went wrong, and what to do. */
import { SimulationError } from '../../errors.ts';
import { particleLabel } from '../../system/structure.ts';
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
    if (status === layout.statusMovedFar) this.movedFar();
    if (status === layout.statusConstraint) this.state.explainConstraint();
    for (const term of this.forces.bonded) {
      const tuple = this.kernel.bondedFailed(term.set);
      if (tuple < 0) continue;
      const { name } = this.forces.system.structure;
      const k = term.order[tuple];
      const atoms = Array.from(term.atoms.subarray(k * term.arity, (k + 1) * term.arity), (i) => `${i} (${name[i]})`).join(', ');
      throw new SimulationError(
        `${term.label} between particles ${atoms} is undefined at distance ${this.kernel.bondedFailedAt(term.set).toPrecision(6)}: the bond is ` +
          'broken or the configuration has blown up. Use a smaller timestep, minimise first, or look for overlapping particles at the start.',
      );
    }
    throw new SimulationError(`the kernels stopped with status ${status}`);
  }

  /** @param label of the force whose energy it is, where that is known */
  notFinite(label?: string): never {
    const { positions, forces, step } = this.state;
    let at = positions.findIndex((x) => !Number.isFinite(x));
    if (at < 0) at = forces.findIndex((f) => !Number.isFinite(f));
    const i = Math.floor(at / 3);
    const where = at >= 0 ? `, first at particle ${i} (${this.forces.system.structure.name[i]})` : '';
    throw new SimulationError(
      `At step ${step} the energy is not finite${label ? ` (${label})` : ''}${where}. ` +
        'Particles overlap or the timestep is too long: minimise first, shorten the timestep, or check the starting structure.',
    );
  }

  private movedFar(): never {
    const { structure } = this.forces.system;
    const { particle, distance } = farthestMove(this.kernel, this.forces);
    const unit = structure.units === 'md' ? 'nm' : 'sigma';
    throw new SimulationError(
      `At step ${this.state.step} particle ${particleLabel(structure, particle)} has moved ${distance.toPrecision(3)} ${unit}, further than the ` +
        'cut-off in a step: the configuration has blown up. Particles overlap or the timestep is too long: minimise first, shorten the ' +
        'timestep, or check the starting structure.',
    );
  }
}
