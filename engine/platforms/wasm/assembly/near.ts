/**
 * Which particles of two clusters are within range of each other, found in whole numbers of 16 bits: a difference in two particles' x and y, squared and
 * added, is one operation for four pairs, and a comparison is the sign of what is left. The unit is chosen so that the range takes a quarter of what 16 bits hold.
 * Coordinates and their differences are taken modulo 2^16: those of particles within range are right, whatever the frame or the image; of others that are as
 * far apart as 2^16 units some are taken for near, which costs their pairs but is not wrong. Ranges are rounded up by more than coordinates are off.
 */
import { recordBytes } from './layout';
import { PairPart, PairSet } from './set';

/** Bytes of a cluster: x and y of the four particles (i16), then z and the reach with half of the cut-off. */
export const nearBytes: usize = 32;

const unitsOfRange: f64 = 16384;
/** Two roundings of half a unit in each of three coordinates are less than this for each of two particles. */
const roundingUnits: f32 = 1;

/** Rounding of positions in f32 as a part of the cut-off, for two particles. */
export const slack: f64 = 4e-5;

/** Where coarse records are: in the place of the bounding boxes, which only builds need. */
// @ts-ignore: decorator
@inline
export function nearRecords(set: PairSet): usize {
  return set.bounds.at;
}

/** Units a length; 0 where there is no cut-off: then all are at one place. */
function unitsOf(set: PairSet): f32 {
  return set.infinite ? 0 : <f32>(unitsOfRange / (set.cutoff + set.outer));
}

// @ts-ignore: decorator
@inline
function rounded(x: v128, units: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, units)));
}

/** Reaches with half of the cut-off, in units. */
// @ts-ignore: decorator
@inline
function ranges(set: PairSet, reach: v128, units: v128): v128 {
  if (set.infinite) return i32x4.splat(1);
  const half = f32x4.splat(<f32>(0.5 * set.cutoff * (1 + slack)));
  const all = f32x4.add(f32x4.ceil(f32x4.mul(f32x4.add(reach, half), units)), f32x4.splat(roundingUnits));
  return i32x4.trunc_sat_f32x4_s(f32x4.pmin(f32x4.splat(<f32>unitsOfRange - 1), all));
}

/** The lower halves of four numbers of 32 bits, in turn with those of four others. */
// @ts-ignore: decorator
@inline
function inTurn(a: v128, b: v128): v128 {
  return v128.or(v128.and(a, i32x4.splat(0xffff)), i32x4.shl(b, 16));
}

/** Makes the coarse records of the clusters of a part from `recordsAtPrune`. */
export function coarsen(set: PairSet, part: PairPart): void {
  const units = f32x4.splat(unitsOf(set));
  let from = set.recordsAtPrune.at + <usize>part.first * recordBytes;
  let to = nearRecords(set) + <usize>part.first * nearBytes;
  for (let k = part.first; k < part.end; k++, from += recordBytes, to += nearBytes) {
    store<v128>(to, inTurn(rounded(load<v128>(from), units), rounded(load<v128>(from, 16), units)));
    store<v128>(to, inTurn(rounded(load<v128>(from, 32), units), ranges(set, load<v128>(from, 48), units)), 16);
  }
}

/** Puts four particles, at `own` as vectors of x, y and z with the reaches at `reaches`, to `pins`: of each x and y four times, then -z and range. */
export function pinNear(set: PairSet, own: usize, reaches: usize, pins: usize): void {
  const units = f32x4.splat(unitsOf(set));
  const xy = inTurn(rounded(load<v128>(own), units), rounded(load<v128>(own, 16), units));
  const z = rounded(f32x4.neg(load<v128>(own, 32)), units);
  const zr = inTurn(z, ranges(set, load<v128>(reaches), units));
  store<v128>(pins, i32x4.shuffle(xy, xy, 0, 0, 0, 0));
  store<v128>(pins, i32x4.shuffle(zr, zr, 0, 0, 0, 0), 16);
  store<v128>(pins, i32x4.shuffle(xy, xy, 1, 1, 1, 1), 32);
  store<v128>(pins, i32x4.shuffle(zr, zr, 1, 1, 1, 1), 48);
  store<v128>(pins, i32x4.shuffle(xy, xy, 2, 2, 2, 2), 64);
  store<v128>(pins, i32x4.shuffle(zr, zr, 2, 2, 2, 2), 80);
  store<v128>(pins, i32x4.shuffle(xy, xy, 3, 3, 3, 3), 96);
  store<v128>(pins, i32x4.shuffle(zr, zr, 3, 3, 3, 3), 112);
}

/** Four numbers of 32 bits, negative where a particle of the cluster, at `xy` and `zr`, is within range of the one at `pin`: d^2 - R (R + 1). */
// @ts-ignore: decorator
@inline
export function nearness(xy: v128, zr: v128, pin: usize): v128 {
  const d = i16x8.sub(xy, load<v128>(pin));
  const e = i16x8.add(zr, load<v128>(pin, 16));
  const opposite = v128.xor(e, i32x4.splat(0xffff0000));
  return i32x4.add(i32x4.dot_i16x8_s(d, d), i32x4.dot_i16x8_s(e, opposite));
}

/** A bit for each of the four particles of a cluster that is within range of each of the four at `pins`: those of the first are the lowest. */
// @ts-ignore: decorator
@inline
export function nearOfFour(xy: v128, zr: v128, pins: usize): i32 {
  const low = i16x8.narrow_i32x4_s(nearness(xy, zr, pins), nearness(xy, zr, pins + 32));
  const high = i16x8.narrow_i32x4_s(nearness(xy, zr, pins + 64), nearness(xy, zr, pins + 96));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}
