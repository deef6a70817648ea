/** Keeps the clusters' records up to date with the positions, and looks how far particles have moved. */
import { recordBytes } from './layout';
import { PairPart, PairSet } from './set';
import { doublePrecision, positions } from './state';

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

/** Writes the present positions into the records of the clusters first ... end - 1; says whether all particles are within their reaches. */
export function updateRecords(set: PairSet, first: i32, end: i32): bool {
  let order = set.order.at + <usize>first * 16;
  let offset = set.offsets.at + <usize>first * 96;
  let to = set.records.at + <usize>first * recordBytes;
  let toDouble = set.doubleRecords.at + <usize>first * (2 * recordBytes);
  const gathers = set.gathers;
  let point = set.points.at + <usize>first * recordBytes;
  let before = set.recordsAtPrune.at + <usize>first * recordBytes;
  let within = i32x4.splat(-1);
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
    const reach = load<v128>(before, 48);
    within = v128.and(within, f32x4.le(squared(x, y, z, before), f32x4.mul(reach, reach)));
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
    before += recordBytes;
  }
  return i32x4.all_true(within);
}

/** Updates the records of a part, and notes whether its particles are within their reaches. */
export function moveRecords(set: PairSet, part: PairPart): void {
  part.within = updateRecords(set, part.first, part.end);
}

/** Finds how far the particles of a part are from the middles of their paths. */
export function measureMoves(set: PairSet, part: PairPart): void {
  const end = set.records.at + <usize>part.end * recordBytes;
  let largest = f32x4.splat(0);
  let wrong = f32x4.splat(0);
  let before = set.recordsAtPrune.at + <usize>part.first * recordBytes;
  for (let at = set.records.at + <usize>part.first * recordBytes; at < end; at += recordBytes, before += recordBytes) {
    const d2 = squared(load<v128>(at), load<v128>(at, 16), load<v128>(at, 32), before);
    largest = f32x4.pmax(largest, d2); // keeps `largest` where d2 is NaN
    wrong = v128.or(wrong, f32x4.ne(d2, d2));
  }
  const two = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  const most = Math.max(<f64>f32x4.extract_lane(two, 0), <f64>f32x4.extract_lane(two, 1));
  part.largest = v128.any_true(wrong) ? Infinity : most;
}

/** Squared distances from the middles in a record. */
// @ts-ignore: decorator
@inline
function squared(x: v128, y: v128, z: v128, record: usize): v128 {
  const dx = f32x4.sub(x, load<v128>(record));
  const dy = f32x4.sub(y, load<v128>(record, 16));
  const dz = f32x4.sub(z, load<v128>(record, 32));
  return f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
}
