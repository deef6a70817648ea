/** How far a path in the plane is from the minimum-energy path, and what energies it crosses. */
import type { MinimumEnergyPath, PlanePath, PlanePotential } from './string.ts';

export interface PathMeasures {
  /** Root mean square distance of the path from the minimum-energy path, between its points nearest to the two minima. */
  readonly fromMinimumEnergyPath: number;
  /** The other way: of the minimum-energy path from the path. */
  readonly ofMinimumEnergyPath: number;
  /** The highest energy on the path between the two minima, and how far that is above the one on the minimum-energy path. */
  readonly highest: number;
  readonly aboveSaddle: number;
  /** Least distance of the path from each saddle, in the order of the minimum-energy path. */
  readonly fromSaddles: readonly number[];
}

export function measurePath(path: PlanePath, reference: MinimumEnergyPath, potential: PlanePotential): PathMeasures {
  const end = reference.x.length - 1;
  const between = section(path, [reference.x[0], reference.y[0]], [reference.x[end], reference.y[end]]);
  const gradient = new Float64Array(2);
  let highest = Number.NEGATIVE_INFINITY;
  eachPoint(between, (x, y) => {
    highest = Math.max(highest, potential(x, y, gradient));
  });
  return {
    fromMinimumEnergyPath: rms(between, reference),
    ofMinimumEnergyPath: rms(reference, path),
    highest,
    aboveSaddle: highest - reference.energy.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    fromSaddles: reference.saddles.map(({ x, y }) => distance(path, x, y)),
  };
}

/** The part of a path between its points nearest to two others. */
function section({ x, y }: PlanePath, a: readonly [number, number], b: readonly [number, number]): PlanePath {
  const nearest = ([u, v]: readonly [number, number]): number =>
    x.reduce((best, _, k) => (Math.hypot(x[k] - u, y[k] - v) < Math.hypot(x[best] - u, y[best] - v) ? k : best), 0);
  const [from, to] = [nearest(a), nearest(b)].sort((p, q) => p - q);
  return { x: x.slice(from, to + 1), y: y.slice(from, to + 1) };
}

const pieces = 10;

/** Points of the straight lines between the points of a path, evenly by segment. */
function eachPoint({ x, y }: PlanePath, visit: (x: number, y: number, weight: number) => void): void {
  if (x.length === 1) visit(x[0], y[0], 1);
  for (let k = 1; k < x.length; k++)
    for (let p = 0; p < pieces; p++) {
      const part = (p + 0.5) / pieces;
      const weight = Math.hypot(x[k] - x[k - 1], y[k] - y[k - 1]);
      visit(x[k - 1] + part * (x[k] - x[k - 1]), y[k - 1] + part * (y[k] - y[k - 1]), weight);
    }
}

/** Root mean square distance of the points of one path from the other, by its length. */
function rms(of: PlanePath, from: PlanePath): number {
  let [sum, total] = [0, 0];
  eachPoint(of, (x, y, weight) => {
    sum += weight * distance(from, x, y) ** 2;
    total += weight;
  });
  return total > 0 ? Math.sqrt(sum / total) : 0;
}

/** Of a point from a path of straight lines. */
export function distance({ x, y }: PlanePath, u: number, v: number): number {
  let least = Math.hypot(x[0] - u, y[0] - v);
  for (let k = 1; k < x.length; k++) {
    const [dx, dy] = [x[k] - x[k - 1], y[k] - y[k - 1]];
    const length2 = dx * dx + dy * dy;
    const part = length2 > 0 ? Math.max(0, Math.min(1, ((u - x[k - 1]) * dx + (v - y[k - 1]) * dy) / length2)) : 0;
    least = Math.min(least, Math.hypot(x[k - 1] + part * dx - u, y[k - 1] + part * dy - v));
  }
  return least;
}
