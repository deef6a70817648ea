/** Pairs of sites within a cut-off in one stored frame: what training, ranges and the graph model's edges are made from. */
import { type Box, isOrthorhombic, minimumImage, smallestWidth } from '../../engine/index.ts';

/** Pairs i < j, each once. `vector` holds r_j - r_i (minimum image) flat, 3 numbers a pair. Only the first `count` entries count. */
export interface NeighbourPairs {
  count: number;
  i: Int32Array;
  j: Int32Array;
  vector: Float64Array;
  distance: Float64Array;
}

export function emptyPairs(capacity = 1024): NeighbourPairs {
  return {
    count: 0,
    i: new Int32Array(capacity),
    j: new Int32Array(capacity),
    vector: new Float64Array(3 * capacity),
    distance: new Float64Array(capacity),
  };
}

function grow(pairs: NeighbourPairs): void {
  const copy = <T extends Int32Array | Float64Array>(to: T, from: T): T => {
    to.set(from);
    return to;
  };
  const capacity = 2 * pairs.i.length;
  pairs.i = copy(new Int32Array(capacity), pairs.i);
  pairs.j = copy(new Int32Array(capacity), pairs.j);
  pairs.vector = copy(new Float64Array(3 * capacity), pairs.vector);
  pairs.distance = copy(new Float64Array(capacity), pairs.distance);
}

/** Pairs to leave out, flat, as a lookup; `exclusionsAlongBonds` makes the list. */
export class ExcludedPairs {
  private readonly partners: readonly (readonly number[])[];
  constructor(sites: number, exclusions: Int32Array) {
    const partners: number[][] = Array.from({ length: sites }, () => []);
    for (let k = 0; k < exclusions.length; k += 2) {
      const [a, b] = [exclusions[k], exclusions[k + 1]];
      partners[Math.min(a, b)].push(Math.max(a, b));
    }
    this.partners = partners;
  }
  /** Whether the pair i < j is excluded. */
  has(i: number, j: number): boolean {
    const list = this.partners[i];
    for (let k = 0; k < list.length; k++) if (list[k] === j) return true;
    return false;
  }
}

/**
 * All pairs within `cutoff` (length units) that are not excluded, into `out` (reused between frames to spare the allocator).
 * Positions need not be wrapped. In a periodic box the cut-off may be at most half the smallest width; larger is not checked here.
 */
export function neighbourPairs(
  positions: Float64Array,
  box: Box,
  cutoff: number,
  excluded: ExcludedPairs | null = null,
  out: NeighbourPairs = emptyPairs(),
): NeighbourPairs {
  out.count = 0;
  const sites = positions.length / 3;
  if (box.vectors && sites > 600 && smallestWidth(box) >= 4 * cutoff)
    cellPairs(positions, box, box.vectors, cutoff, excluded, out);
  else allPairs(positions, box, cutoff, excluded, out);
  return out;
}

const d = new Float64Array(3);

function consider(positions: Float64Array, box: Box, i: number, j: number, cutoff2: number, out: NeighbourPairs): void {
  d[0] = positions[3 * j] - positions[3 * i];
  d[1] = positions[3 * j + 1] - positions[3 * i + 1];
  d[2] = positions[3 * j + 2] - positions[3 * i + 2];
  minimumImage(box, d);
  append(out, i, j, d[0], d[1], d[2], cutoff2);
}

function append(out: NeighbourPairs, i: number, j: number, x: number, y: number, z: number, cutoff2: number): void {
  const r2 = x * x + y * y + z * z;
  if (r2 >= cutoff2) return;
  const n = out.count;
  if (n === out.i.length) grow(out);
  out.i[n] = i;
  out.j[n] = j;
  out.vector[3 * n] = x;
  out.vector[3 * n + 1] = y;
  out.vector[3 * n + 2] = z;
  out.distance[n] = Math.sqrt(r2);
  out.count = n + 1;
}

function allPairs(positions: Float64Array, box: Box, cutoff: number, excluded: ExcludedPairs | null, out: NeighbourPairs): void {
  const sites = positions.length / 3;
  const cutoff2 = cutoff * cutoff;
  if (!box.vectors || !isOrthorhombic(box)) {
    for (let i = 0; i < sites; i++)
      for (let j = i + 1; j < sites; j++) if (!excluded?.has(i, j)) consider(positions, box, i, j, cutoff2, out);
    return;
  }
  const [lx, ly, lz] = [box.vectors[0], box.vectors[4], box.vectors[8]];
  const [ix, iy, iz] = [1 / lx, 1 / ly, 1 / lz];
  for (let i = 0; i < sites; i++) {
    const [xi, yi, zi] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    for (let j = i + 1; j < sites; j++) {
      let x = positions[3 * j] - xi;
      x -= lx * Math.round(x * ix);
      if (x >= cutoff || x <= -cutoff) continue;
      let y = positions[3 * j + 1] - yi;
      y -= ly * Math.round(y * iy);
      let z = positions[3 * j + 2] - zi;
      z -= lz * Math.round(z * iz);
      if (x * x + y * y + z * z >= cutoff2 || excluded?.has(i, j)) continue;
      append(out, i, j, x, y, z, cutoff2);
    }
  }
}

/** Linked cells in fractional coordinates, at least as wide as the cut-off; called only where there are four or more along each vector. */
function cellPairs(
  positions: Float64Array,
  box: Box,
  v: Float64Array,
  cutoff: number,
  excluded: ExcludedPairs | null,
  out: NeighbourPairs,
): void {
  const sites = positions.length / 3;
  const cutoff2 = cutoff * cutoff;
  // A width along one vector is never smaller than the smallest width, so this many cells are wide enough along each.
  // More cells than particles would only cost time.
  const cells = Math.max(4, Math.min(Math.floor(smallestWidth(box) / cutoff), Math.ceil(Math.cbrt(sites))));
  const head = new Int32Array(cells ** 3).fill(-1);
  const next = new Int32Array(sites);
  const place = new Int32Array(3 * sites);
  for (let i = 0; i < sites; i++) {
    const c = positions[3 * i + 2] / v[8];
    const b = (positions[3 * i + 1] - c * v[7]) / v[4];
    const a = (positions[3 * i] - c * v[6] - b * v[3]) / v[0];
    place[3 * i] = Math.min(cells - 1, Math.floor((a - Math.floor(a)) * cells));
    place[3 * i + 1] = Math.min(cells - 1, Math.floor((b - Math.floor(b)) * cells));
    place[3 * i + 2] = Math.min(cells - 1, Math.floor((c - Math.floor(c)) * cells));
    const cell = (place[3 * i] * cells + place[3 * i + 1]) * cells + place[3 * i + 2];
    next[i] = head[cell];
    head[cell] = i;
  }
  const upright = isOrthorhombic(box);
  const [ix, iy, iz] = [1 / v[0], 1 / v[4], 1 / v[8]];
  // The neighbours of a place along one vector, three for each.
  const around = Int32Array.from({ length: 3 * cells }, (_, k) => (Math.floor(k / 3) + (k % 3) - 1 + cells) % cells);
  for (let i = 0; i < sites; i++) {
    const [xi, yi, zi] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    for (let n = 0; n < 27; n++) {
      const a = around[3 * place[3 * i] + (n % 3)];
      const b = around[3 * place[3 * i + 1] + (Math.floor(n / 3) % 3)];
      const c = around[3 * place[3 * i + 2] + Math.floor(n / 9)];
      for (let j = head[(a * cells + b) * cells + c]; j > i; j = next[j]) {
        if (!upright) {
          if (!excluded?.has(i, j)) consider(positions, box, i, j, cutoff2, out);
          continue;
        }
        let x = positions[3 * j] - xi;
        x -= v[0] * Math.round(x * ix);
        let y = positions[3 * j + 1] - yi;
        y -= v[4] * Math.round(y * iy);
        let z = positions[3 * j + 2] - zi;
        z -= v[8] * Math.round(z * iz);
        if (x * x + y * y + z * z < cutoff2 && !excluded?.has(i, j)) append(out, i, j, x, y, z, cutoff2);
      }
    }
  }
}
