/**
 * Optimal superposition of points on a reference, all of one weight, and the derivative of what follows from it, in f64: what
 * `math/alignment.ts` does in plain loops. Rows of coordinates (all x, all y, all z) are padded to pairs.
 *
 * The largest eigenvalue of the 4 x 4 matrix K of correlations is the largest root of its characteristic polynomial
 * l^4 - 2 |C|^2 l^2 - 8 det C l + |C|^4 - 4 |cof C|^2, found from above, by Householder's method of third order (with Newton's: Theobald, Acta Cryst. A 61, 478, 2005; the last coefficient is the
 * product of the four eigenvalues +-s1 +-s2 +-s3 in singular values of C); the quaternion is a column of adj(l - K). Where two roots nearly meet
 * Jacobi's rotations take over.
 */
import {
  blockAligned, blockAtoms, blockCentred, blockEigenvalue, blockFactors, blockGradient, blockGradientRows, blockKey, blockPoints, blockQuaternion, blockReference, blockRotation, blockRow,
  blockShare, blockSlopes, blockSpread, blockWork,
} from './alignment-layout';
import { eigen4 } from './eigen4';

/** Least product of the distances to the other roots, in cubes of the root, for which the quaternion is taken from the adjugate: it is then good to 1e-12. */
const leastGap: f64 = 0.01;
const iterations = 30;

// @ts-ignore: decorator
@inline
function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(c, f64x2.mul(a, b));
}

/** Writes centred and aligned rows, and everything that `pullBackPoints` needs. */
export function alignPoints(block: usize): void {
  const row = <usize>load<i32>(block, blockRow);
  centre(block, row);
  const v = <usize>load<i32>(block, blockCentred);
  const y = <usize>load<i32>(block, blockReference);
  let xx = f64x2.splat(0), xy = xx, xz = xx, yx = xx, yy = xx, yz = xx, zx = xx, zy = xx, zz = xx, square = xx;
  for (let o: usize = 0; o < row; o += 16) {
    const p = v128.load(y + o), q = v128.load(y + o + row), r = v128.load(y + o + 2 * row);
    const a = v128.load(v + o), b = v128.load(v + o + row), c = v128.load(v + o + 2 * row);
    xx = madd(a, p, xx);
    xy = madd(a, q, xy);
    xz = madd(a, r, xz);
    yx = madd(b, p, yx);
    yy = madd(b, q, yy);
    yz = madd(b, r, yz);
    zx = madd(c, p, zx);
    zy = madd(c, q, zy);
    zz = madd(c, r, zz);
    square = f64x2.add(square, madd(a, a, madd(b, b, f64x2.mul(c, c))));
  }
  turn(block, total(xx), total(xy), total(xz), total(yx), total(yy), total(yz), total(zx), total(zy), total(zz), total(square));
  const u = <usize>load<i32>(block, blockAligned);
  const m = block + blockRotation;
  for (let k: usize = 0; k < 3; k++) {
    const r0 = v128.load_splat<f64>(m + 24 * k), r1 = v128.load_splat<f64>(m + 24 * k, 8), r2 = v128.load_splat<f64>(m + 24 * k, 16);
    const to = u + k * row;
    for (let o: usize = 0; o < row; o += 16)
      v128.store(to + o, madd(r0, v128.load(v + o), madd(r1, v128.load(v + o + row), f64x2.mul(r2, v128.load(v + o + 2 * row)))));
  }
}

/** Rows about the mean of their atoms; padding stays zero. */
function centre(block: usize, row: usize): void {
  const atoms = load<i32>(block, blockAtoms);
  const share = load<f64>(block, blockShare);
  const x = <usize>load<i32>(block, blockPoints);
  const v = <usize>load<i32>(block, blockCentred);
  for (let at: usize = 0; at < 3 * row; at += row) {
    let sum = f64x2.splat(0);
    for (let o: usize = 0; o < row; o += 16) sum = f64x2.add(sum, v128.load(x + at + o));
    const mean = f64x2.splat(total(sum) * share);
    for (let o: usize = 0; o < row; o += 16) v128.store(v + at + o, f64x2.sub(v128.load(x + at + o), mean));
    if (atoms & 1) store<f64>(v + at + row - 8, 0);
  }
}

/** Key matrix, eigenvalue, quaternion and rotation from the correlations C[m][n] = sum x[m] y[n]. */
function turn(block: usize, xx: f64, xy: f64, xz: f64, yx: f64, yy: f64, yz: f64, zx: f64, zy: f64, zz: f64, square: f64): void {
  const k00 = xx + yy + zz, k11 = xx - yy - zz, k22 = yy - xx - zz, k33 = zz - xx - yy;
  const k01 = yz - zy, k02 = zx - xz, k03 = xy - yx, k12 = xy + yx, k13 = zx + xz, k23 = yz + zy;
  const key = block + blockKey;
  store<f64>(key, k00);
  store<f64>(key, k11, 40);
  store<f64>(key, k22, 80);
  store<f64>(key, k33, 120);
  symmetric(key, 1, 4, k01);
  symmetric(key, 2, 8, k02);
  symmetric(key, 3, 12, k03);
  symmetric(key, 6, 9, k12);
  symmetric(key, 7, 13, k13);
  symmetric(key, 11, 14, k23);
  const c0 = yy * zz - yz * zy, c1 = yz * zx - yx * zz, c2 = yx * zy - yy * zx;
  const c3 = xz * zy - xy * zz, c4 = xx * zz - xz * zx, c5 = xy * zx - xx * zy;
  const c6 = xy * yz - xz * yy, c7 = xz * yx - xx * yz, c8 = xx * yy - xy * yx;
  const norm = xx * xx + xy * xy + xz * xz + (yx * yx + yy * yy + yz * yz) + (zx * zx + zy * zy + zz * zz);
  const cofactors = c0 * c0 + c1 * c1 + c2 * c2 + (c3 * c3 + c4 * c4 + c5 * c5) + (c6 * c6 + c7 * c7 + c8 * c8);
  const a2 = -2 * norm;
  const a1 = -8 * (xx * c0 + xy * c1 + xz * c2);
  const a0 = norm * norm - 4 * cofactors;
  // By Cauchy and Schwarz no root is larger; from there no step goes beyond the largest, since all are real.
  let l = 0.5 * (square + load<f64>(block, blockSpread));
  let slope: f64 = 0;
  let found = false;
  for (let i = 0; i < iterations && !found; i++) {
    const l2 = l * l;
    const b = (l2 + a2) * l;
    const a = b + a1;
    const value = a * l + a0;
    slope = 2 * l2 * l + b + a;
    const half = 6 * l2 + a2;
    const square = slope * slope;
    const step = (value * (square - value * half)) / (slope * (square - 2 * value * half) + 4 * (value * value) * l);
    l -= step;
    // The error after a step is its fourth power over the cube of the distance to the next root.
    found = Math.abs(step) <= 1e-5 * l;
  }
  if (found && slope > leastGap * l * l * l) {
    store<f64>(block, l, blockEigenvalue);
    quaternion(block, l - k00, l - k11, l - k22, l - k33, -k01, -k02, -k03, -k12, -k13, -k23);
  } else {
    const work = block + blockWork;
    memory.copy(work, key, 128);
    eigen4(work, work + 128, block + blockEigenvalue);
  }
  rotation(block);
  factorise(block);
}

// @ts-ignore: decorator
@inline
function symmetric(key: usize, i: usize, j: usize, value: f64): void {
  store<f64>(key + 8 * i, value);
  store<f64>(key + 8 * j, value);
}

/** The column with the largest diagonal element of the adjugate of a symmetric matrix of rank 3, to length 1. */
function quaternion(block: usize, b00: f64, b11: f64, b22: f64, b33: f64, b01: f64, b02: f64, b03: f64, b12: f64, b13: f64, b23: f64): void {
  // Minors of the first two rows and of the last two, by columns.
  const s01 = b00 * b11 - b01 * b01, s02 = b00 * b12 - b02 * b01, s03 = b00 * b13 - b03 * b01;
  const s12 = b01 * b12 - b02 * b11, s13 = b01 * b13 - b03 * b11, s23 = b02 * b13 - b03 * b12;
  const t02 = b02 * b23 - b22 * b03, t03 = b02 * b33 - b23 * b03;
  const t12 = b12 * b23 - b22 * b13, t13 = b12 * b33 - b23 * b13, t23 = b22 * b33 - b23 * b23;
  const a00 = b11 * t23 - b12 * t13 + b13 * t12, a11 = b00 * t23 - b02 * t03 + b03 * t02;
  const a22 = b03 * s13 - b13 * s03 + b33 * s01, a33 = b02 * s12 - b12 * s02 + b22 * s01;
  const a01 = b02 * t13 - b01 * t23 - b03 * t12, a02 = b13 * s23 - b23 * s13 + b33 * s12, a03 = b22 * s13 - b12 * s23 - b23 * s12;
  const a12 = b23 * s03 - b03 * s23 - b33 * s02, a13 = b02 * s23 - b22 * s03 + b23 * s02, a23 = b12 * s03 - b02 * s13 - b23 * s01;
  let w = a00, x = a01, y = a02, z = a03, largest = a00;
  if (a11 > largest) {
    w = a01, x = a11, y = a12, z = a13, largest = a11;
  }
  if (a22 > largest) {
    w = a02, x = a12, y = a22, z = a23, largest = a22;
  }
  if (a33 > largest) {
    w = a03, x = a13, y = a23, z = a33;
  }
  const scale = 1 / Math.sqrt(w * w + x * x + y * y + z * z);
  const q = block + blockQuaternion;
  store<f64>(q, scale * w);
  store<f64>(q, scale * x, 8);
  store<f64>(q, scale * y, 16);
  store<f64>(q, scale * z, 24);
}

function rotation(block: usize): void {
  const q = block + blockQuaternion;
  const w = load<f64>(q), x = load<f64>(q, 8), y = load<f64>(q, 16), z = load<f64>(q, 24);
  const m = block + blockRotation;
  store<f64>(m, w * w + x * x - y * y - z * z);
  store<f64>(m, 2 * (x * y - w * z), 8);
  store<f64>(m, 2 * (x * z + w * y), 16);
  store<f64>(m, 2 * (x * y + w * z), 24);
  store<f64>(m, w * w - x * x + y * y - z * z, 32);
  store<f64>(m, 2 * (y * z - w * x), 40);
  store<f64>(m, 2 * (x * z - w * y), 48);
  store<f64>(m, 2 * (y * z + w * x), 56);
  store<f64>(m, w * w - x * x - y * y + z * z, 64);
}

/** From rows of `slopes`, the derivative of something by the aligned points, to `gradient`, by the points of the last `alignPoints`. */
export function pullBackPoints(block: usize): void {
  const row = <usize>load<i32>(block, blockRow);
  const g = <usize>load<i32>(block, blockSlopes);
  const v = <usize>load<i32>(block, blockCentred);
  // G[m][n] = sum g[m] v[n]: by the rotation matrix.
  let xx = f64x2.splat(0), xy = xx, xz = xx, yx = xx, yy = xx, yz = xx, zx = xx, zy = xx, zz = xx, gx = xx, gy = xx, gz = xx;
  for (let o: usize = 0; o < row; o += 16) {
    const a = v128.load(g + o), b = v128.load(g + o + row), c = v128.load(g + o + 2 * row);
    const p = v128.load(v + o), q = v128.load(v + o + row), r = v128.load(v + o + 2 * row);
    xx = madd(a, p, xx);
    xy = madd(a, q, xy);
    xz = madd(a, r, xz);
    yx = madd(b, p, yx);
    yy = madd(b, q, yy);
    yz = madd(b, r, yz);
    zx = madd(c, p, zx);
    zy = madd(c, q, zy);
    zz = madd(c, r, zz);
    gx = f64x2.add(gx, a);
    gy = f64x2.add(gy, b);
    gz = f64x2.add(gz, c);
  }
  byCorrelations(block, total(xx), total(xy), total(xz), total(yx), total(yy), total(yz), total(zx), total(zy), total(zz));
  const share = v128.load_splat<f64>(block, blockShare);
  const mx = f64x2.mul(share, f64x2.splat(total(gx))), my = f64x2.mul(share, f64x2.splat(total(gy))), mz = f64x2.mul(share, f64x2.splat(total(gz)));
  const y = <usize>load<i32>(block, blockReference);
  const rows = <usize>load<i32>(block, blockGradientRows);
  const m = block + blockRotation;
  const k = block + blockWork;
  // The centre moves with every point by its share, which leaves the mean out of all slopes; the reference has none.
  for (let c: usize = 0; c < 3; c++) {
    const r0 = v128.load_splat<f64>(m + 8 * c), r1 = v128.load_splat<f64>(m + 8 * c, 24), r2 = v128.load_splat<f64>(m + 8 * c, 48);
    const k0 = v128.load_splat<f64>(k + 24 * c), k1 = v128.load_splat<f64>(k + 24 * c, 8), k2 = v128.load_splat<f64>(k + 24 * c, 16);
    const to = rows + c * row;
    for (let o: usize = 0; o < row; o += 16) {
      const turned = madd(r0, f64x2.sub(v128.load(g + o), mx), madd(r1, f64x2.sub(v128.load(g + o + row), my), f64x2.mul(r2, f64x2.sub(v128.load(g + o + 2 * row), mz))));
      const moved = madd(k0, v128.load(y + o), madd(k1, v128.load(y + o + row), f64x2.mul(k2, v128.load(y + o + 2 * row))));
      v128.store(to + o, f64x2.add(turned, moved));
    }
  }
  let out = <usize>load<i32>(block, blockGradient);
  for (let o: usize = 0; o < row; o += 16, out += 48) {
    const x = v128.load(rows + o), y = v128.load(rows + o + row), z = v128.load(rows + o + 2 * row);
    v128.store(out, v128.shuffle<f64>(x, y, 0, 2));
    v128.store(out, v128.shuffle<f64>(z, x, 0, 3), 16);
    v128.store(out, v128.shuffle<f64>(y, z, 1, 3), 32);
  }
}

/**
 * l - K + l q q^T = L D L^T with the eigenvalue l and its quaternion q, for `byCorrelations`: there it would stand in the way, here it is done
 * beside what comes next.
 */
function factorise(block: usize): void {
  const q = block + blockQuaternion;
  const w = load<f64>(q), x = load<f64>(q, 8), y = load<f64>(q, 16), z = load<f64>(q, 24);
  const key = block + blockKey;
  const l = load<f64>(block, blockEigenvalue);
  const lw = l * w, lx = l * x, ly = l * y, lz = l * z;
  const m00 = l - load<f64>(key) + lw * w, m10 = lw * x - load<f64>(key, 8), m20 = lw * y - load<f64>(key, 16), m30 = lw * z - load<f64>(key, 24);
  const m11 = l - load<f64>(key, 40) + lx * x, m21 = lx * y - load<f64>(key, 48), m31 = lx * z - load<f64>(key, 56);
  const m22 = l - load<f64>(key, 80) + ly * y, m32 = ly * z - load<f64>(key, 88);
  const m33 = l - load<f64>(key, 120) + lz * z;
  const i0 = 1 / m00;
  const l10 = m10 * i0, l20 = m20 * i0, l30 = m30 * i0;
  const i1 = 1 / (m11 - l10 * m10);
  const n21 = m21 - l20 * m10, n31 = m31 - l30 * m10;
  const l21 = n21 * i1, l31 = n31 * i1;
  const i2 = 1 / (m22 - l20 * m20 - l21 * n21);
  const n32 = m32 - l30 * m20 - l31 * n21;
  const l32 = n32 * i2;
  const f = block + blockFactors;
  store<f64>(f, l10);
  store<f64>(f, l20, 8);
  store<f64>(f, l30, 16);
  store<f64>(f, l21, 24);
  store<f64>(f, l31, 32);
  store<f64>(f, l32, 40);
  store<f64>(f, i0, 48);
  store<f64>(f, i1, 56);
  store<f64>(f, i2, 64);
  store<f64>(f, 1 / (m33 - l30 * m30 - l31 * n31 - l32 * n32), 72);
}

/**
 * Leaves in the work space the derivative of sum g . aligned by the correlations, through the quaternion: q changes with K by
 * (l - K)^+ dK q, so u = (l - K)^+ dL/dq gives dL/dK = u q^T; u solves (l - K + l q q^T) u = dL/dq - q (q . dL/dq).
 */
function byCorrelations(block: usize, xx: f64, xy: f64, xz: f64, yx: f64, yy: f64, yz: f64, zx: f64, zy: f64, zz: f64): void {
  const q = block + blockQuaternion;
  const w = load<f64>(q), x = load<f64>(q, 8), y = load<f64>(q, 16), z = load<f64>(q, 24);
  let h0 = 2 * (w * (xx + yy + zz) + x * (zy - yz) + y * (xz - zx) + z * (yx - xy));
  let h1 = 2 * (x * (xx - yy - zz) + y * (xy + yx) + z * (xz + zx) + w * (zy - yz));
  let h2 = 2 * (y * (yy - xx - zz) + x * (xy + yx) + z * (yz + zy) + w * (xz - zx));
  let h3 = 2 * (z * (zz - xx - yy) + x * (xz + zx) + y * (yz + zy) + w * (yx - xy));
  const along = w * h0 + x * h1 + y * h2 + z * h3;
  h0 -= along * w;
  h1 -= along * x;
  h2 -= along * y;
  h3 -= along * z;
  const f = block + blockFactors;
  const l10 = load<f64>(f), l20 = load<f64>(f, 8), l30 = load<f64>(f, 16), l21 = load<f64>(f, 24), l31 = load<f64>(f, 32), l32 = load<f64>(f, 40);
  h1 -= l10 * h0;
  h2 -= l20 * h0 + l21 * h1;
  h3 -= l30 * h0 + l31 * h1 + l32 * h2;
  const u3 = h3 * load<f64>(f, 72);
  const u2 = h2 * load<f64>(f, 64) - l32 * u3;
  const u1 = h1 * load<f64>(f, 56) - (l21 * u2 + l31 * u3);
  const u0 = h0 * load<f64>(f, 48) - (l10 * u1 + l20 * u2 + l30 * u3);
  const k = block + blockWork;
  store<f64>(k, u0 * w + u1 * x - u2 * y - u3 * z);
  store<f64>(k, u0 * w - u1 * x + u2 * y - u3 * z, 32);
  store<f64>(k, u0 * w - u1 * x - u2 * y + u3 * z, 64);
  const a = u0 * x + u1 * w, b = u0 * y + u2 * w, c = u0 * z + u3 * w;
  const d = u1 * y + u2 * x, e = u1 * z + u3 * x, g = u2 * z + u3 * y;
  store<f64>(k, d + c, 8);
  store<f64>(k, d - c, 24);
  store<f64>(k, e - b, 16);
  store<f64>(k, e + b, 48);
  store<f64>(k, g + a, 40);
  store<f64>(k, g - a, 56);
}
