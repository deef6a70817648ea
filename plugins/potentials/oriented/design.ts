/** The columns of force matching for pairs of bonds: forces on sites by each coefficient of each angular function's spline. */
import type { Box } from '../../../engine/index.ts';
import { emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import { splineWeights } from '../spline/b-spline.ts';
import { AngularBasis } from './angular.ts';
import { Bonds } from './bonds.ts';

export interface BondPairGrid {
  readonly start: number;
  readonly spacing: number;
  readonly intervals: number;
}

/** A design matrix to fill: row-major, three rows a site; columns of angular function f begin at `offset + f * intervals`. */
export interface BondPairColumns {
  readonly matrix: Float64Array;
  readonly columns: number;
  readonly offset: number;
}

/** Shares of a coefficient's forces: on the middle of i (the opposite on j), and on the vectors of bonds i and j. */
interface Shares {
  readonly push: Float64Array;
  readonly ofI: Float64Array;
  readonly ofJ: Float64Array;
}

export class BondPairDesign {
  readonly functions: number;
  private readonly grid: BondPairGrid;
  private readonly cutoff: number;
  private readonly bonds: Bonds;
  private readonly basis: AngularBasis;
  private readonly pairs = emptyPairs();
  private readonly shares: Shares = { push: new Float64Array(3), ofI: new Float64Array(3), ofJ: new Float64Array(3) };

  constructor(sites: Int32Array, degree: number, grid: BondPairGrid) {
    this.grid = grid;
    this.cutoff = grid.start + grid.spacing * grid.intervals;
    this.bonds = new Bonds(sites);
    this.basis = new AngularBasis(degree);
    this.functions = this.basis.values.length;
  }

  /** Adds to the matrix, and to `counts` (one an interval) if given. */
  fill(to: BondPairColumns, positions: Float64Array, box: Box, counts: Float64Array | null): void {
    const { bonds, grid, basis, pairs } = this;
    const { start, spacing, intervals } = grid;
    bonds.place(positions, box);
    neighbourPairs(bonds.middle, box, this.cutoff, null, pairs);
    const u = new Float64Array(3);
    const weights = new Float64Array(8);
    for (let k = 0; k < pairs.count; k++) {
      const [i, j, r] = [pairs.i[k], pairs.j[k], pairs.distance[k]];
      for (let c = 0; c < 3; c++) u[c] = -pairs.vector[3 * k + c] / r; // from j to i
      const n = bonds.direction;
      let [a, b, dot] = [0, 0, 0];
      for (let c = 0; c < 3; c++) {
        a += n[3 * i + c] * u[c];
        b += n[3 * j + c] * u[c];
        dot += n[3 * i + c] * n[3 * j + c];
      }
      basis.evaluate(a, b, dot);
      const x = (r - start) / spacing;
      const m = Math.max(0, Math.min(intervals - 1, Math.floor(x)));
      weightsAt(Math.max(0, x - m), Math.min(0, x), spacing, weights);
      if (counts) counts[m]++;
      const last = Math.min(4, intervals - m);
      for (let f = 0; f < this.functions; f++)
        for (let q = 0; q < last; q++) {
          this.share(f, i, j, r, u, weights[q], weights[4 + q], a, b);
          this.put(to, to.offset + f * intervals + m + q, i, j);
        }
    }
  }

  /** Forces of value `w` and slope `v` of the spline of function f. */
  private share(f: number, i: number, j: number, r: number, u: Float64Array, w: number, v: number, a: number, b: number): void {
    const { values, byA, byB, byC } = this.basis;
    const { direction: n, length } = this.bonds;
    const { push, ofI, ofJ } = this.shares;
    const radial = v * values[f] - (w * (byA[f] * a + byB[f] * b)) / r;
    let [alongI, alongJ] = [0, 0];
    for (let c = 0; c < 3; c++) {
      const [ni, nj] = [n[3 * i + c], n[3 * j + c]];
      push[c] = -(radial * u[c] + (w / r) * (byA[f] * ni + byB[f] * nj));
      ofI[c] = w * (byA[f] * u[c] + byC[f] * nj);
      ofJ[c] = w * (byB[f] * u[c] + byC[f] * ni);
      alongI += ofI[c] * ni;
      alongJ += ofJ[c] * nj;
    }
    for (let c = 0; c < 3; c++) {
      ofI[c] = -(ofI[c] - alongI * n[3 * i + c]) / length[i];
      ofJ[c] = -(ofJ[c] - alongJ * n[3 * j + c]) / length[j];
    }
  }

  private put({ matrix, columns }: BondPairColumns, column: number, i: number, j: number): void {
    const { sites } = this.bonds;
    const { push, ofI, ofJ } = this.shares;
    const [i0, i1, j0, j1] = [sites[2 * i], sites[2 * i + 1], sites[2 * j], sites[2 * j + 1]];
    for (let c = 0; c < 3; c++) {
      const half = 0.5 * push[c];
      matrix[(3 * i0 + c) * columns + column] += half - ofI[c];
      matrix[(3 * i1 + c) * columns + column] += half + ofI[c];
      matrix[(3 * j0 + c) * columns + column] -= half + ofJ[c];
      matrix[(3 * j1 + c) * columns + column] += ofJ[c] - half;
    }
  }
}

/** Values and slopes of four basis functions at place t of an interval; `beyond` intervals inwards of the first knot, along a straight line. */
function weightsAt(t: number, beyond: number, spacing: number, out: Float64Array): void {
  splineWeights(t, out);
  for (let k = 0; k < 4; k++) {
    out[k] += beyond * out[4 + k];
    out[4 + k] /= spacing;
  }
}
