/** From a compiled plan of constraints to the kernels that keep it. */
import type { ConstraintPlan } from '../../dynamics/constraints/plan.ts';
import { constraintTolerance, mostSweeps } from '../../dynamics/constraints/shake.ts';
import type { ConstraintSolver } from '../../dynamics/constraints/solver.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';

/** One particle and those at fixed distances from it alone: what the kernels solve at once, up to three of these. */
interface Star {
  readonly centre: number;
  readonly ends: readonly number[];
  readonly lengths: readonly number[];
}

const mostArms = 3;
const starBytes = 72;

/** Places the constraints in the memory; returns the address of their set. */
export function createConstraintSet(kernel: Kernel, solver: ConstraintSolver, mass: Float64Array, timestep: number): number {
  const { waters, shapes } = solver.plan;
  const { stars, starts, atoms, lengths } = sortClusters(solver.plan);
  const inverseMass = mass.map((m) => (m > 0 ? 1 / m : 0));
  const set = kernel.createConstraints(
    waters.length / 4,
    shapes.length,
    ...(stars.map(({ length }) => length) as [number, number, number]),
    starts.length - 1,
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
  stars.forEach((list, k) => {
    list.forEach(({ centre, ends, lengths }, s) => {
      const at = kernel.constraintStars(set, k + 1) + starBytes * s;
      intsAt(kernel, at, 4).set([centre, ...ends]);
      const arms = ends.flatMap((end, a) => [inverseMass[end], lengths[a] ** 2]);
      doublesAt(kernel, at + 16, 7).set([inverseMass[centre], ...arms]);
    });
  });
  intsAt(kernel, kernel.constraintStarts(set), starts.length).set(starts);
  intsAt(kernel, kernel.constraintAtoms(set), atoms.length).set(atoms);
  doublesAt(kernel, kernel.constraintSquares(set), lengths.length).set(lengths.map((d) => d * d));
  doublesAt(kernel, kernel.constraintInverseMass(set), mass.length).set(inverseMass);
  return set;
}

/** Stars by the number of their arms, and all other clusters: where each begins, and their constraints. */
function sortClusters(plan: ConstraintPlan) {
  const stars: Star[][] = Array.from({ length: mostArms }, () => []);
  const starts: number[] = [0];
  const atoms: number[] = [];
  const lengths: number[] = [];
  for (const { first, last } of plan.clusters) {
    const pairs = plan.atoms.subarray(2 * first, 2 * last);
    const own = plan.lengths.subarray(first, last);
    const star = starOf(pairs, own);
    if (star) {
      stars[star.ends.length - 1].push(star);
      continue;
    }
    atoms.push(...pairs);
    lengths.push(...own);
    starts.push(lengths.length);
  }
  return { stars, starts, atoms, lengths };
}

function starOf(pairs: Int32Array, lengths: Float64Array): Star | null {
  if (lengths.length > mostArms) return null;
  for (const centre of pairs.subarray(0, 2)) {
    const ends = Array.from(lengths, (_, k) => (pairs[2 * k] === centre ? pairs[2 * k + 1] : pairs[2 * k]));
    const shared = ends.every((end, k) => end !== centre && (pairs[2 * k] === centre || pairs[2 * k + 1] === centre));
    if (shared && new Set(ends).size === ends.length) return { centre, ends, lengths: [...lengths] };
  }
  return null;
}
