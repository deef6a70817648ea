/** The edges of a graph of sites: pairs within reach, with their direction and their place on the filter grid. */
import { type Box, minimumImage } from '../../../engine/index.ts';
import { type GraphArchitecture, gridRows, type RadialGrid } from './architecture.ts';

/** Non-bonded edges lie first (`nonbonded` of them), bonded edges after; `count` in all. */
export class Edges {
  count = 0;
  nonbonded = 0;
  i = new Int32Array(0);
  j = new Int32Array(0);
  /** First of the four table rows that the edge's filter is made of. */
  row = new Int32Array(0);
  /** Position within the grid's interval, 0 to 1. */
  t = new Float64Array(0);
  /** Unit vector from j to i, 3 an edge. */
  unit = new Float64Array(0);
  r = new Float64Array(0);
  /** [r, i, j] of the closest non-bonded pair, of the shortest and of the longest bonded pair. */
  readonly extremes = new Float64Array(9);

  private readonly architecture: GraphArchitecture;
  private readonly difference = new Float64Array(3);

  constructor(architecture: GraphArchitecture) {
    this.architecture = architecture;
  }

  /** Collects the edges at these positions. Allocates only when there are more edges than ever before. */
  build(positions: Float64Array, box: Box, start: Int32Array, neighbours: Int32Array, bonded: Int32Array): void {
    this.count = 0;
    this.extremes.set([Number.POSITIVE_INFINITY, -1, -1, Number.POSITIVE_INFINITY, -1, -1, 0, -1, -1]);
    this.reserve(neighbours.length + bonded.length / 2);
    const { nonbonded: grid, bonded: bondedGrid } = this.architecture;
    for (let i = 0; i + 1 < start.length; i++)
      for (let k = start[i]; k < start[i + 1]; k++) {
        const r = this.add(i, neighbours[k], grid, 0, positions, box);
        if (r < this.extremes[0]) this.note(0, r, i, neighbours[k]);
      }
    this.nonbonded = this.count;
    const firstRow = gridRows(grid);
    for (let k = 0; k < bonded.length; k += 2) {
      const r = this.add(bonded[k], bonded[k + 1], bondedGrid, firstRow, positions, box);
      if (r < this.extremes[3]) this.note(3, r, bonded[k], bonded[k + 1]);
      if (r > this.extremes[6]) this.note(6, r, bonded[k], bonded[k + 1]);
    }
  }

  private note(at: number, r: number, i: number, j: number): void {
    this.extremes[at] = r;
    this.extremes[at + 1] = i;
    this.extremes[at + 2] = j;
  }

  /** Adds the edge if it is within reach; returns its length. */
  private add(i: number, j: number, grid: RadialGrid, firstRow: number, positions: Float64Array, box: Box): number {
    const d = this.difference;
    for (let c = 0; c < 3; c++) d[c] = positions[3 * i + c] - positions[3 * j + c];
    minimumImage(box, d);
    const r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    const r = Math.sqrt(r2);
    if (!(r2 < grid.cutoff * grid.cutoff)) return r;
    const e = this.count++;
    const x = (r * grid.intervals) / grid.cutoff;
    const interval = Math.min(Math.floor(x), grid.intervals - 1);
    this.i[e] = i;
    this.j[e] = j;
    this.row[e] = firstRow + interval;
    this.t[e] = x - interval;
    this.r[e] = r;
    for (let c = 0; c < 3; c++) this.unit[3 * e + c] = r > 0 ? d[c] / r : 0;
    return r;
  }

  /** Adds forces and virial of an energy that changes with each edge's length by `slope`. */
  addForces(slope: Float64Array, forces: Float64Array, virial: Float64Array): void {
    const { i, j, unit, r, count } = this;
    for (let e = 0; e < count; e++)
      for (let c = 0; c < 3; c++) {
        const force = -slope[e] * unit[3 * e + c];
        forces[3 * i[e] + c] += force;
        forces[3 * j[e] + c] -= force;
        for (let a = 0; a < 3; a++) virial[3 * a + c] += r[e] * unit[3 * e + a] * force;
      }
  }

  private reserve(count: number): void {
    if (count <= this.i.length) return;
    const capacity = Math.ceil(1.2 * count);
    this.i = new Int32Array(capacity);
    this.j = new Int32Array(capacity);
    this.row = new Int32Array(capacity);
    this.t = new Float64Array(capacity);
    this.r = new Float64Array(capacity);
    this.unit = new Float64Array(3 * capacity);
  }
}
