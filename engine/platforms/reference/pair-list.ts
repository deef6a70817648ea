/** Buffered pair lists: built from cells, rebuilt before any particle can have brought an unlisted pair within the cut-off. */
import type { PairList } from '../../forces/terms.ts';
import type { Box } from '../../system/box.ts';
import { imageVectors, rounder } from './image.ts';

/**
 * One list of pairs within cutoff + buffer. Before every use `update` looks at the largest displacement since the list was
 * built; past half the buffer the list is built anew. The list is a function of `builtAt` alone, so that storing those
 * positions in a checkpoint is enough to continue with the same order of summation.
 */
export class BufferedPairList implements PairList {
  start: Int32Array;
  neighbours: Int32Array = new Int32Array(0);
  version = 0;
  /** Positions at the last build. */
  readonly builtAt: Float64Array;
  /** At the last build: the particle that had moved furthest since the one before, and how far; NaN if a position was not finite. */
  lastMove: { readonly particle: number; readonly distance: number } = { particle: 0, distance: 0 };
  private readonly particles: number;
  private readonly excluded: Int32Array[];
  private readonly mark: Int32Array;

  readonly cutoff: number;
  readonly buffer: number;

  /** @param exclusions flat pairs that never appear in the list */
  constructor(particles: number, cutoff: number, buffer: number, exclusions: Int32Array) {
    this.particles = particles;
    this.cutoff = cutoff;
    this.buffer = buffer;
    this.start = new Int32Array(particles + 1);
    this.builtAt = new Float64Array(3 * particles).fill(Number.NaN);
    this.mark = new Int32Array(particles).fill(-1);
    const lists: number[][] = Array.from({ length: particles }, () => []);
    for (let k = 0; k < exclusions.length; k += 2) {
      lists[Math.min(exclusions[k], exclusions[k + 1])].push(Math.max(exclusions[k], exclusions[k + 1]));
    }
    this.excluded = lists.map((list) => Int32Array.from(list));
  }

  /** Rebuilds the list if a particle has moved more than half the buffer since the last build. Returns whether it did. */
  update(positions: Float64Array, box: Box): boolean {
    if (this.version > 0) {
      if (!this.movedTooFar(positions)) return false;
      this.lastMove = this.furthest(positions);
    }
    this.build(positions, box);
    return true;
  }

  private furthest(positions: Float64Array): { particle: number; distance: number } {
    const { builtAt } = this;
    let particle = 0;
    let most = 0;
    for (let i = 0; i < positions.length; i += 3) {
      const dx = positions[i] - builtAt[i];
      const dy = positions[i + 1] - builtAt[i + 1];
      const dz = positions[i + 2] - builtAt[i + 2];
      const r2 = dx * dx + dy * dy + dz * dz;
      if (r2 <= most) continue;
      particle = i / 3;
      most = r2;
      if (!Number.isFinite(r2)) return { particle, distance: Number.NaN };
    }
    return { particle, distance: Math.sqrt(most) };
  }

  private movedTooFar(positions: Float64Array): boolean {
    if (this.cutoff === Number.POSITIVE_INFINITY) return false;
    const limit = 0.25 * this.buffer * this.buffer;
    const { builtAt } = this;
    for (let i = 0; i < positions.length; i += 3) {
      const dx = positions[i] - builtAt[i];
      const dy = positions[i + 1] - builtAt[i + 1];
      const dz = positions[i + 2] - builtAt[i + 2];
      // Written so that NaN counts as moved: whoever updates the list looks at `lastMove`.
      if (!(dx * dx + dy * dy + dz * dz <= limit)) return true;
    }
    return false;
  }

  build(positions: Float64Array, box: Box): void {
    this.builtAt.set(positions);
    this.version++;
    const range = this.cutoff + this.buffer;
    const cells = range < Number.POSITIVE_INFINITY ? assignCells(positions, box, range) : null;
    let count = 0;
    for (let i = 0; i < this.particles; i++) {
      this.start[i] = count;
      for (const j of this.excluded[i]) this.mark[j] = i;
      count = cells
        ? this.fromCells(i, count, positions, box, range * range, cells)
        : this.fromAll(i, count, positions, box, range * range);
    }
    this.start[this.particles] = count;
  }

  private fromAll(i: number, count: number, x: Float64Array, box: Box, range2: number): number {
    this.reserve(count + this.particles);
    return this.collect(i, count, x, box, range2, null, i + 1, this.particles);
  }

  private fromCells(i: number, count: number, x: Float64Array, box: Box, range2: number, cells: Cells): number {
    const home = cells.cellOf[i];
    for (let s = cells.aroundStart[home]; s < cells.aroundStart[home + 1]; s++) {
      const cell = cells.around[s];
      const [from, to] = [cells.start[cell], cells.start[cell + 1]];
      this.reserve(count + to - from);
      count = this.collect(i, count, x, box, range2, cells.members, from, to);
    }
    return count;
  }

  /** Appends to the list those of `members[from .. to]` (or of the numbers themselves) that belong to i; returns the new length. */
  private collect(
    i: number,
    count: number,
    x: Float64Array,
    box: Box,
    range2: number,
    members: Int32Array | null,
    from: number,
    to: number,
  ): number {
    const { mark, neighbours } = this;
    const { ax, bx, by, cx, cy, cz, inverseX, inverseY, inverseZ } = imageVectors(box);
    const xi = x[3 * i];
    const yi = x[3 * i + 1];
    const zi = x[3 * i + 2];
    for (let k = from; k < to; k++) {
      const j = members === null ? k : members[k];
      if (j <= i) continue;
      let dx = xi - x[3 * j];
      let dy = yi - x[3 * j + 1];
      let dz = zi - x[3 * j + 2];
      const nz = dz * inverseZ + rounder - rounder;
      dz -= nz * cz;
      dy -= nz * cy;
      dx -= nz * cx;
      const ny = dy * inverseY + rounder - rounder;
      dy -= ny * by;
      dx -= ny * bx;
      dx -= (dx * inverseX + rounder - rounder) * ax;
      if (dx * dx + dy * dy + dz * dz <= range2 && mark[j] !== i) neighbours[count++] = j;
    }
    return count;
  }

  private reserve(size: number): void {
    if (size <= this.neighbours.length) return;
    const larger = new Int32Array(Math.max(size, Math.ceil(1.5 * this.neighbours.length), 1024));
    larger.set(this.neighbours);
    this.neighbours = larger;
  }
}

interface Cells {
  readonly cellOf: Int32Array;
  /** Particles by cell: `members[start[c] .. start[c + 1]]`. */
  readonly start: Int32Array;
  readonly members: Int32Array;
  /** Cells to search from a cell, itself included: `around[aroundStart[c] .. aroundStart[c + 1]]`. */
  readonly aroundStart: Int32Array;
  readonly around: Int32Array;
}

/** Sorts particles into cells at least `range` wide; null where fewer than four cells fit in every direction and all pairs are cheaper. */
function assignCells(x: Float64Array, box: Box, range: number): Cells | null {
  const particles = x.length / 3;
  const grid = box.vectors ? periodicGrid(box, range) : openGrid(x, range);
  const [nx, ny, nz] = grid.counts;
  if (particles < 100 || (nx < 4 && ny < 4 && nz < 4)) return null;
  const cellOf = new Int32Array(particles);
  const start = new Int32Array(nx * ny * nz + 1);
  for (let i = 0; i < particles; i++) {
    const cell = grid.cell(x[3 * i], x[3 * i + 1], x[3 * i + 2]);
    if (!(cell >= 0)) return null; // NaN
    cellOf[i] = cell;
    start[cell + 1]++;
  }
  for (let c = 0; c < nx * ny * nz; c++) start[c + 1] += start[c];
  const next = start.slice();
  const members = new Int32Array(particles);
  for (let i = 0; i < particles; i++) members[next[cellOf[i]]++] = i;
  return { cellOf, start, members, ...surroundings(grid.counts, box.vectors !== null) };
}

interface Grid {
  readonly counts: readonly [number, number, number];
  cell(x: number, y: number, z: number): number;
}

function periodicGrid(box: Box, range: number): Grid {
  const { ax, bx, by, cx, cy, cz } = imageVectors(box);
  // Perpendicular widths of the cell; every layer of cells must be at least `range` thick.
  const widthX = (ax * by * cz) / Math.hypot(by * cz, bx * cz, bx * cy - by * cx);
  const widthY = (by * cz) / Math.hypot(cz, cy);
  const counts = [widthX, widthY, cz].map((w) => Math.max(1, Math.min(200, Math.floor(w / range)))) as [number, number, number];
  const [nx, ny, nz] = counts;
  return {
    counts,
    cell(x, y, z) {
      const sz = z / cz;
      const sy = (y - sz * cy) / by;
      const sx = (x - sy * bx - sz * cx) / ax;
      const layer = (s: number, n: number) => Math.min(n - 1, Math.floor((s - Math.floor(s)) * n));
      return (layer(sz, nz) * ny + layer(sy, ny)) * nx + layer(sx, nx);
    },
  };
}

function openGrid(x: Float64Array, range: number): Grid {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = low.map((v) => -v);
  for (let i = 0; i < x.length; i++) {
    if (x[i] < low[i % 3]) low[i % 3] = x[i];
    if (x[i] > high[i % 3]) high[i % 3] = x[i];
  }
  const counts = [0, 1, 2].map((d) => Math.max(1, Math.min(100, Math.floor((high[d] - low[d]) / range)))) as [
    number,
    number,
    number,
  ];
  const size = [0, 1, 2].map((d) => Math.max(range, (high[d] - low[d]) / counts[d]));
  const [nx, ny, nz] = counts;
  const layer = (v: number, d: number, n: number) => Math.min(n - 1, Math.floor((v - low[d]) / size[d]));
  return { counts, cell: (px, py, pz) => (layer(pz, 2, nz) * ny + layer(py, 1, ny)) * nx + layer(px, 0, nx) };
}

function surroundings([nx, ny, nz]: readonly [number, number, number], periodic: boolean): Pick<Cells, 'aroundStart' | 'around'> {
  const aroundStart = new Int32Array(nx * ny * nz + 1);
  const around: number[] = [];
  const span = (c: number, n: number) => {
    const found = [c - 1, c, c + 1].map((k) => (periodic ? (k + n) % n : k)).filter((k) => k >= 0 && k < n);
    return [...new Set(found)];
  };
  for (let z = 0, cell = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, cell++) {
        for (const kz of span(z, nz))
          for (const ky of span(y, ny)) for (const kx of span(x, nx)) around.push((kz * ny + ky) * nx + kx);
        aroundStart[cell + 1] = around.length;
      }
  return { aroundStart, around: Int32Array.from(around) };
}
