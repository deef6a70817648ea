/** Sorts the constraints of a system: waters for SETTLE, and connected groups for SHAKE and RATTLE. */
import type { Constraints } from '../../system/constraints.ts';
import { type RigidTriangle, rigidTriangle } from './settle.ts';

/** A connected group of constraints that SHAKE solves together: `first .. last` of the solver's order. */
export interface Cluster {
  readonly first: number;
  readonly last: number;
}

/** Waters for SETTLE, and clusters of the constraints that are left. */
export interface ConstraintPlan {
  /** Kinds of water. */
  readonly shapes: readonly RigidTriangle[];
  /** Apex, end, end and the kind, flat, four numbers a molecule. */
  readonly waters: Int32Array;
  /** Constraints of all clusters, cluster after cluster: flat pairs and lengths. */
  readonly atoms: Int32Array;
  readonly lengths: Float64Array;
  readonly clusters: readonly Cluster[];
}

/** @param mass one a particle; a water is a triangle with two equal sides and equal masses at its base */
export function planConstraints(constraints: Constraints, mass: ArrayLike<number>): ConstraintPlan {
  const shapes: RigidTriangle[] = [];
  const shapeOf = new Map<string, number>();
  const waters: number[] = [];
  const atoms: number[] = [];
  const lengths: number[] = [];
  const clusters: Cluster[] = [];
  for (const group of connected(constraints)) {
    const triangle = group.length === 3 ? triangleOf(constraints, group, mass) : null;
    if (triangle) {
      const { apex, ends, side, base } = triangle;
      const key = [mass[apex], mass[ends[0]], side, base].join(' ');
      let kind = shapeOf.get(key);
      if (kind === undefined) {
        kind = shapes.length;
        shapeOf.set(key, kind);
        shapes.push(rigidTriangle(mass[apex], mass[ends[0]], side, base));
      }
      waters.push(apex, ...ends, kind);
      continue;
    }
    clusters.push({ first: lengths.length, last: lengths.length + group.length });
    for (const k of group) {
      atoms.push(constraints.atoms[2 * k], constraints.atoms[2 * k + 1]);
      lengths.push(constraints.lengths[k]);
    }
  }
  return {
    shapes,
    waters: Int32Array.from(waters),
    atoms: Int32Array.from(atoms),
    lengths: Float64Array.from(lengths),
    clusters,
  };
}

/** Numbers of the constraints that share particles, group by group, in the order of the first of each. */
function connected({ atoms, lengths }: Constraints): number[][] {
  const parent = new Map<number, number>();
  const root = (i: number): number => {
    let r = i;
    for (let p = parent.get(r); p !== undefined && p !== r; p = parent.get(r)) r = p;
    parent.set(i, r);
    return r;
  };
  for (let k = 0; k < lengths.length; k++) parent.set(root(atoms[2 * k]), root(atoms[2 * k + 1]));
  const groups = new Map<number, number[]>();
  for (let k = 0; k < lengths.length; k++) {
    const r = root(atoms[2 * k]);
    const group = groups.get(r);
    if (group) group.push(k);
    else groups.set(r, [k]);
  }
  return [...groups.values()];
}

function triangleOf(constraints: Constraints, group: readonly number[], mass: ArrayLike<number>) {
  const { atoms, lengths } = constraints;
  for (const base of group) {
    const [first, second] = group.filter((k) => k !== base);
    const ends: [number, number] = [atoms[2 * base], atoms[2 * base + 1]];
    const apex = [atoms[2 * first], atoms[2 * first + 1]].find((i) => !ends.includes(i));
    const other = [atoms[2 * second], atoms[2 * second + 1]].find((i) => !ends.includes(i));
    const side = lengths[first];
    if (apex === undefined || apex !== other || side !== lengths[second] || mass[ends[0]] !== mass[ends[1]]) continue;
    if (lengths[base] < 2 * side) return { apex, ends, side, base: lengths[base] };
  }
  return null;
}
