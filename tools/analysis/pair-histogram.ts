/** Counts pairs of points by distance in a periodic box, with cells of half the largest distance. */
import type { Box } from '../../engine/index.ts';
import { InputError, isOrthorhombic } from '../../engine/index.ts';

/** What each point is; arrays have one element a point. */
export interface PointKinds {
  /** Index of the point's kind, 0 ... kinds - 1. */
  readonly kind: Int32Array;
  readonly kinds: number;
  /** Two points with equal group are not counted (the same molecule). */
  readonly group: Int32Array;
}

/** Index of an unordered pair of kinds in a table of kinds (kinds + 1) / 2 rows. */
export function pairIndex(a: number, b: number, kinds: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low * kinds - (low * (low - 1)) / 2 + (high - low);
}

/**
 * Adds the number of pairs of different groups with distance in [0, rmax) to `counts[pairIndex * bins + bin]`, each pair once.
 * `points` is 3N in any image; all periodic images within `rmax` count, so the result is right for every box and `rmax`.
 * Method: points sorted by cell, half of the neighbouring cells visited with an explicit image shift
 * (Allen & Tildesley, Computer Simulation of Liquids, 2nd ed., section 5.3).
 */
export function countPairs(
  points: Float64Array,
  box: Box,
  kinds: PointKinds,
  rmax: number,
  bins: number,
  counts: Float64Array,
): void {
  if (!box.vectors) throw new InputError('', 'g(r) needs a periodic box: open boundaries have no density');
  const grid = cellGrid(box, points.length / 3, rmax);
  const sorted = sortByCell(points, box.vectors, grid.cells, kinds);
  const [nx, ny, nz] = grid.cells;
  const v = box.vectors;
  const scan = pairScan(sorted, kinds.kinds, rmax, bins, counts);
  for (let cz = 0; cz < nz; cz++) {
    for (let cy = 0; cy < ny; cy++) {
      for (let cx = 0; cx < nx; cx++) {
        const cell = (cz * ny + cy) * nx + cx;
        if (sorted.start[cell] === sorted.start[cell + 1]) continue;
        scan(cell, cell, 0, 0, 0);
        for (const [dx, dy, dz] of grid.offsets) {
          const qx = Math.floor((cx + dx) / nx);
          const qy = Math.floor((cy + dy) / ny);
          const qz = Math.floor((cz + dz) / nz);
          const other = ((cz + dz - qz * nz) * ny + (cy + dy - qy * ny)) * nx + (cx + dx - qx * nx);
          scan(cell, other, qx * v[0] + qy * v[3] + qz * v[6], qy * v[4] + qz * v[7], qz * v[8]);
        }
      }
    }
  }
}

interface Grid {
  readonly cells: readonly [number, number, number];
  readonly offsets: readonly (readonly [number, number, number])[];
}

/** Cells per direction of at least rmax / 2, fewer for dilute systems, and the half of the offsets that can hold partners. */
function cellGrid(box: Box, count: number, rmax: number): Grid {
  const widths = faceDistances(box);
  const most = Math.max(1, Math.ceil(Math.cbrt(2 * count)));
  const cells = widths.map((width) => Math.max(1, Math.min(most, Math.floor((2 * width) / rmax))));
  const size = widths.map((width, k) => width / cells[k]);
  const reach = size.map((edge) => Math.ceil(rmax / edge - 1e-9));
  const orthorhombic = isOrthorhombic(box);
  const offsets: [number, number, number][] = [];
  for (let z = 0; z <= reach[2]; z++) {
    for (let y = z === 0 ? 0 : -reach[1]; y <= reach[1]; y++) {
      for (let x = z === 0 && y === 0 ? 1 : -reach[0]; x <= reach[0]; x++) {
        const gap = [x, y, z].map((d, k) => Math.max(0, Math.abs(d) - 1) * size[k]);
        if (orthorhombic && gap[0] ** 2 + gap[1] ** 2 + gap[2] ** 2 >= rmax * rmax) continue;
        offsets.push([x, y, z]);
      }
    }
  }
  return { cells: [cells[0], cells[1], cells[2]], offsets };
}

/** Distances between opposite faces, for the directions of a, b and c. */
function faceDistances(box: Box): [number, number, number] {
  const [ax, , , bx, by, , cx, cy, cz] = box.vectors as Float64Array;
  const bc = Math.hypot(by * cz, bx * cz, bx * cy - by * cx);
  return [(ax * by * cz) / bc, (by * cz) / Math.hypot(cz, cy), cz];
}

interface SortedPoints {
  readonly start: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly kind: Int32Array;
  readonly group: Int32Array;
}

/** Points wrapped into the box and ordered by cell (counting sort). */
function sortByCell(
  points: Float64Array,
  v: Float64Array,
  cells: readonly [number, number, number],
  kinds: PointKinds,
): SortedPoints {
  const count = points.length / 3;
  const wrapped = new Float64Array(3 * count);
  const cell = new Int32Array(count);
  const start = new Int32Array(cells[0] * cells[1] * cells[2] + 1);
  for (let i = 0; i < count; i++) {
    let c = points[3 * i + 2] / v[8];
    let b = (points[3 * i + 1] - c * v[7]) / v[4];
    let a = (points[3 * i] - b * v[3] - c * v[6]) / v[0];
    a -= Math.floor(a);
    b -= Math.floor(b);
    c -= Math.floor(c);
    wrapped[3 * i] = a * v[0] + b * v[3] + c * v[6];
    wrapped[3 * i + 1] = b * v[4] + c * v[7];
    wrapped[3 * i + 2] = c * v[8];
    const x = Math.min(cells[0] - 1, Math.floor(a * cells[0]));
    const y = Math.min(cells[1] - 1, Math.floor(b * cells[1]));
    const z = Math.min(cells[2] - 1, Math.floor(c * cells[2]));
    cell[i] = (z * cells[1] + y) * cells[0] + x;
    start[cell[i] + 1]++;
  }
  for (let c = 1; c < start.length; c++) start[c] += start[c - 1];
  const next = start.slice();
  const sorted: SortedPoints = {
    start,
    x: new Float64Array(count),
    y: new Float64Array(count),
    z: new Float64Array(count),
    kind: new Int32Array(count),
    group: new Int32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const to = next[cell[i]]++;
    sorted.x[to] = wrapped[3 * i];
    sorted.y[to] = wrapped[3 * i + 1];
    sorted.z[to] = wrapped[3 * i + 2];
    sorted.kind[to] = kinds.kind[i];
    sorted.group[to] = kinds.group[i];
  }
  return sorted;
}

/** The inner loop: pairs between two cells (or within one), the second displaced by (sx, sy, sz). */
function pairScan(points: SortedPoints, kinds: number, rmax: number, bins: number, counts: Float64Array) {
  const { start, x, y, z, kind, group } = points;
  const rmax2 = rmax * rmax;
  const perLength = bins / rmax;
  const row = new Int32Array(kinds * kinds);
  for (let a = 0; a < kinds; a++) for (let b = 0; b < kinds; b++) row[a * kinds + b] = pairIndex(a, b, kinds) * bins;
  return (first: number, second: number, sx: number, sy: number, sz: number): void => {
    const within = first === second && sx === 0 && sy === 0 && sz === 0;
    const end = start[second + 1];
    for (let i = start[first]; i < start[first + 1]; i++) {
      const xi = x[i] - sx;
      const yi = y[i] - sy;
      const zi = z[i] - sz;
      const rows = kind[i] * kinds;
      for (let j = within ? i + 1 : start[second]; j < end; j++) {
        const dx = x[j] - xi;
        const dy = y[j] - yi;
        const dz = z[j] - zi;
        const r2 = dx * dx + dy * dy + dz * dz;
        if (r2 >= rmax2 || group[i] === group[j]) continue;
        // rounding can put a distance just below rmax into the bin after the last
        const bin = Math.min(bins - 1, Math.floor(Math.sqrt(r2) * perLength));
        counts[row[rows + kind[j]] + bin]++;
      }
    }
  };
}
