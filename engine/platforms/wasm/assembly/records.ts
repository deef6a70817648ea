/** Keeps the clusters' coordinates up to date with the positions, and looks how far particles have moved. */
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

/** Coordinate d of the four particles of cluster k in its frame. */
// @ts-ignore: decorator
@inline
export function coordinate(set: PairSet, k: i32, d: usize): v128 {
  if (!set.gathers) return load<v128>(set.records.at + <usize>k * recordBytes + 16 * d);
  const at = set.points.at + <usize>k * recordBytes + 4 * d;
  const two = v128.load32_lane(at + 16, v128.load32_zero(at), 1);
  return v128.load32_lane(at + 48, v128.load32_lane(at + 32, two, 2), 3);
}

/** Writes the present coordinates of the clusters of a part, and notes how far its particles are from the middles of their paths, and whether all are within their reaches. */
export function updateRecords(set: PairSet, part: PairPart): void {
  const first = part.first;
  const end = part.end;
  let order = set.order.at + <usize>first * 16;
  let offset = set.offsets.at + <usize>first * 96;
  let to = set.records.at + <usize>first * recordBytes;
  let toDouble = set.doubleRecords.at + <usize>first * (2 * recordBytes);
  const gathers = set.gathers;
  let point = set.points.at + <usize>first * recordBytes;
  let before = set.recordsAtPrune.at + <usize>first * recordBytes;
  let within = i32x4.splat(-1);
  let largest = f32x4.splat(0);
  let wrong = f32x4.splat(0);
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
    const reach = load<v128>(before, 48);
    const d2 = squared(x, y, z, before);
    within = v128.and(within, f32x4.le(d2, f32x4.mul(reach, reach)));
    largest = f32x4.pmax(largest, d2); // keeps `largest` where d2 is NaN
    wrong = v128.or(wrong, f32x4.ne(d2, d2));
    if (gathers) {
      const low = i32x4.shuffle(x, y, 0, 4, 1, 5);
      const high = i32x4.shuffle(x, y, 2, 6, 3, 7);
      store<v128>(point, i32x4.shuffle(low, z, 0, 1, 4, 4));
      store<v128>(point, i32x4.shuffle(low, z, 2, 3, 5, 5), 16);
      store<v128>(point, i32x4.shuffle(high, z, 0, 1, 6, 6), 32);
      store<v128>(point, i32x4.shuffle(high, z, 2, 3, 7, 7), 48);
      point += recordBytes;
    } else {
      store<v128>(to, x);
      store<v128>(to, y, 16);
      store<v128>(to, z, 32);
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
  part.within = i32x4.all_true(within);
  const two = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  const most = Math.max(<f64>f32x4.extract_lane(two, 0), <f64>f32x4.extract_lane(two, 1));
  part.largest = v128.any_true(wrong) ? Infinity : most;
}

/** How far the particle in a slot is from the middle of its path. */
export function moveOfSlot(set: PairSet, slot: i32): f64 {
  const k = slot >> 2;
  const before = set.recordsAtPrune.at + <usize>k * recordBytes;
  const d2 = squared(coordinate(set, k, 0), coordinate(set, k, 1), coordinate(set, k, 2), before);
  const low = slot & 1 ? f32x4.extract_lane(d2, 1) : f32x4.extract_lane(d2, 0);
  const high = slot & 1 ? f32x4.extract_lane(d2, 3) : f32x4.extract_lane(d2, 2);
  return Math.sqrt(<f64>(slot & 2 ? high : low));
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
