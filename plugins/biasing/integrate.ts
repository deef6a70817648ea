/** A function on bins from its gradients there: the least squares over all pairs of neighbours, which is a discrete Poisson equation. */
import type { Bins } from './force-bins.ts';

/** Of the solution's residual, relative to the right-hand side. */
const tolerance = 1e-10;

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
  const edges = edgesOf(axes, total, weight);
  const part = largestPart(total, edges, weight);
  const from: number[] = [];
  const to: number[] = [];
  const strength: number[] = [];
  const step: number[] = [];
  for (const [i, j, axis] of edges) {
    if (!part[i]) continue;
    from.push(i);
    to.push(j);
    const [a, b] = [weight(i), weight(j)];
    strength.push((a * b) / (a + b));
    step.push(0.5 * axes[axis].width * (gradient(i, axis) + gradient(j, axis)));
  }
  const values = solve(total, from, to, strength, step);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < total; i++) if (part[i]) least = Math.min(least, values[i]);
  return values.map((value, i) => (part[i] ? value - least : Number.NaN));
}

/** Pairs of neighbours that both have a weight, and the axis along which they are. */
function edgesOf(axes: readonly Bins[], total: number, weight: (bin: number) => number): [number, number, number][] {
  const edges: [number, number, number][] = [];
  for (let bin = 0; bin < total; bin++) {
    if (!(weight(bin) > 0)) continue;
    let stride = 1;
    let rest = bin;
    axes.forEach(({ count, periodic }, axis) => {
      const i = rest % count;
      const next = i + 1 < count ? bin + stride : periodic && count > 2 ? bin - (count - 1) * stride : -1;
      if (next >= 0 && weight(next) > 0) edges.push([bin, next, axis]);
      rest = Math.floor(rest / count);
      stride *= count;
    });
  }
  return edges;
}

/** Which bins belong to the largest connected set. */
function largestPart(total: number, edges: readonly [number, number, number][], weight: (bin: number) => number): Uint8Array {
  const parent = Int32Array.from({ length: total }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  for (const [i, j] of edges) parent[root(i)] = root(j);
  const sizes = new Int32Array(total);
  for (let i = 0; i < total; i++) if (weight(i) > 0) sizes[root(i)]++;
  let best = 0;
  for (let i = 1; i < total; i++) if (sizes[i] > sizes[best]) best = i;
  return Uint8Array.from({ length: total }, (_, i) => (weight(i) > 0 && root(i) === best ? 1 : 0));
}

/** Conjugate gradients with the diagonal as preconditioner, from 0. */
function solve(total: number, from: number[], to: number[], strength: number[], step: number[]): Float64Array {
  const x = new Float64Array(total);
  const r = new Float64Array(total);
  const diagonal = new Float64Array(total);
  from.forEach((i, e) => {
    const j = to[e];
    r[i] -= strength[e] * step[e];
    r[j] += strength[e] * step[e];
    diagonal[i] += strength[e];
    diagonal[j] += strength[e];
  });
  const precondition = (v: Float64Array) => v.map((value, i) => (diagonal[i] > 0 ? value / diagonal[i] : 0));
  let z = precondition(r);
  const p = z.slice();
  let rz = dot(r, z);
  const enough = tolerance * tolerance * rz;
  const ap = new Float64Array(total);
  for (let iteration = 0; iteration < 20 * total && rz > enough && rz > 0; iteration++) {
    ap.fill(0);
    for (let e = 0; e < from.length; e++) {
      const flow = strength[e] * (p[from[e]] - p[to[e]]);
      ap[from[e]] += flow;
      ap[to[e]] -= flow;
    }
    const alpha = rz / dot(p, ap);
    for (let i = 0; i < total; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * ap[i];
    }
    z = precondition(r);
    const next = dot(r, z);
    for (let i = 0; i < total; i++) p[i] = z[i] + (next / rz) * p[i];
    rz = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
