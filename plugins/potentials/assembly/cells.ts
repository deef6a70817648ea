/** What a list of pairs keeps, and the cells that it is made by: linked cells, in any box, with the points of each side by side. */
import { allocate } from '../../../engine/threads/assembly/memory';
import { ax, box, bx, by, cx, cy, cz, ix, iy, iz, kind, reach } from './box';
import { createTiles, points, rangeFirst, ranges } from './tiles';

/** f64 x, y, z of a point every so many bytes. */
export let coordinates: usize = 0;
export let coordinateBytes: usize = 24;
export let cutoff: f64 = 0;
/** i32: the partners of a point with higher numbers that are not listed, ascending; 0: none. */
export let excludedFirst: usize = 0;
export let excluded: usize = 0;
/** What all threads know of the list; the address that `createList` has returned. */
export let list: usize = 0;

const mostCells: i32 = 1 << 15;
const mostCellsAlong: i32 = 64;

// @ts-ignore: decorator
@unmanaged
export class List {
  builds: i32;
  /** Cells along the axes. */
  nx: i32;
  ny: i32;
  nz: i32;
  /** f64: where the points were, 3 a point; the box and the reach; 7 a range: greatest square of a move, extremes of the coordinates. */
  madeAt: usize;
  madeIn: usize;
  moves: usize;
  /** i32: cells' first members, members, and the cell of each point. */
  cellFirst: usize;
  members: usize;
  cellOf: usize;
  /** f32: x, y, z, 0 of each point, wrapped into the box; then x, y and z of the members. */
  wrapped: usize;
  x: usize;
  y: usize;
  z: usize;
  /** The square of a distance that is surely more than the reach, for coordinates in single precision. */
  limit: f32;
}

// @ts-ignore: decorator
@inline
export function shared(): List {
  return changetype<List>(list);
}

export function createList(): usize {
  createTiles();
  const it = changetype<List>(allocate(offsetof<List>()));
  it.madeAt = allocate(<usize>points * 24);
  it.madeIn = allocate(88);
  it.moves = allocate(<usize>ranges * 64);
  it.cellFirst = allocate(<usize>(mostCells + 2) << 2);
  it.cellOf = allocate(<usize>points << 2);
  it.wrapped = allocate(<usize>points << 4);
  // Four are read at a time.
  const room = <usize>(points + 3) << 2;
  it.members = allocate(room);
  it.x = allocate(room);
  it.y = allocate(room);
  it.z = allocate(room);
  list = changetype<usize>(it);
  return list;
}

/** The least (`sign` 1) or greatest (-1) of number k of the ranges. */
function extreme(k: usize, sign: f64): f64 {
  let value = f64.MAX_VALUE;
  for (let a = 0; a < ranges; a++) value = min<f64>(value, sign * load<f64>(shared().moves + (<usize>a << 6) + k));
  return sign * value;
}

/** Cells at least `reach` wide; one if there are fewer than three, for then all are neighbours. */
function cellsAlong(width: f64): i32 {
  const cells = <i32>min<f64>(width / reach, <f64>mostCellsAlong);
  return cells < 3 ? 1 : cells;
}

let lowX: f64 = 0;
let lowY: f64 = 0;
let lowZ: f64 = 0;
let wideX: f64 = 0;
let wideY: f64 = 0;
let wideZ: f64 = 0;
let nx: i32 = 1;
let ny: i32 = 1;
let nz: i32 = 1;

/** How many cells there are along each axis: the same on all threads. */
function divide(): void {
  if (kind == 0) {
    lowX = extreme(8, 1);
    lowY = extreme(16, 1);
    lowZ = extreme(24, 1);
    wideX = max<f64>(extreme(32, -1) - lowX, 1e-9);
    wideY = max<f64>(extreme(40, -1) - lowY, 1e-9);
    wideZ = max<f64>(extreme(48, -1) - lowZ, 1e-9);
    nx = cellsAlong(wideX);
    ny = cellsAlong(wideY);
    nz = cellsAlong(wideZ);
  } else {
    // Distances of opposite faces.
    const slant = bx * cy - by * cx;
    nx = cellsAlong((ax * by * cz) / Math.sqrt(by * by * cz * cz + bx * bx * cz * cz + slant * slant));
    ny = cellsAlong((by * cz) / Math.sqrt(cz * cz + cy * cy));
    nz = cellsAlong(cz);
  }
  while (nx * ny * nz > mostCells) {
    nx = nx > 4 ? (3 * nx) / 4 : nx;
    ny = ny > 4 ? (3 * ny) / 4 : ny;
    nz = nz > 4 ? (3 * nz) / 4 : nz;
  }
}

// @ts-ignore: decorator
@inline
function place(fraction: f64, cells: i32): i32 {
  return max<i32>(0, min<i32>(cells - 1, <i32>((fraction - (kind == 0 ? 0 : Math.floor(fraction))) * <f64>cells)));
}

/** The cell of every point of a range, and where it is now. */
export function findCells(a: i32): void {
  divide();
  const it = shared();
  for (let i = rangeFirst(a); i < rangeFirst(a + 1); i++) {
    const p = coordinates + <usize>i * coordinateBytes;
    const x = load<f64>(p), y = load<f64>(p, 8), z = load<f64>(p, 16);
    let fx: f64, fy: f64, fz: f64;
    if (kind == 0) {
      fx = (x - lowX) / wideX;
      fy = (y - lowY) / wideY;
      fz = (z - lowZ) / wideZ;
    } else {
      fz = z * iz;
      fy = (y - fz * cy) * iy;
      fx = (x - fy * bx - fz * cx) * ix;
    }
    const cell = (place(fx, nx) * ny + place(fy, ny)) * nz + place(fz, nz);
    const w = it.wrapped + (<usize>i << 4);
    if (kind == 0) {
      store<f32>(w, <f32>(x - lowX));
      store<f32>(w, <f32>(y - lowY), 4);
      store<f32>(w, <f32>(z - lowZ), 8);
    } else {
      const kx = Math.floor(fx), ky = Math.floor(fy), kz = Math.floor(fz);
      store<f32>(w, <f32>(x - kx * ax - ky * bx - kz * cx));
      store<f32>(w, <f32>(y - ky * by - kz * cy), 4);
      store<f32>(w, <f32>(z - kz * cz), 8);
    }
    store<i32>(it.cellOf + (<usize>i << 2), cell);
    memory.copy(it.madeAt + <usize>i * 24, p, 24);
  }
}

/** Sorts the points by cell, ascending within each, and takes note of what the list is made for. */
export function sortIntoCells(): void {
  const it = shared();
  divide();
  it.builds++;
  it.nx = nx;
  it.ny = ny;
  it.nz = nz;
  memory.copy(it.madeIn, box, 88);
  // Coordinates and differences of single precision are off by a ten-millionth of the largest of them.
  const widest = kind == 0 ? max<f64>(wideX, max<f64>(wideY, wideZ)) : ax + Math.abs(bx) + by + Math.abs(cx) + Math.abs(cy) + cz;
  const limit = reach + 1e-6 * (widest + reach);
  it.limit = <f32>(limit * limit);
  const cells = nx * ny * nz;
  // One place to the right, and one more: what is counted there becomes beginnings, which filling turns into ends.
  const first = it.cellFirst;
  memory.fill(first, 0, <usize>(cells + 2) << 2);
  for (let i = 0; i < points; i++) {
    const count = first + (<usize>(load<i32>(it.cellOf + (<usize>i << 2)) + 2) << 2);
    store<i32>(count, load<i32>(count) + 1);
  }
  for (let c = 1; c <= cells; c++) {
    const at = first + (<usize>c << 2);
    store<i32>(at, load<i32>(at) + load<i32>(at, 4), 4);
  }
  for (let i = 0; i < points; i++) {
    const next = first + (<usize>(load<i32>(it.cellOf + (<usize>i << 2)) + 1) << 2);
    store<i32>(it.members + (<usize>load<i32>(next) << 2), i);
    store<i32>(next, load<i32>(next) + 1);
  }
}

/** Coordinates of the members from one to another, side by side. */
export function copyMembers(from: i32, to: i32): void {
  const it = shared();
  for (let k = from; k < to; k++) {
    const w = it.wrapped + (<usize>load<i32>(it.members + (<usize>k << 2)) << 4);
    store<f32>(it.x + (<usize>k << 2), load<f32>(w));
    store<f32>(it.y + (<usize>k << 2), load<f32>(w, 4));
    store<f32>(it.z + (<usize>k << 2), load<f32>(w, 8));
  }
}
