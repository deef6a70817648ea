/** The energy of pairs of bonds: splines of the distance of their middles, one for each angular function. */
import type { NeighbourPairs } from '../neighbour-pairs.ts';
import { AngularBasis } from './angular.ts';
import type { Bonds } from './bonds.ts';

/** A uniform cubic B-spline from `start` to `cutoff`, at which value, slope and curvature vanish. */
export interface BondPairSplines {
  readonly degree: number;
  readonly start: number;
  readonly cutoff: number;
  readonly intervals: number;
  /** [interval + 3][function], of which the last three rows are zero. */
  readonly coefficients: Float64Array;
}

/** Evaluates pairs. Inwards of `start` the energy goes on as a straight line of the distance. */
export class BondPairEnergy {
  private readonly splines: BondPairSplines;
  private readonly basis: AngularBasis;
  private readonly virial: Float64Array = new Float64Array(9);
  private readonly d = new Float64Array(3);

  constructor(splines: BondPairSplines) {
    this.splines = splines;
    this.basis = new AngularBasis(splines.degree);
  }

  /** Adds to `push` and `turn` of the bonds and to the virial; returns the energy. */
  add(bonds: Bonds, pairs: NeighbourPairs, virial: Float64Array): number {
    const { basis } = this;
    const { start, cutoff, intervals, coefficients } = this.splines;
    const { d } = this;
    const { direction: n, push, turn } = bonds;
    const { values, byA, byB, byC } = basis;
    const width = values.length;
    const inverse = intervals / (cutoff - start);
    const own = this.virial.fill(0);
    let energy = 0;
    for (let k = 0; k < pairs.count; k++) {
      const [p, q, r] = [3 * pairs.i[k], 3 * pairs.j[k], pairs.distance[k]];
      for (let c = 0; c < 3; c++) d[c] = -pairs.vector[3 * k + c]; // from j to i
      const [ux, uy, uz] = [d[0] / r, d[1] / r, d[2] / r];
      const a = n[p] * ux + n[p + 1] * uy + n[p + 2] * uz;
      const b = n[q] * ux + n[q + 1] * uy + n[q + 2] * uz;
      const c = n[p] * n[q] + n[p + 1] * n[q + 1] + n[p + 2] * n[q + 2];
      basis.evaluate(a, b, c);
      const x = (r - start) * inverse;
      const m = Math.max(0, Math.min(intervals - 1, Math.floor(x)));
      const t = Math.max(0, x - m);
      const s = 1 - t;
      const beyond = Math.min(0, x); // inwards of the first knot, in intervals
      const [w0, w1, w2, w3] = [
        (s * s * s) / 6,
        (3 * t * t * t - 6 * t * t + 4) / 6,
        (3 * s * s * s - 6 * s * s + 4) / 6,
        (t * t * t) / 6,
      ];
      const [v0, v1, v2, v3] = [-0.5 * s * s, 1.5 * t * t - 2 * t, -1.5 * s * s + 2 * s, 0.5 * t * t];
      let [sum, slope, fa, fb, fc] = [0, 0, 0, 0, 0];
      for (let f = 0, at = m * width; f < width; f++, at++) {
        const [c0, c1, c2, c3] = [
          coefficients[at],
          coefficients[at + width],
          coefficients[at + 2 * width],
          coefficients[at + 3 * width],
        ];
        const steep = v0 * c0 + v1 * c1 + v2 * c2 + v3 * c3;
        const value = w0 * c0 + w1 * c1 + w2 * c2 + w3 * c3 + beyond * steep;
        sum += value * values[f];
        slope += steep * values[f];
        fa += value * byA[f];
        fb += value * byB[f];
        fc += value * byC[f];
      }
      energy += sum;
      slope *= inverse;
      const radial = slope - (fa * a + fb * b) / r;
      const [ofI, ofJ] = [fa / r, fb / r];
      const fx = -(radial * ux + ofI * n[p] + ofJ * n[q]);
      const fy = -(radial * uy + ofI * n[p + 1] + ofJ * n[q + 1]);
      const fz = -(radial * uz + ofI * n[p + 2] + ofJ * n[q + 2]);
      push[p] += fx;
      push[p + 1] += fy;
      push[p + 2] += fz;
      push[q] -= fx;
      push[q + 1] -= fy;
      push[q + 2] -= fz;
      turn[p] += fa * ux + fc * n[q];
      turn[p + 1] += fa * uy + fc * n[q + 1];
      turn[p + 2] += fa * uz + fc * n[q + 2];
      turn[q] += fb * ux + fc * n[p];
      turn[q + 1] += fb * uy + fc * n[p + 1];
      turn[q + 2] += fb * uz + fc * n[p + 2];
      own[0] += d[0] * fx;
      own[1] += d[0] * fy;
      own[2] += d[0] * fz;
      own[3] += d[1] * fx;
      own[4] += d[1] * fy;
      own[5] += d[1] * fz;
      own[6] += d[2] * fx;
      own[7] += d[2] * fy;
      own[8] += d[2] * fz;
    }
    for (let k = 0; k < 9; k++) virial[k] += own[k];
    return energy;
  }
}
