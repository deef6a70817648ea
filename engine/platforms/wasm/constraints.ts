/** From a compiled plan of constraints to the kernels that keep it. */
import { type ConstraintSolver, constraintTolerance, mostSweeps } from '../../dynamics/constraints.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';

/** Places the constraints in the memory; returns the address of their set. */
export function createConstraintSet(kernel: Kernel, solver: ConstraintSolver, mass: Float64Array, timestep: number): number {
  const { waters, shapes, clusters, atoms, lengths } = solver.plan;
  const set = kernel.createConstraints(
    waters.length / 4,
    shapes.length,
    clusters.length,
    lengths.length,
    constraintTolerance,
    timestep,
    mostSweeps,
  );
  intsAt(kernel, kernel.constraintWaters(set), waters.length).set(waters);
  shapes.forEach(({ apexMass, endMass, ra, rb, rc, inertia }, k) => {
    const numbers = [apexMass, endMass, ra, rb, rc, ...inertia.map((moment) => 1 / moment)];
    doublesAt(kernel, kernel.constraintShapes(set) + 64 * k, 8).set(numbers);
  });
  const starts = [...clusters.map(({ first }) => first), lengths.length];
  intsAt(kernel, kernel.constraintStarts(set), starts.length).set(starts);
  intsAt(kernel, kernel.constraintAtoms(set), atoms.length).set(atoms);
  doublesAt(kernel, kernel.constraintSquares(set), lengths.length).set(lengths.map((d) => d * d));
  doublesAt(kernel, kernel.constraintInverseMass(set), mass.length).set(mass.map((m) => (m > 0 ? 1 / m : 0)));
  return set;
}
