/**
 * How pairs of points are divided among threads. Points lie in ranges of their numbers, and pairs in tiles: tile (a, b) has those of a point in
 * range a with one in range b >= a. In a round no two tiles share a range, so that threads may add to both points of their pairs; round r has the
 * tiles (a, a xor r). Sums are taken round by round, whatever the number of threads.
 */
import { allocate, Region, region } from '../../../engine/threads/assembly/memory';
import { barrier, beginParts, nextPart } from '../../../engine/threads/assembly/threads';

export let points: i32 = 0;
/** A power of two. */
export let ranges: i32 = 1;
/** Tile (a, b) is number a * ranges + b. */
export let tiles: usize = 0;

// @ts-ignore: decorator
@unmanaged
export class Tile {
  a: i32;
  b: i32;
  /** The list: pairs[first[i] ... first[i + 1]] are the partners of the i-th point of range a, ascending. */
  first: usize;
  pairs: Region;
  count: i32;
  /** Pairs of the tile besides those of the list. */
  fixed: i32;
  /** What a kernel keeps beside. */
  own: usize;
  /** f64: energy, and nine of the virial. */
  sums: usize;
}

// @ts-ignore: decorator
@inline
export function rangeFirst(range: i32): i32 {
  return range == ranges ? points : <i32>((<i64>points * range) / ranges) & ~3;
}

// @ts-ignore: decorator
@inline
export function tileOf(a: i32, b: i32): Tile {
  return changetype<Tile>(tiles + <usize>(a * ranges + b) * offsetof<Tile>());
}

export function createTiles(): void {
  tiles = allocate(<usize>(ranges * ranges) * offsetof<Tile>());
  for (let a = 0; a < ranges; a++)
    for (let b = a; b < ranges; b++) {
      const tile = tileOf(a, b);
      tile.a = a;
      tile.b = b;
      tile.first = allocate(<usize>(rangeFirst(a + 1) - rangeFirst(a) + 1) << 2);
      tile.pairs = region();
      tile.sums = allocate(80);
    }
}

/** The number of the p-th of the ranges a < (a xor round). */
// @ts-ignore: decorator
@inline
function lowerRange(p: i32, round: i32): i32 {
  const bit = 31 - clz<i32>(round);
  return ((p >> bit) << (bit + 1)) | (p & ((1 << bit) - 1));
}

function isEmpty(round: i32): bool {
  for (let p = 0; p < ranges / 2; p++) {
    const a = lowerRange(p, round);
    const tile = tileOf(a, a ^ round);
    if (tile.count + tile.fixed != 0) return false;
  }
  return true;
}

/** Has every tile visited by one thread; none is visited while another of its ranges is. Ends with all done. */
export function eachTile(visit: (tile: Tile) => void): void {
  for (let round = 0; round < ranges; round++) {
    if (round > 0 && isEmpty(round)) continue;
    beginParts(round == 0 ? ranges : ranges / 2);
    for (let p = nextPart(); p >= 0; p = nextPart()) {
      const a = round == 0 ? p : lowerRange(p, round);
      visit(tileOf(a, a ^ round));
    }
    barrier();
  }
}

/** The same without waiting, for visits that write to their tile alone. A barrier has to follow. */
export function eachTileAtWill(visit: (tile: Tile) => void): void {
  for (let round = 0; round < ranges; round++) {
    beginParts(round == 0 ? ranges : ranges / 2);
    for (let p = nextPart(); p >= 0; p = nextPart()) {
      const a = round == 0 ? p : lowerRange(p, round);
      visit(tileOf(a, a ^ round));
    }
  }
}

/** Adds number `k` of the sums of all tiles, in their order. */
export function totalOfTiles(k: i32): f64 {
  let sum: f64 = 0;
  for (let a = 0; a < ranges; a++) for (let b = a; b < ranges; b++) sum += load<f64>(tileOf(a, b).sums + (<usize>k << 3));
  return sum;
}
