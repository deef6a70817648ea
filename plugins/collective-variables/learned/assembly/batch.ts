/**
 * Products of matrices with batches of points, and activations. An array of a layer is [unit][point] with `bytes` a unit, a multiple of 32;
 * a matrix is row-major [output][input]. Each operation exists in f32 and in f64.
 */
import { curvatureOf, slopeOf, valueOf } from './activations';

/** out = W x + b; b = 0 for none. */
function affine<T>(out: usize, x: usize, w: usize, b: usize, outputs: i32, inputs: i32, bytes: i32): void {
  const size = sizeof<T>();
  const row = <usize>inputs * size;
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const w0 = w + <usize>o * row;
    const w1 = w0 + row;
    const w2 = w1 + row;
    const w3 = w2 + row;
    const b0 = b ? v128.load_splat<T>(b + <usize>o * size) : v128.splat<T>(0);
    const b1 = b ? v128.load_splat<T>(b + <usize>(o + 1) * size) : v128.splat<T>(0);
    const b2 = b ? v128.load_splat<T>(b + <usize>(o + 2) * size) : v128.splat<T>(0);
    const b3 = b ? v128.load_splat<T>(b + <usize>(o + 3) * size) : v128.splat<T>(0);
    for (let l: i32 = 0; l < bytes; l += 32) {
      let c00 = b0, c01 = b0, c10 = b1, c11 = b1, c20 = b2, c21 = b2, c30 = b3, c31 = b3;
      let at = x + l;
      for (let k: usize = 0; k < row; k += size) {
        const x0 = v128.load(at);
        const x1 = v128.load(at, 16);
        at += bytes;
        const u0 = v128.load_splat<T>(w0 + k);
        c00 = v128.add<T>(c00, v128.mul<T>(u0, x0));
        c01 = v128.add<T>(c01, v128.mul<T>(u0, x1));
        const u1 = v128.load_splat<T>(w1 + k);
        c10 = v128.add<T>(c10, v128.mul<T>(u1, x0));
        c11 = v128.add<T>(c11, v128.mul<T>(u1, x1));
        const u2 = v128.load_splat<T>(w2 + k);
        c20 = v128.add<T>(c20, v128.mul<T>(u2, x0));
        c21 = v128.add<T>(c21, v128.mul<T>(u2, x1));
        const u3 = v128.load_splat<T>(w3 + k);
        c30 = v128.add<T>(c30, v128.mul<T>(u3, x0));
        c31 = v128.add<T>(c31, v128.mul<T>(u3, x1));
      }
      let to = out + <usize>(o * bytes + l);
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += bytes;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += bytes;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += bytes;
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
  for (; o < outputs; o++) {
    const w0 = w + <usize>o * row;
    const b0 = b ? v128.load_splat<T>(b + <usize>o * size) : v128.splat<T>(0);
    for (let l: i32 = 0; l < bytes; l += 32) {
      let c0 = b0, c1 = b0;
      let at = x + l;
      for (let k: usize = 0; k < row; k += size) {
        const u = v128.load_splat<T>(w0 + k);
        c0 = v128.add<T>(c0, v128.mul<T>(u, v128.load(at)));
        c1 = v128.add<T>(c1, v128.mul<T>(u, v128.load(at, 16)));
        at += bytes;
      }
      const to = out + <usize>(o * bytes + l);
      v128.store(to, c0);
      v128.store(to, c1, 16);
    }
  }
}

/** out = W^T g: four inputs at once, whose weights lie side by side. */
function transposed<T>(out: usize, g: usize, w: usize, outputs: i32, inputs: i32, bytes: i32): void {
  const size = sizeof<T>();
  const row = <usize>inputs * size;
  const end = w + <usize>outputs * row;
  let i = 0;
  for (; i + 4 <= inputs; i += 4) {
    for (let l: i32 = 0; l < bytes; l += 32) {
      let c00 = v128.splat<T>(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      let at = g + l;
      for (let u = w + <usize>i * size; u < end; u += row) {
        const x0 = v128.load(at);
        const x1 = v128.load(at, 16);
        at += bytes;
        const u0 = v128.load_splat<T>(u);
        c00 = v128.add<T>(c00, v128.mul<T>(u0, x0));
        c01 = v128.add<T>(c01, v128.mul<T>(u0, x1));
        const u1 = v128.load_splat<T>(u + size);
        c10 = v128.add<T>(c10, v128.mul<T>(u1, x0));
        c11 = v128.add<T>(c11, v128.mul<T>(u1, x1));
        const u2 = v128.load_splat<T>(u + 2 * size);
        c20 = v128.add<T>(c20, v128.mul<T>(u2, x0));
        c21 = v128.add<T>(c21, v128.mul<T>(u2, x1));
        const u3 = v128.load_splat<T>(u + 3 * size);
        c30 = v128.add<T>(c30, v128.mul<T>(u3, x0));
        c31 = v128.add<T>(c31, v128.mul<T>(u3, x1));
      }
      let to = out + <usize>(i * bytes + l);
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += bytes;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += bytes;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += bytes;
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
  for (; i < inputs; i++) {
    for (let l: i32 = 0; l < bytes; l += 32) {
      let c0 = v128.splat<T>(0), c1 = c0;
      let at = g + l;
      for (let u = w + <usize>i * size; u < end; u += row) {
        const u0 = v128.load_splat<T>(u);
        c0 = v128.add<T>(c0, v128.mul<T>(u0, v128.load(at)));
        c1 = v128.add<T>(c1, v128.mul<T>(u0, v128.load(at, 16)));
        at += bytes;
      }
      const to = out + <usize>(i * bytes + l);
      v128.store(to, c0);
      v128.store(to, c1, 16);
    }
  }
}

// @ts-ignore: decorator
@inline
function sum<T>(v: v128): T {
  if (sizeof<T>() == 4)
    return <T>(f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)));
  return <T>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1));
}

// @ts-ignore: decorator
@inline
function addTo<T>(at: usize, v: v128): void {
  store<T>(at, load<T>(at) + sum<T>(v));
}

/** W[o][i] += sum over points of g[o] x[i]. */
function outer<T>(w: usize, g: usize, x: usize, outputs: i32, inputs: i32, bytes: i32): void {
  const size = sizeof<T>();
  const row = <usize>inputs * size;
  let o = 0;
  for (; o + 2 <= outputs; o += 2) {
    const g0 = g + <usize>(o * bytes);
    const g1 = g0 + bytes;
    let at = w + <usize>o * row;
    let i = 0;
    for (; i + 4 <= inputs; i += 4) {
      let c00 = v128.splat<T>(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
      const x0 = x + <usize>(i * bytes);
      const x1 = x0 + bytes;
      const x2 = x1 + bytes;
      const x3 = x2 + bytes;
      for (let l: i32 = 0; l < bytes; l += 16) {
        const a = v128.load(g0 + l);
        const b = v128.load(g1 + l);
        const v0 = v128.load(x0 + l);
        c00 = v128.add<T>(c00, v128.mul<T>(a, v0));
        c10 = v128.add<T>(c10, v128.mul<T>(b, v0));
        const v1 = v128.load(x1 + l);
        c01 = v128.add<T>(c01, v128.mul<T>(a, v1));
        c11 = v128.add<T>(c11, v128.mul<T>(b, v1));
        const v2 = v128.load(x2 + l);
        c02 = v128.add<T>(c02, v128.mul<T>(a, v2));
        c12 = v128.add<T>(c12, v128.mul<T>(b, v2));
        const v3 = v128.load(x3 + l);
        c03 = v128.add<T>(c03, v128.mul<T>(a, v3));
        c13 = v128.add<T>(c13, v128.mul<T>(b, v3));
      }
      addTo<T>(at, c00);
      addTo<T>(at + size, c01);
      addTo<T>(at + 2 * size, c02);
      addTo<T>(at + 3 * size, c03);
      addTo<T>(at + row, c10);
      addTo<T>(at + row + size, c11);
      addTo<T>(at + row + 2 * size, c12);
      addTo<T>(at + row + 3 * size, c13);
      at += 4 * size;
    }
    for (; i < inputs; i++) {
      let c0 = v128.splat<T>(0), c1 = c0;
      const x0 = x + <usize>(i * bytes);
      for (let l: i32 = 0; l < bytes; l += 16) {
        const v = v128.load(x0 + l);
        c0 = v128.add<T>(c0, v128.mul<T>(v128.load(g0 + l), v));
        c1 = v128.add<T>(c1, v128.mul<T>(v128.load(g1 + l), v));
      }
      addTo<T>(at, c0);
      addTo<T>(at + row, c1);
      at += size;
    }
  }
  for (; o < outputs; o++) {
    const g0 = g + <usize>(o * bytes);
    for (let i = 0; i < inputs; i++) {
      let c = v128.splat<T>(0);
      const x0 = x + <usize>(i * bytes);
      for (let l: i32 = 0; l < bytes; l += 16) c = v128.add<T>(c, v128.mul<T>(v128.load(g0 + l), v128.load(x0 + l)));
      addTo<T>(w + <usize>o * row + <usize>i * size, c);
    }
  }
}

/** b[o] += sum over points of g[o]. */
function sums<T>(b: usize, g: usize, outputs: i32, bytes: i32): void {
  for (let o = 0; o < outputs; o++) {
    let c = v128.splat<T>(0);
    const g0 = g + <usize>(o * bytes);
    for (let l: i32 = 0; l < bytes; l += 16) c = v128.add<T>(c, v128.load(g0 + l));
    addTo<T>(b + <usize>o * sizeof<T>(), c);
  }
}

/** a = value and s = slope of the activation at z. */
function activate<T>(kind: i32, a: usize, s: usize, z: usize, bytes: i32): void {
  for (let l: i32 = 0; l < bytes; l += 16) {
    const value = valueOf<T>(kind, v128.load(z + l));
    v128.store(a + l, value);
    v128.store(s + l, slopeOf<T>(kind, value));
  }
}

/** out = x y, number by number. */
function multiply<T>(out: usize, x: usize, y: usize, bytes: i32): void {
  for (let l: i32 = 0; l < bytes; l += 16) v128.store(out + l, v128.mul<T>(v128.load(x + l), v128.load(y + l)));
}

/** out += x */
function accumulate<T>(out: usize, x: usize, bytes: i32): void {
  for (let l: i32 = 0; l < bytes; l += 16) v128.store(out + l, v128.add<T>(v128.load(out + l), v128.load(x + l)));
}

/** Reverse of the tangent t' = s t: the cotangent c of t' gives c s for t (in place) and adds c t curvature to that of z. */
function reverseTangent<T>(kind: i32, zBar: usize, c: usize, t: usize, a: usize, s: usize, bytes: i32): void {
  for (let l: i32 = 0; l < bytes; l += 16) {
    const bar = v128.load(c + l);
    const slope = v128.load(s + l);
    const bend = curvatureOf<T>(kind, v128.load(a + l), slope);
    v128.store(zBar + l, v128.add<T>(v128.load(zBar + l), v128.mul<T>(v128.mul<T>(bar, v128.load(t + l)), bend)));
    v128.store(c + l, v128.mul<T>(bar, slope));
  }
}

/** r[i] = sum_j G[i][j] g[j] with a matrix a point: G is [i][j][point]. */
function metric<T>(r: usize, matrix: usize, g: usize, size: i32, bytes: i32): void {
  let at = matrix;
  for (let i = 0; i < size; i++) {
    const to = r + <usize>(i * bytes);
    memory.fill(to, 0, bytes);
    for (let j = 0; j < size; j++) {
      const from = g + <usize>(j * bytes);
      for (let l: i32 = 0; l < bytes; l += 16)
        v128.store(to + l, v128.add<T>(v128.load(to + l), v128.mul<T>(v128.load(at + l), v128.load(from + l))));
      at += bytes;
    }
  }
}

export function affine32(out: usize, x: usize, w: usize, b: usize, outputs: i32, inputs: i32, bytes: i32): void {
  affine<f32>(out, x, w, b, outputs, inputs, bytes);
}
export function affine64(out: usize, x: usize, w: usize, b: usize, outputs: i32, inputs: i32, bytes: i32): void {
  affine<f64>(out, x, w, b, outputs, inputs, bytes);
}
export function transposed32(out: usize, g: usize, w: usize, outputs: i32, inputs: i32, bytes: i32): void {
  transposed<f32>(out, g, w, outputs, inputs, bytes);
}
export function transposed64(out: usize, g: usize, w: usize, outputs: i32, inputs: i32, bytes: i32): void {
  transposed<f64>(out, g, w, outputs, inputs, bytes);
}
export function outer32(w: usize, g: usize, x: usize, outputs: i32, inputs: i32, bytes: i32): void {
  outer<f32>(w, g, x, outputs, inputs, bytes);
}
export function outer64(w: usize, g: usize, x: usize, outputs: i32, inputs: i32, bytes: i32): void {
  outer<f64>(w, g, x, outputs, inputs, bytes);
}
export function sums32(b: usize, g: usize, outputs: i32, bytes: i32): void {
  sums<f32>(b, g, outputs, bytes);
}
export function sums64(b: usize, g: usize, outputs: i32, bytes: i32): void {
  sums<f64>(b, g, outputs, bytes);
}
export function activate32(kind: i32, a: usize, s: usize, z: usize, bytes: i32): void {
  if (kind == 1) activate<f32>(1, a, s, z, bytes);
  else activate<f32>(kind, a, s, z, bytes);
}
export function activate64(kind: i32, a: usize, s: usize, z: usize, bytes: i32): void {
  if (kind == 1) activate<f64>(1, a, s, z, bytes);
  else activate<f64>(kind, a, s, z, bytes);
}
export function multiply32(out: usize, x: usize, y: usize, bytes: i32): void {
  multiply<f32>(out, x, y, bytes);
}
export function multiply64(out: usize, x: usize, y: usize, bytes: i32): void {
  multiply<f64>(out, x, y, bytes);
}
export function accumulate32(out: usize, x: usize, bytes: i32): void {
  accumulate<f32>(out, x, bytes);
}
export function accumulate64(out: usize, x: usize, bytes: i32): void {
  accumulate<f64>(out, x, bytes);
}
export function reverseTangent32(kind: i32, zBar: usize, c: usize, t: usize, a: usize, s: usize, bytes: i32): void {
  reverseTangent<f32>(kind, zBar, c, t, a, s, bytes);
}
export function reverseTangent64(kind: i32, zBar: usize, c: usize, t: usize, a: usize, s: usize, bytes: i32): void {
  reverseTangent<f64>(kind, zBar, c, t, a, s, bytes);
}
export function metric32(r: usize, matrix: usize, g: usize, size: i32, bytes: i32): void {
  metric<f32>(r, matrix, g, size, bytes);
}
export function metric64(r: usize, matrix: usize, g: usize, size: i32, bytes: i32): void {
  metric<f64>(r, matrix, g, size, bytes);
}
