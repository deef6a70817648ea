/**
 * The pair loop over lists of particles, for potentials of one type without charges, whose forces are so cheap that lanes which interact with
 * nobody would be most of the work: four partners at a time are gathered from their points, and the forces on them scattered. The list
 * is made of units, the partners of one particle in one image and frame,
 *
 *     address of the particle's point, groups, address of the shift, which particles share (f64 x 3), nothing (4 bytes each),
 *     then the addresses of the points of four partners a group (4 bytes each)
 *
 * where the last group is filled up with a point that is far from everyone.
 */
import { virialBytes } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { PairPart, PairSet } from './set';
import { Single } from './vector';

/** Bytes of a unit before its groups. */
export const unitHead: usize = 16;

/** Groups whose distances are computed before their forces, and bytes of a group then: difference vectors, inverse square, distance. */
const chunk: usize = 64;
const foundBytes: usize = 80;

/** x, y, z of the particle at hand; sums of energy and virial; squared cut-off, 1; four parameters; then found groups. */
let space: usize = 0;
const sumsAt: usize = 64;
const sumsBytes: usize = 7 * 16;
const loopAt: usize = sumsAt + sumsBytes;
const parametersAt: usize = loopAt + 32;
const foundAt: usize = parametersAt + 64;

// @ts-ignore: decorator
@inline
function addVector(at: usize, x: v128): void { store<v128>(at, f32x4.add(load<v128>(at), x)); }

/** Distances of the particle at `work` from the partners in the groups from `at` to `end`, to the notes there. */
// @ts-ignore: decorator
@inline
function findGroups(work: usize, at: usize, end: usize, rooted: bool): void {
  const v = changetype<Single>(0);
  const x = v.unpin(work);
  const y = v.unpin(work + 4);
  const z = v.unpin(work + 8);
  const cutoff2 = v.unpin(work + loopAt);
  const one = v.unpin(work + loopAt + 16);
  let to = work + foundAt;
  for (; at < end; at += 16) {
    const a = load<v128>(<usize>load<u32>(at));
    const b = load<v128>(<usize>load<u32>(at, 4));
    const c = load<v128>(<usize>load<u32>(at, 8));
    const d = load<v128>(<usize>load<u32>(at, 12));
    const lowAB = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const lowCD = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const highAB = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const highCD = i32x4.shuffle(c, d, 2, 6, 3, 7);
    const dx = v.sub(x, i32x4.shuffle(lowAB, lowCD, 0, 1, 4, 5));
    const dy = v.sub(y, i32x4.shuffle(lowAB, lowCD, 2, 3, 6, 7));
    const dz = v.sub(z, i32x4.shuffle(highAB, highCD, 0, 1, 4, 5));
    const r2 = v.madd(dz, dz, v.madd(dy, dy, v.mul(dx, dx)));
    store<v128>(to, dx);
    store<v128>(to, dy, 16);
    store<v128>(to, dz, 32);
    store<v128>(to, v128.and(v.le(r2, cutoff2), v.div(one, r2)), 48);
    if (rooted) store<v128>(to, v.sqrt(r2), 64);
    to += foundBytes;
  }
}

// @ts-ignore: decorator
@inline
function subtract(results: usize, place: usize, f: v128): void {
  const at = results + <usize>load<u32>(place);
  store<v128>(at, f32x4.sub(load<v128>(at), f));
}

/** Sums the pairs of a part's list into its results; energy and virial too where E says so. In two passes, as in pairs.ts. */
export function gatherLoop<P, E>(set: PairSet, part: PairPart): void {
  const v = changetype<Single>(0);
  const potential = changetype<P>(0);
  const measure = changetype<E>(0);
  const rooted = measure.on() || potential.rooted();
  if (space == 0) space = allocate(foundAt + chunk * foundBytes);
  const work = space;
  // From the address of a point to that of its results; modulo 2^32.
  const results = part.results.at - set.points.at;
  v.pin(work + loopAt, set.cutoff2);
  v.pin(work + loopAt + 16, 1);
  const a = v.pinned(load<f64>(set.matrix), work + parametersAt);
  const b = v.pinned(load<f64>(set.matrix, 8), work + parametersAt + 16);
  const c = v.pinned(load<f64>(set.matrix, 16), work + parametersAt + 32);
  const d = v.pinned(load<f64>(set.matrix, 24), work + parametersAt + 48);
  const virial = part.virial;
  if (measure.on()) memory.fill(virial, 0, virialBytes);
  let energy: f64 = 0;
  const end = part.listEnd;
  let unit = part.list.at;
  while (unit < end) {
    const place = <usize>load<u32>(unit);
    const shift = <usize>load<u32>(unit, 8);
    let at = unit + unitHead;
    const unitEnd = at + 16 * <usize>load<u32>(unit, 4);
    const point = load<v128>(place);
    const xy = f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(point), load<v128>(shift)));
    const z = f64x2.add(f64x2.promote_low_f32x4(i32x4.shuffle(point, point, 2, 3, 2, 3)), v128.load64_zero(shift, 16));
    v128.store64_lane(work, xy, 0);
    v128.store32_lane(work, f32x4.demote_f64x2_zero(z), 0, 8);
    if (measure.on()) memory.fill(work + sumsAt, 0, sumsBytes);
    let fx = i32x4.splat(0);
    let fy = i32x4.splat(0);
    let fz = i32x4.splat(0);
    while (at < unitEnd) {
      const chunkEnd = min(unitEnd, at + 16 * chunk);
      findGroups(work, at, chunkEnd, rooted);
      for (let found = work + foundAt; at < chunkEnd; found += foundBytes, at += 16) {
        const inverse = load<v128>(found, 48);
        const r = rooted ? load<v128>(found, 64) : inverse;
        const f = potential.slope(r, inverse, a, b, c, d, 0, 0);
        const dx = load<v128>(found);
        const dy = load<v128>(found, 16);
        const dz = load<v128>(found, 32);
        const gx = v.mul(f, dx);
        const gy = v.mul(f, dy);
        const gz = v.mul(f, dz);
        if (measure.on()) {
          const inside = v.gt(inverse, i32x4.splat(0));
          addVector(work + sumsAt, v128.and(inside, potential.energy(r, inverse, a, b, c, d, 0, 0)));
          addVector(work + sumsAt + 16, v.mul(gx, dx));
          addVector(work + sumsAt + 32, v.mul(gy, dy));
          addVector(work + sumsAt + 48, v.mul(gz, dz));
          addVector(work + sumsAt + 64, v.mul(gx, dy));
          addVector(work + sumsAt + 80, v.mul(gx, dz));
          addVector(work + sumsAt + 96, v.mul(gy, dz));
        }
        fx = v.add(gx, fx);
        fy = v.add(gy, fy);
        fz = v.add(gz, fz);
        const low = i32x4.shuffle(gx, gy, 0, 4, 1, 5);
        const high = i32x4.shuffle(gx, gy, 2, 6, 3, 7);
        subtract(results, at, i32x4.shuffle(low, gz, 0, 1, 4, 5));
        subtract(results, at + 4, i32x4.shuffle(low, gz, 2, 3, 5, 5));
        subtract(results, at + 8, i32x4.shuffle(high, gz, 0, 1, 6, 6));
        subtract(results, at + 12, i32x4.shuffle(high, gz, 2, 3, 7, 7));
      }
    }
    addOwn(results + place, fx, fy, fz);
    if (measure.on()) {
      energy += v.sum(load<v128>(work, sumsAt));
      for (let k: usize = 0; k < 6; k++) {
        store<f64>(virial + 8 * k, load<f64>(virial + 8 * k) + v.sum(load<v128>(work + 16 * k, sumsAt + 16)));
      }
    }
    unit = unitEnd;
  }
  if (measure.on()) part.energy = energy;
}

/** Adds the sums of the lanes of a force to the results of its particle. */
// @ts-ignore: decorator
@inline
function addOwn(at: usize, fx: v128, fy: v128, fz: v128): void {
  const xy = f32x4.add(i32x4.shuffle(fx, fy, 0, 4, 1, 5), i32x4.shuffle(fx, fy, 2, 6, 3, 7));
  const zz = f32x4.add(fz, i32x4.shuffle(fz, fz, 2, 3, 0, 1));
  const sum = f32x4.add(i32x4.shuffle(xy, zz, 0, 1, 4, 4), i32x4.shuffle(xy, zz, 2, 3, 5, 5));
  store<v128>(at, f32x4.add(load<v128>(at), sum));
}
