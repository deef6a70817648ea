/** Edges of each tile: pairs of the list that are within reach, then the bonded ones; and what goes along them in f64. */
import { allocate, Region, region } from '../../../../engine/threads/assembly/memory';
import { ax, by, cz, dx, dy, dz, ix, iy, iz, kind, nearestImage } from '../../assembly/box';
import { cutoff } from '../../assembly/cells';
import { rangeFirst, ranges, Tile, tileOf } from '../../assembly/tiles';
import { direction, extremes, forces, positions, sum, virial } from './network';

/** Grids: intervals / cut-off of non-bonded and bonded edges; first table row of bonded edges. */
export let inverseSpacing: f64 = 0;
export let bondedCutoff: f64 = 0;
export let bondedInverseSpacing: f64 = 0;
export let bondedRow: i32 = 0;
export let intervals: i32 = 0;
export let bondedIntervals: i32 = 0;

/** Of a tile. An edge has 16 bytes in each region (4 in `rates`). */
// @ts-ignore: decorator
@unmanaged
export class Edges {
  count: i32;
  nonbonded: i32;
  /** i32: pairs with bonded edges, 2 each. */
  bonded: usize;
  bondedCount: i32;
  /** f64: r, i, j of the closest non-bonded pair, of the shortest and of the longest bonded pair; i is -1 where there is none. */
  extremes: usize;
  /** i * 64, j * 64, row * 64 (u32), t (f32). */
  links: Region;
  /** f32: unit vector from j to i, r. */
  geometry: Region;
  /** f32: partial sums of dE/dt; f32: dt along the direction. */
  slopes: Region;
  rates: Region;
}

// @ts-ignore: decorator
@inline
export function edgesOf(tile: Tile): Edges {
  return changetype<Edges>(tile.own);
}

export function createEdges(): void {
  for (let a = 0; a < ranges; a++)
    for (let b = a; b < ranges; b++) {
      const edges = changetype<Edges>(allocate(offsetof<Edges>()));
      tileOf(a, b).own = changetype<usize>(edges);
      edges.extremes = allocate(72);
      edges.links = region();
      edges.geometry = region();
      edges.slopes = region();
      edges.rates = region();
    }
}

/** Room for the bonded pairs (2 i32 each) of a tile; returns where they are to be written. */
export function placeBonded(a: i32, b: i32, count: i32): usize {
  const tile = tileOf(a, b);
  const edges = edgesOf(tile);
  edges.bonded = allocate(<usize>count << 3);
  edges.bondedCount = count;
  tile.fixed = count;
  return edges.bonded;
}

/** Adds an edge from its difference r_i - r_j. */
// @ts-ignore: decorator
@inline
function addEdge(edges: Edges, i: i32, j: i32, x: f64, y: f64, z: f64, r2: f64, inverse: f64, last: i32, firstRow: i32): void {
  const r = Math.sqrt(r2);
  const s = r * inverse;
  const interval = min<i32>(<i32>s, last);
  const at = <usize>edges.count << 4;
  const links = edges.links.at + at, geometry = edges.geometry.at + at;
  store<u32>(links, i << 6);
  store<u32>(links, j << 6, 4);
  store<u32>(links, (firstRow + interval) << 6, 8);
  store<f32>(links, <f32>(s - <f64>interval), 12);
  const inverseR = r > 0 ? 1 / r : 0;
  store<f32>(geometry, <f32>(x * inverseR));
  store<f32>(geometry, <f32>(y * inverseR), 4);
  store<f32>(geometry, <f32>(z * inverseR), 8);
  store<f32>(geometry, <f32>r, 12);
  v128.store(edges.slopes.at + at, f32x4.splat(0));
  edges.count++;
}

function note(at: usize, r2: f64, i: i32, j: i32): void {
  store<f64>(at, Math.sqrt(r2));
  store<f64>(at, <f64>i, 8);
  store<f64>(at, <f64>j, 16);
}

/** The edges of a tile at the present positions, by first site, their slopes zero. */
export function buildEdges(tile: Tile): void {
  const edges = edgesOf(tile);
  const most = <usize>(tile.count + edges.bondedCount);
  edges.links.reserve(most << 4, 0);
  edges.geometry.reserve(most << 4, 0);
  edges.slopes.reserve(most << 4, 0);
  edges.rates.reserve(most << 2, 0);
  edges.count = 0;
  note(edges.extremes, f64.MAX_VALUE, -1, -1);
  note(edges.extremes + 24, f64.MAX_VALUE, -1, -1);
  note(edges.extremes + 48, 0, -1, -1);
  if (tile.count > 0) addNonbonded(tile, edges);
  edges.nonbonded = edges.count;
  addBonded(edges);
}

function addNonbonded(tile: Tile, edges: Edges): void {
  const lx = ax, ly = by, lz = cz, kx = ix, ky = iy, kz = iz;
  const list = tile.pairs.at;
  const from = rangeFirst(tile.a), to = rangeFirst(tile.a + 1);
  const reach2 = cutoff * cutoff;
  let closest = f64.MAX_VALUE;
  let closestI = -1, closestJ = -1;
  for (let i = from; i < to; i++) {
    const a = positions + <usize>i * 24;
    const xi = load<f64>(a), yi = load<f64>(a, 8), zi = load<f64>(a, 16);
    const span = tile.first + (<usize>(i - from) << 2);
    const end = load<i32>(span, 4);
    for (let k = load<i32>(span); k < end; k++) {
      const j = load<i32>(list + (<usize>k << 2));
      const b = positions + <usize>j * 24;
      let x = xi - load<f64>(b), y = yi - load<f64>(b, 8), z = zi - load<f64>(b, 16);
      if (kind == 2) {
        nearestImage(x, y, z);
        x = dx;
        y = dy;
        z = dz;
      } else {
        x -= nearest<f64>(x * kx) * lx;
        y -= nearest<f64>(y * ky) * ly;
        z -= nearest<f64>(z * kz) * lz;
      }
      const r2 = x * x + y * y + z * z;
      if (r2 < reach2) addEdge(edges, i, j, x, y, z, r2, inverseSpacing, intervals - 1, 0);
      if (r2 < closest) {
        closest = r2;
        closestI = i;
        closestJ = j;
      }
    }
  }
  if (closestI >= 0) note(edges.extremes, closest, closestI, closestJ);
}

function addBonded(edges: Edges): void {
  let closest = f64.MAX_VALUE;
  let longest: f64 = 0;
  for (let k = 0; k < edges.bondedCount; k++) {
    const i = load<i32>(edges.bonded + (<usize>k << 3));
    const j = load<i32>(edges.bonded + (<usize>k << 3), 4);
    const a = positions + <usize>i * 24, b = positions + <usize>j * 24;
    nearestImage(load<f64>(a) - load<f64>(b), load<f64>(a, 8) - load<f64>(b, 8), load<f64>(a, 16) - load<f64>(b, 16));
    const r2 = dx * dx + dy * dy + dz * dz;
    if (r2 < bondedCutoff * bondedCutoff)
      addEdge(edges, i, j, dx, dy, dz, r2, bondedInverseSpacing, bondedIntervals - 1, bondedRow);
    if (r2 < closest) {
      closest = r2;
      note(edges.extremes + 24, r2, i, j);
    }
    if (r2 > longest) {
      longest = r2;
      note(edges.extremes + 48, r2, i, j);
    }
  }
}

/** The extremes of all tiles. */
export function sumExtremes(): void {
  memory.copy(extremes, edgesOf(tileOf(0, 0)).extremes, 72);
  for (let a = 0; a < ranges; a++)
    for (let b = a; b < ranges; b++) {
      const own = edgesOf(tileOf(a, b)).extremes;
      for (let k: usize = 0; k < 72; k += 24) {
        const r = load<f64>(own + k), best = load<f64>(extremes + k);
        if (k < 48 ? r < best : r > best) memory.copy(extremes + k, own + k, 24);
      }
    }
}

/** dt of every edge of a tile along the direction. */
export function setDirection(tile: Tile): void {
  const edges = edgesOf(tile);
  for (let e = 0; e < edges.count; e++) {
    const link = edges.links.at + (<usize>e << 4), geometry = edges.geometry.at + (<usize>e << 4);
    const i = direction + <usize>(load<u32>(link) >> 6) * 24;
    const j = direction + <usize>(load<u32>(link, 4) >> 6) * 24;
    const rate =
      <f64>load<f32>(geometry) * (load<f64>(i) - load<f64>(j)) +
      <f64>load<f32>(geometry, 4) * (load<f64>(i, 8) - load<f64>(j, 8)) +
      <f64>load<f32>(geometry, 8) * (load<f64>(i, 16) - load<f64>(j, 16));
    store<f32>(edges.rates.at + (<usize>e << 2), <f32>(rate * (e < edges.nonbonded ? inverseSpacing : bondedInverseSpacing)));
  }
}

/** Adds the forces of a tile's edges; their virial becomes its sums. */
export function addForces(tile: Tile): void {
  if (tile.a == tile.b) memory.fill(forces + <usize>rangeFirst(tile.a) * 24, 0, <usize>(rangeFirst(tile.a + 1) - rangeFirst(tile.a)) * 24);
  const edges = edgesOf(tile);
  let xx: f64 = 0, xy: f64 = 0, xz: f64 = 0, yy: f64 = 0, yz: f64 = 0, zz: f64 = 0;
  for (let e = 0; e < edges.count; e++) {
    const link = edges.links.at + (<usize>e << 4), geometry = edges.geometry.at + (<usize>e << 4);
    const slope = <f64>sum(v128.load(edges.slopes.at + (<usize>e << 4))) * (e < edges.nonbonded ? inverseSpacing : bondedInverseSpacing);
    const ux = <f64>load<f32>(geometry), uy = <f64>load<f32>(geometry, 4), uz = <f64>load<f32>(geometry, 8);
    const r = <f64>load<f32>(geometry, 12);
    const fx = -slope * ux, fy = -slope * uy, fz = -slope * uz;
    const i = forces + <usize>(load<u32>(link) >> 6) * 24;
    const j = forces + <usize>(load<u32>(link, 4) >> 6) * 24;
    store<f64>(i, load<f64>(i) + fx);
    store<f64>(i, load<f64>(i, 8) + fy, 8);
    store<f64>(i, load<f64>(i, 16) + fz, 16);
    store<f64>(j, load<f64>(j) - fx);
    store<f64>(j, load<f64>(j, 8) - fy, 8);
    store<f64>(j, load<f64>(j, 16) - fz, 16);
    xx += r * ux * fx;
    xy += r * ux * fy;
    xz += r * ux * fz;
    yy += r * uy * fy;
    yz += r * uy * fz;
    zz += r * uz * fz;
  }
  const sums = tile.sums;
  store<f64>(sums, xx);
  store<f64>(sums, xy, 8);
  store<f64>(sums, xz, 16);
  store<f64>(sums, yy, 24);
  store<f64>(sums, yz, 32);
  store<f64>(sums, zz, 40);
}

/** The virial of all tiles, symmetric. */
export function sumVirial(): void {
  let at = 0;
  for (let row = 0; row < 3; row++)
    for (let column = row; column < 3; column++) {
      let value: f64 = 0;
      for (let a = 0; a < ranges; a++) for (let b = a; b < ranges; b++) value += load<f64>(tileOf(a, b).sums + (<usize>at << 3));
      store<f64>(virial + (<usize>(3 * row + column) << 3), value);
      store<f64>(virial + (<usize>(3 * column + row) << 3), value);
      at++;
    }
}
