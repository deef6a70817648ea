/** Checks the constraints of a system, and compiles them. */
import { InputError } from '../../errors.ts';
import { checkTriangles, noConstraints } from '../../system/constraints.ts';
import { particleLabel } from '../../system/structure.ts';
import type { System } from '../../system/system.ts';
import { checkVirtualSites } from '../../system/virtual-sites.ts';
import type { DynamicsDescription, IntegratorKind } from '../dynamics.ts';
import { ConstraintSolver } from './solver.ts';

/** Degrees of freedom: three a particle with mass, less constraints, less three where the motion of the centre of mass is taken out. */
export function degreesOfFreedom(system: System, momentumRemoved: boolean): number {
  const massive = system.structure.mass.reduce((count, m) => count + (m > 0 ? 1 : 0), 0);
  return (
    (system.dimensions ?? 3) * massive - (system.constraints?.lengths.length ?? 0) - (momentumRemoved && massive > 1 ? 3 : 0)
  );
}

/**
 * The constraints of a system compiled for its dynamics; null where there are none.
 * @throws InputError for an integrator that does not keep them, for one that moves particles without mass, and for lengths that contradict each other
 */
export function compileConstraints(system: System, dynamics: DynamicsDescription, kind: IntegratorKind): ConstraintSolver | null {
  const { structure, constraints = noConstraints, virtualSites = [] } = system;
  checkVirtualSites(structure, virtualSites, 'system');
  if (!kind.keepsConstraints && (constraints.lengths.length > 0 || virtualSites.length > 0))
    throw new InputError(
      'dynamics.integrator',
      `"${kind.name}" keeps neither constraints nor virtual sites, and the system has ${constraints.lengths.length} and ` +
        `${virtualSites.length}; use "velocity-verlet" or "langevin", or "constraints": "none"`,
    );
  const particles = structure.mass.length;
  for (let k = 0; k < constraints.lengths.length; k++) {
    const [i, j, length] = [constraints.atoms[2 * k], constraints.atoms[2 * k + 1], constraints.lengths[k]];
    if (!(i >= 0 && i < particles && j >= 0 && j < particles && i !== j && length > 0))
      throw new InputError(
        'system.constraints',
        `the distance of particles ${i} and ${j} is to be ${length}; there are ${particles}, and a length is positive`,
      );
    for (const p of [i, j])
      if (structure.mass[p] === 0)
        throw new InputError(
          'system.constraints',
          `particle ${particleLabel(structure, p)} has no mass (it is a virtual site), and cannot be constrained`,
        );
  }
  checkTriangles(structure, constraints, 'system.constraints');
  return constraints.lengths.length > 0 ? new ConstraintSolver(constraints, structure, structure.mass, dynamics.timestep) : null;
}
