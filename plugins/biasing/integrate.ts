/** A function on bins from its gradients there: the least squares over all pairs of neighbours, which is a discrete Poisson equation. */
import { type Bins, eachNeighbour } from './force-bins.ts';

/** Of the solution's residual, relative to the right-hand side. */
const tolerance = 1e-10;

/** Pairs of neighbouring bins, and the axis along which they are. */
export interface Edges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly axis: Uint8Array;
}

/**
 * Values whose differences between neighbouring bins are the means of their gradients times the distance, as nearly as can be: minimises
 * sum w_ij (A_j - A_i - width (g_i + g_j)/2)^2 by conjugate gradients. In one dimension without a period that is the trapezoidal rule; along a
 * period, or in more dimensions, it spreads over all bins what does not close (as in Henin, J. Chem. Theory Comput. 17, 6789 (2021)).
 *
 * @param gradient by bin and axis
 * @param weight how well a bin is known, such as its samples; bins with weight 0 are left out
 * @returns values with minimum 0; NaN for bins that are left out, and for those that nothing connects with the largest part of the others
 */
export function integrate(
  axes: readonly Bins[],
  gradient: (bin: number, axis: number) => number,
  weight: (bin: number) => number,
): Float64Array {
  const total = axes.reduce((product, { count }) => product * count, 1);
  const known = edgesOf(axes, (bin) => weight(bin) > 0);
  const part = largestPart(total, known, weight);
  const edges = chosen(known, (e) => part[known.from[e]] > 0);
  const values = new Float64Array(total);
  solve(values, edges, ...differences(axes, edges, gradient, weight), tolerance);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < total; i++) if (part[i]) least = Math.min(least, values[i]);
  return values.map((value, i) => (part[i] ? value - least : Number.NaN));
}

/** Which bins `integrate` gives a value: those of the largest part that is connected. */
export function connected(axes: readonly Bins[], weight: (bin: number) => number): Uint8Array {
  const total = axes.reduce((product, { count }) => product * count, 1);
  return largestPart(
    total,
    edgesOf(axes, (bin) => weight(bin) > 0),
    weight,
  );
}

/**
 * Values for all bins, as files in Colvars' format have them: where there are none, the known ones are continued outward with the gradients of the
 * bins passed, which are 0 where nothing was sampled. From several neighbours their mean is taken; 0 if no bin is known.
 *
 * @param values NaN where nothing is known
 */
export function continued(
  axes: readonly Bins[],
  values: Float64Array,
  gradient: (bin: number, axis: number) => number,
): Float64Array {
  const filled = values.slice();
  const next = new Float64Array(values.length);
  const seen = new Uint8Array(values.length);
  let front = Array.from(filled.keys()).filter((bin) => !Number.isNaN(filled[bin]));
  while (front.length > 0) {
    const reached: number[] = [];
    for (const bin of front)
      eachNeighbour(axes, bin, (other, axis, sign) => {
        if (!Number.isNaN(filled[other])) return;
        next[other] += filled[bin] + sign * 0.5 * axes[axis].width * (gradient(bin, axis) + gradient(other, axis));
        if (seen[other]++ === 0) reached.push(other);
      });
    for (const bin of reached) filled[bin] = next[bin] / seen[bin];
    front = reached;
  }
  return filled.map((value) => (Number.isNaN(value) ? 0 : value));
}

/** Of each edge how strongly it counts, and the difference along it. */
export function differences(
  axes: readonly Bins[],
  { from, to, axis }: Edges,
  gradient: (bin: number, axis: number) => number,
  weight: (bin: number) => number,
): [strength: Float64Array, step: Float64Array] {
  const strength = new Float64Array(from.length);
  const step = new Float64Array(from.length);
  for (let e = 0; e < from.length; e++) {
    const [i, j] = [from[e], to[e]];
    const [a, b] = [weight(i), weight(j)];
    strength[e] = (a * b) / (a + b);
    step[e] = 0.5 * axes[axis[e]].width * (gradient(i, axis[e]) + gradient(j, axis[e]));
  }
  return [strength, step];
}

/** Pairs of neighbours that are both wanted. */
export function edgesOf(axes: readonly Bins[], wanted: (bin: number) => boolean): Edges {
  const total = axes.reduce((product, { count }) => product * count, 1);
  const from = new Int32Array(total * axes.length);
  const to = new Int32Array(total * axes.length);
  const along = new Uint8Array(total * axes.length);
  let edges = 0;
  for (let bin = 0; bin < total; bin++) {
    if (!wanted(bin)) continue;
    let stride = 1;
    let rest = bin;
    for (let axis = 0; axis < axes.length; axis++) {
      const { count, periodic } = axes[axis];
      const i = rest % count;
      const next = i + 1 < count ? bin + stride : periodic && count > 2 ? bin - (count - 1) * stride : -1;
      if (next >= 0 && wanted(next)) {
        from[edges] = bin;
        to[edges] = next;
        along[edges++] = axis;
      }
      rest = Math.floor(rest / count);
      stride *= count;
    }
  }
  return { from: from.slice(0, edges), to: to.slice(0, edges), axis: along.slice(0, edges) };
}

function chosen({ from, to, axis }: Edges, which: (edge: number) => boolean): Edges {
  const kept = (_: number, e: number) => which(e);
  return { from: from.filter(kept), to: to.filter(kept), axis: axis.filter(kept) };
}

/** Which bins belong to the largest connected set. */
function largestPart(total: number, { from, to }: Edges, weight: (bin: number) => number): Uint8Array {
  const parent = Int32Array.from({ length: total }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  for (let e = 0; e < from.length; e++) parent[root(from[e])] = root(to[e]);
  const sizes = new Int32Array(total);
  for (let i = 0; i < total; i++) if (weight(i) > 0) sizes[root(i)]++;
  let best = 0;
  for (let i = 1; i < total; i++) if (sizes[i] > sizes[best]) best = i;
  return Uint8Array.from({ length: total }, (_, i) => (weight(i) > 0 && root(i) === best ? 1 : 0));
}

/**
 * Conjugate gradients with the diagonal as preconditioner.
 * @param x where to begin, and the solution
 * @param enough residual at which to stop, relative to that of x = 0
 */
export function solve(x: Float64Array, { from, to }: Edges, strength: Float64Array, step: Float64Array, enough: number): void {
  const total = x.length;
  const inverse = new Float64Array(total);
  const source = new Float64Array(total);
  const r = new Float64Array(total);
  for (let e = 0; e < from.length; e++) {
    const [i, j] = [from[e], to[e]];
    inverse[i] += strength[e];
    inverse[j] += strength[e];
    source[i] -= strength[e] * step[e];
    source[j] += strength[e] * step[e];
    const flow = strength[e] * (step[e] - x[j] + x[i]);
    r[i] -= flow;
    r[j] += flow;
  }
  const z = new Float64Array(total);
  let least = 0;
  let rz = 0;
  for (let i = 0; i < total; i++) {
    inverse[i] = inverse[i] > 0 ? 1 / inverse[i] : 0;
    z[i] = r[i] * inverse[i];
    rz += r[i] * z[i];
    least += source[i] * source[i] * inverse[i];
  }
  least *= enough * enough;
  const p = z.slice();
  const ap = new Float64Array(total);
  for (let iteration = 0; iteration < 20 * total && rz > least && rz > 0; iteration++) {
    ap.fill(0);
    for (let e = 0; e < from.length; e++) {
      const flow = strength[e] * (p[from[e]] - p[to[e]]);
      ap[from[e]] += flow;
      ap[to[e]] -= flow;
    }
    let pap = 0;
    for (let i = 0; i < total; i++) pap += p[i] * ap[i];
    const alpha = rz / pap;
    let next = 0;
    for (let i = 0; i < total; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * ap[i];
      z[i] = r[i] * inverse[i];
      next += r[i] * z[i];
    }
    for (let i = 0; i < total; i++) p[i] = z[i] + (next / rz) * p[i];
    rz = next;
  }
}
