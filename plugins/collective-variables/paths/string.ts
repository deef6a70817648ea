/** The minimum-energy path between two minima of a potential in the plane, by the simplified string method. */
import { SimulationError } from '../../../engine/index.ts';

/** Energy at a point; writes its gradient. */
export type PlanePotential = (x: number, y: number, gradient: Float64Array) => number;

export interface PlanePath {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface MinimumEnergyPath extends PlanePath {
  readonly energy: Float64Array;
  /** Where its energy has maxima, the ends aside. */
  readonly saddles: readonly { readonly x: number; readonly y: number; readonly energy: number }[];
}

const images = 200;
const mostRounds = 100_000;
/** The path stands when no image moves farther in a round than this share of its length. */
const still = 1e-8;

/**
 * E, Ren & Vanden-Eijnden, J. Chem. Phys. 126, 164103 (2007): images go downhill and are spread evenly again, until they stay. The ends go to the
 * minima that they are near.
 * @throws SimulationError if it has not come to rest
 */
export function minimumEnergyPath(
  potential: PlanePotential,
  from: readonly [number, number],
  to: readonly [number, number],
): MinimumEnergyPath {
  const x = Float64Array.from({ length: images }, (_, k) => from[0] + ((to[0] - from[0]) * k) / (images - 1));
  const y = Float64Array.from({ length: images }, (_, k) => from[1] + ((to[1] - from[1]) * k) / (images - 1));
  const gradient = new Float64Array(2);
  const step = 0.2 / stiffness(potential, { x, y });
  for (let round = 0; round < mostRounds; round++) {
    const before = { x: x.slice(), y: y.slice() };
    for (let k = 0; k < images; k++) {
      potential(x[k], y[k], gradient);
      x[k] -= step * gradient[0];
      y[k] -= step * gradient[1];
    }
    const length = spread(x, y);
    let moved = 0;
    for (let k = 0; k < images; k++) moved = Math.max(moved, Math.hypot(x[k] - before.x[k], y[k] - before.y[k]));
    if (moved <= still * length) return withSaddles(potential, { x, y });
  }
  throw new SimulationError('the minimum-energy path has not come to rest: give points nearer to two minima of the potential');
}

/** The largest curvature along a path and near it, by differences of gradients. */
function stiffness(potential: PlanePotential, { x, y }: PlanePath): number {
  const h = 1e-4;
  const [up, down] = [new Float64Array(2), new Float64Array(2)];
  let largest = 0;
  for (let k = 0; k < x.length; k++)
    for (const [dx, dy] of [
      [h, 0],
      [0, h],
    ]) {
      potential(x[k] + dx, y[k] + dy, up);
      potential(x[k] - dx, y[k] - dy, down);
      largest = Math.max(largest, (Math.abs(up[0] - down[0]) + Math.abs(up[1] - down[1])) / (2 * h));
    }
  return largest;
}

/** Spreads the images of a path evenly along it; returns its length. */
function spread(x: Float64Array, y: Float64Array): number {
  const along = new Float64Array(x.length);
  for (let k = 1; k < x.length; k++) along[k] = along[k - 1] + Math.hypot(x[k] - x[k - 1], y[k] - y[k - 1]);
  const length = along[x.length - 1];
  const [oldX, oldY] = [x.slice(), y.slice()];
  for (let k = 1, j = 1; k < x.length - 1; k++) {
    const wanted = (length * k) / (x.length - 1);
    while (along[j] < wanted) j++;
    const part = (wanted - along[j - 1]) / (along[j] - along[j - 1]);
    x[k] = oldX[j - 1] + part * (oldX[j] - oldX[j - 1]);
    y[k] = oldY[j - 1] + part * (oldY[j] - oldY[j - 1]);
  }
  return length;
}

function withSaddles(potential: PlanePotential, { x, y }: PlanePath): MinimumEnergyPath {
  const gradient = new Float64Array(2);
  const energy = Float64Array.from(x, (_, k) => potential(x[k], y[k], gradient));
  const saddles = Array.from({ length: images - 2 }, (_, k) => k + 1)
    .filter((k) => energy[k] > energy[k - 1] && energy[k] >= energy[k + 1])
    .map((k) => stationary(potential, x[k], y[k]));
  return { x, y, energy, saddles };
}

/** The stationary point near a point, by Newton's method with differences of gradients. */
function stationary(potential: PlanePotential, fromX: number, fromY: number) {
  const h = 1e-5;
  const [here, right, up] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
  let [x, y] = [fromX, fromY];
  for (let round = 0; round < 20; round++) {
    potential(x, y, here);
    potential(x + h, y, right);
    potential(x, y + h, up);
    const [a, b, c, d] = [right[0] - here[0], up[0] - here[0], right[1] - here[1], up[1] - here[1]].map((v) => v / h);
    const determinant = a * d - b * c;
    x -= (d * here[0] - b * here[1]) / determinant;
    y -= (a * here[1] - c * here[0]) / determinant;
  }
  return { x, y, energy: potential(x, y, here) };
}
