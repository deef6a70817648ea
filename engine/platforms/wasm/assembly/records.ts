/** Keeps the clusters' coordinates up to date with the positions, and looks how far particles have moved. */
import { recordBytes } from './layout';
import { PairPart, PairSet } from './set';
import { doublePrecision, positions } from './state';

/** x and y of a particle in its cluster's frame. */
// @ts-ignore: decorator
@inline
function planar(particle: usize, offset: usize): v128 {
  return f64x2.sub(load<v128>(particle), load<v128>(offset));
}

/** z of two particles. */
// @ts-ignore: decorator
@inline
function heights(i: usize, j: usize, offsetI: usize, offsetJ: usize): v128 {
  return f64x2.sub(v128.load64_lane(j + 16, v128.load64_zero(i, 16), 1), v128.load64_lane(offsetJ + 16, v128.load64_zero(offsetI, 16), 1));
}

// @ts-ignore: decorator
@inline
function particle(order: usize): usize {
  return positions + <usize>load<u32>(order) * 24;
}

/** Writes the points of two particles: their x and y, and z of both, in the low lanes. */
// @ts-ignore: decorator
@inline
function storePoints(to: usize, xyI: v128, xyJ: v128, z: v128): void {
  store<v128>(to, i32x4.shuffle(xyI, z, 0, 1, 4, 4));
  store<v128>(to, i32x4.shuffle(xyJ, z, 0, 1, 5, 5), 16);
}

/** Writes the same in f64 to a record. */
// @ts-ignore: decorator
@inline
function storeTwo(to: usize, xyI: v128, xyJ: v128, z: v128): void {
  store<v128>(to, i64x2.shuffle(xyI, xyJ, 0, 2));
  store<v128>(to, i64x2.shuffle(xyI, xyJ, 1, 3), 32);
  store<v128>(to, z, 64);
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
  let offsets = set.offsetAt.at + <usize>first * 16;
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
    const oa = <usize>load<u32>(offsets);
    const ob = <usize>load<u32>(offsets, 4);
    const oc = <usize>load<u32>(offsets, 8);
    const od = <usize>load<u32>(offsets, 12);
    const xyA = planar(a, oa);
    const xyB = planar(b, ob);
    const xyC = planar(c, oc);
    const xyD = planar(d, od);
    const zAB = heights(a, b, oa, ob);
    const zCD = heights(c, d, oc, od);
    const singleA = f32x4.demote_f64x2_zero(xyA);
    const singleB = f32x4.demote_f64x2_zero(xyB);
    const singleC = f32x4.demote_f64x2_zero(xyC);
    const singleD = f32x4.demote_f64x2_zero(xyD);
    const singleAB = f32x4.demote_f64x2_zero(zAB);
    const singleCD = f32x4.demote_f64x2_zero(zCD);
    const xxyyAB = i32x4.shuffle(singleA, singleB, 0, 4, 1, 5);
    const xxyyCD = i32x4.shuffle(singleC, singleD, 0, 4, 1, 5);
    const x = i32x4.shuffle(xxyyAB, xxyyCD, 0, 1, 4, 5);
    const y = i32x4.shuffle(xxyyAB, xxyyCD, 2, 3, 6, 7);
    const z = i32x4.shuffle(singleAB, singleCD, 0, 1, 4, 5);
    const reach = load<v128>(before, 48);
    const d2 = squared(x, y, z, before);
    within = v128.and(within, f32x4.le(d2, f32x4.mul(reach, reach)));
    largest = f32x4.pmax(largest, d2); // keeps `largest` where d2 is NaN
    wrong = v128.or(wrong, f32x4.ne(d2, d2));
    if (gathers) {
      storePoints(point, singleA, singleB, singleAB);
      storePoints(point + 32, singleC, singleD, singleCD);
      point += recordBytes;
    } else {
      store<v128>(to, x);
      store<v128>(to, y, 16);
      store<v128>(to, z, 32);
    }
    if (doublePrecision) {
      storeTwo(toDouble, xyA, xyB, zAB);
      storeTwo(toDouble + 16, xyC, xyD, zCD);
      toDouble += 2 * recordBytes;
    }
    order += 16;
    offsets += 16;
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
