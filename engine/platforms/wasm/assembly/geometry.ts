/** What the bonded kernels share: two tuples side by side in the lanes of f64 vectors, their minimum images, and their forces' way home. */
import { tableWidth } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { ax, bx, by, cx, cy, cz, inverseX, inverseY, inverseZ } from './state';
import { Double } from './vector';

/** The number at `a + offset` in the first lane, that at `b + offset` in the second. */
// @ts-ignore: decorator
@inline
export function both(a: usize, b: usize, offset: usize): v128 {
  return v128.load_lane<f64>(b + offset, v128.load_zero<f64>(a + offset), 1);
}

/** Work space of this thread: the vectors of `wrap` and `interpolate`. */
let work: usize = 0;

export function bondedWork(): usize {
  if (work == 0) work = allocate(64);
  return work;
}

/** Whether a difference is longer than half of the cell in some direction. Never so with open boundaries, where the inverses are 0. */
// @ts-ignore: decorator
@inline
export function far(dx: v128, dy: v128, dz: v128): bool {
  const v = changetype<Double>(0);
  const x = f64x2.abs(v.mul(dx, v.splat(inverseX)));
  const y = f64x2.abs(v.mul(dy, v.splat(inverseY)));
  const z = f64x2.abs(v.mul(dz, v.splat(inverseZ)));
  return v128.any_true(v.gt(v.max(z, v.max(x, y)), v.splat(0.5)));
}

const rounder: f64 = 6755399441055744;

/** The minimum images of difference vectors, to the work space. */
export function wrap(dx: v128, dy: v128, dz: v128): void {
  const v = changetype<Double>(0);
  const round = v.splat(rounder);
  const nz = v.sub(v.add(v.mul(dz, v.splat(inverseZ)), round), round);
  dz = v.sub(dz, v.mul(nz, v.splat(cz)));
  dy = v.sub(dy, v.mul(nz, v.splat(cy)));
  dx = v.sub(dx, v.mul(nz, v.splat(cx)));
  const ny = v.sub(v.add(v.mul(dy, v.splat(inverseY)), round), round);
  dy = v.sub(dy, v.mul(ny, v.splat(by)));
  dx = v.sub(dx, v.mul(ny, v.splat(bx)));
  const nx = v.sub(v.add(v.mul(dx, v.splat(inverseX)), round), round);
  store<v128>(work, v.sub(dx, v.mul(nx, v.splat(ax))));
  store<v128>(work, dy, 16);
  store<v128>(work, dz, 32);
}

// @ts-ignore: decorator
@inline
export function dot(ux: v128, uy: v128, uz: v128, vx: v128, vy: v128, vz: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(ux, vx), f64x2.mul(uy, vy)), f64x2.mul(uz, vz));
}

// @ts-ignore: decorator
@inline
function addForce(at: usize, xy: v128, z: f64): void {
  store<v128>(at, f64x2.add(load<v128>(at), xy));
  store<f64>(at, load<f64>(at, 16) + z, 16);
}

/** Adds the first lanes to the force at `a`, then, where there are `two` tuples, the second lanes to that at `b`. */
// @ts-ignore: decorator
@inline
export function addForces(a: usize, b: usize, two: bool, x: v128, y: v128, z: v128): void {
  addForce(a, i64x2.shuffle(x, y, 0, 2), f64x2.extract_lane(z, 0));
  if (two) addForce(b, i64x2.shuffle(x, y, 1, 3), f64x2.extract_lane(z, 1));
}

/** The sum of the lanes that stand for tuples. */
// @ts-ignore: decorator
@inline
export function sumOf(x: v128, two: bool): f64 {
  return two ? f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1) : f64x2.extract_lane(x, 0);
}

/** Adds r (x) f of the forces on the ends of vectors to a virial. */
export function addStretch(virial: usize, two: bool, x: v128, y: v128, z: v128, fx: v128, fy: v128, fz: v128): void {
  add(virial, sumOf(f64x2.mul(x, fx), two));
  add(virial + 8, sumOf(f64x2.mul(y, fy), two));
  add(virial + 16, sumOf(f64x2.mul(z, fz), two));
  add(virial + 24, sumOf(f64x2.mul(x, fy), two));
  add(virial + 32, sumOf(f64x2.mul(x, fz), two));
  add(virial + 40, sumOf(f64x2.mul(y, fz), two));
}

// @ts-ignore: decorator
@inline
function add(at: usize, x: f64): void {
  store<f64>(at, load<f64>(at) + x);
}

/**
 * Tables of cubics, cell 0 left of the first node and the last cell beyond the last one; parameters are the address of the table, the
 * first node, the spacing and the number of the last cell. Value and derivative go to the work space.
 */
export function interpolate(x: v128, p: usize, q: usize): void {
  cubic(f64x2.extract_lane(x, 0), p, work);
  cubic(f64x2.extract_lane(x, 1), q, work + 8);
}

// @ts-ignore: decorator
@inline
function cubic(x: f64, p: usize, to: usize): void {
  const spacing = load<f64>(p, 16);
  const u = (x - load<f64>(p, 8)) / spacing + 1;
  const m = Math.max(0, Math.min(load<f64>(p, 24), Math.floor(u)));
  const t = u - m;
  const at = <usize>load<f64>(p) + <usize>(<i32>m) * (tableWidth * 8);
  const c1 = load<f64>(at, 8);
  const c2 = load<f64>(at, 16);
  const c3 = load<f64>(at, 24);
  store<f64>(to, load<f64>(at) + t * (c1 + t * (c2 + t * c3)));
  store<f64>(to, (c1 + t * (2 * c2 + 3 * t * c3)) / spacing, 16);
}

/** The angle in [0, pi] with this sine (not negative) and cosine, to the last bits: atan of a ratio below tan(pi/8), then reflections. */
// @ts-ignore: decorator
@inline
export function angleOf(sine: v128, cosine: v128): v128 {
  const v = changetype<Double>(0);
  const side = f64x2.abs(cosine);
  const a = v.min(sine, side);
  const b = v.max(sine, side);
  const turned = v.gt(a, v.mul(v.splat(0.4142135623730951), b));
  const q = v.div(v128.bitselect(v.sub(a, b), a, turned), v128.bitselect(v.add(a, b), b, turned));
  const z = v.mul(q, q);
  const w = v.mul(z, z);
  let even = v.add(v.splat(-0.04103887546862687), v.mul(w, v.splat(-0.013905374533113234)));
  even = v.add(v.splat(-0.05258020272656758), v.mul(w, even));
  even = v.add(v.splat(-0.06666641869131183), v.mul(w, even));
  even = v.add(v.splat(-0.0909090906681608), v.mul(w, even));
  even = v.add(v.splat(-0.1428571428571149), v.mul(w, even));
  even = v.add(v.splat(-0.3333333333333333), v.mul(w, even));
  let odd = v.add(v.splat(0.04719259188242093), v.mul(w, v.splat(0.030622995553735516)));
  odd = v.add(v.splat(0.058819230561140225), v.mul(w, odd));
  odd = v.add(v.splat(0.07692306729194896), v.mul(w, odd));
  odd = v.add(v.splat(0.11111111110751482), v.mul(w, odd));
  odd = v.add(v.splat(0.19999999999999993), v.mul(w, odd));
  let angle = v.add(q, v.mul(v.mul(q, z), v.add(even, v.mul(z, odd))));
  angle = v.add(angle, v128.and(turned, v.splat(0.7853981633974483)));
  angle = v128.bitselect(v.sub(v.splat(1.5707963267948966), angle), angle, v.gt(sine, side));
  return v128.bitselect(v.sub(v.splat(3.141592653589793), angle), angle, v.gt(v.splat(0), cosine));
}
