/** Keeps the clusters' records up to date with the positions, and finds how far particles have moved. */
import { recordBytes, sumLists } from './layout';
import { PairPart, PairSet } from './set';
import { doublePrecision, partEnd, partFirst, positions, sumsOf } from './state';

/** Coordinate `d` (bytes) of four particles in their cluster's frame, as two vectors of f64; particles are byte offsets of positions. */
// @ts-ignore: decorator
@inline
function pair(i: usize, j: usize, offset: usize): v128 {
  return f64x2.sub(v128.load64_lane(j, v128.load64_zero(i), 1), load<v128>(offset));
}

// @ts-ignore: decorator
@inline
function single(low: v128, high: v128): v128 {
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

// @ts-ignore: decorator
@inline
function particle(order: usize): usize {
  return positions + <usize>load<u32>(order) * 24;
}

/** Writes the present positions into the records of the clusters first ... end - 1. */
export function updateRecords(set: PairSet, first: i32, end: i32): void {
  let order = set.order.at + <usize>first * 16;
  let offset = set.offsets.at + <usize>first * 96;
  let to = set.records.at + <usize>first * recordBytes;
  let toDouble = set.doubleRecords.at + <usize>first * (2 * recordBytes);
  const gathers = set.gathers;
  let point = set.points.at + <usize>first * recordBytes;
  for (let k = first; k < end; k++) {
    const a = particle(order);
    const b = particle(order + 4);
    const c = particle(order + 8);
    const d = particle(order + 12);
    const x0 = pair(a, b, offset);
    const x1 = pair(c, d, offset + 16);
    const y0 = pair(a + 8, b + 8, offset + 32);
    const y1 = pair(c + 8, d + 8, offset + 48);
    const z0 = pair(a + 16, b + 16, offset + 64);
    const z1 = pair(c + 16, d + 16, offset + 80);
    const x = single(x0, x1);
    const y = single(y0, y1);
    const z = single(z0, z1);
    store<v128>(to, x);
    store<v128>(to, y, 16);
    store<v128>(to, z, 32);
    if (gathers) {
      const low = i32x4.shuffle(x, y, 0, 4, 1, 5);
      const high = i32x4.shuffle(x, y, 2, 6, 3, 7);
      store<v128>(point, i32x4.shuffle(low, z, 0, 1, 4, 4));
      store<v128>(point, i32x4.shuffle(low, z, 2, 3, 5, 5), 16);
      store<v128>(point, i32x4.shuffle(high, z, 0, 1, 6, 6), 32);
      store<v128>(point, i32x4.shuffle(high, z, 2, 3, 7, 7), 48);
      point += recordBytes;
    }
    if (doublePrecision) {
      store<v128>(toDouble, x0);
      store<v128>(toDouble, x1, 16);
      store<v128>(toDouble, y0, 32);
      store<v128>(toDouble, y1, 48);
      store<v128>(toDouble, z0, 64);
      store<v128>(toDouble, z1, 80);
      toDouble += 2 * recordBytes;
    }
    order += 16;
    offset += 96;
    to += recordBytes;
  }
}

/** Updates the records of a part and finds its two largest squared displacements since the last prune. */
export function moveRecords(set: PairSet, part: PairPart): void {
  updateRecords(set, part.first, part.end);
  const end = set.records.at + <usize>part.end * recordBytes;
  let largest = f32x4.splat(0);
  let second = f32x4.splat(0);
  let wrong = f32x4.splat(0);
  let before = set.recordsAtPrune.at + <usize>part.first * recordBytes;
  for (let at = set.records.at + <usize>part.first * recordBytes; at < end; at += recordBytes, before += recordBytes) {
    const dx = f32x4.sub(load<v128>(at), load<v128>(before));
    const dy = f32x4.sub(load<v128>(at, 16), load<v128>(before, 16));
    const dz = f32x4.sub(load<v128>(at, 32), load<v128>(before, 32));
    const d2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
    second = f32x4.pmax(second, f32x4.pmin(d2, largest));
    largest = f32x4.pmax(largest, d2); // keeps `largest` where d2 is NaN
    wrong = v128.or(wrong, f32x4.ne(d2, d2));
  }
  start();
  enter(<f64>f32x4.extract_lane(largest, 0));
  enter(<f64>f32x4.extract_lane(largest, 1));
  enter(<f64>f32x4.extract_lane(largest, 2));
  enter(<f64>f32x4.extract_lane(largest, 3));
  enter(<f64>f32x4.extract_lane(second, 0));
  enter(<f64>f32x4.extract_lane(second, 1));
  enter(<f64>f32x4.extract_lane(second, 2));
  enter(<f64>f32x4.extract_lane(second, 3));
  part.largest = mostMoved;
  part.second = nextMoved;
  part.lost = v128.any_true(wrong);
}

/** The two largest of the numbers entered since `start`. */
export let mostMoved: f64 = 0;
export let nextMoved: f64 = 0;

export function start(): void {
  mostMoved = 0;
  nextMoved = 0;
}

export function enter(x: f64): void {
  if (x > mostMoved) {
    nextMoved = mostMoved;
    mostMoved = x;
  } else if (x > nextMoved) {
    nextMoved = x;
  }
}

/** The two largest squared displacements of a range of particles since the build, to its sums. */
export function movedSinceBuild(set: PairSet, part: i32): void {
  start();
  let at = positions + <usize>partFirst(part) * 24;
  let before = set.builtAt + <usize>partFirst(part) * 24;
  const end = positions + <usize>partEnd(part) * 24;
  for (; at < end; at += 24, before += 24) {
    const dx = load<f64>(at) - load<f64>(before);
    const dy = load<f64>(at, 8) - load<f64>(before, 8);
    const dz = load<f64>(at, 16) - load<f64>(before, 16);
    enter(dx * dx + dy * dy + dz * dz);
  }
  const to = sumsOf(part) + sumLists * 8;
  store<f64>(to, mostMoved);
  store<f64>(to, nextMoved, 8);
}
