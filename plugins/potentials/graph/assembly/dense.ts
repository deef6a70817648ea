/** Operations on the sites of a range alone, in f32: a matrix is [output block][input][16]. */
import { points, rangeFirst } from '../../assembly/tiles';
import { blocks, energies, energyScale, madd, rangeAt, rangeBytes, species, stride, sum, weights } from './network';

export function zero(range: i32, out: usize): void {
  for (let block = 0; block < blocks; block++) memory.fill(out + block * stride() + rangeAt(range), 0, rangeBytes(range));
}

export function add(range: i32, out: usize, v: usize): void {
  for (let block = 0; block < blocks; block++) {
    const from = block * stride() + rangeAt(range), to = from + rangeBytes(range);
    for (let q = from; q < to; q += 16) v128.store(out + q, f32x4.add(v128.load(out + q), v128.load(v + q)));
  }
}

/** out_i = the row of the embedding. */
export function embed(range: i32, out: usize): void {
  for (let block = 0; block < blocks; block++)
    for (let i = rangeFirst(range); i < rangeFirst(range + 1); i++) {
      const row = weights + ((<usize>load<i32>(species + (<usize>i << 2)) * blocks + block) << 6);
      memory.copy(out + block * stride() + (<usize>i << 6), row, 64);
    }
}

export function addBias(range: i32, out: usize, bias: usize): void {
  for (let block = 0; block < blocks; block++) broadcast(range, out + block * stride(), weights + bias + (block << 6), true, 1);
}

export function broadcastOutput(range: i32, out: usize, output: usize): void {
  for (let block = 0; block < blocks; block++)
    broadcast(range, out + block * stride(), weights + output + (block << 6), false, <f32>energyScale);
}

// @ts-ignore: decorator
@inline
function broadcast(range: i32, out: usize, row: usize, adding: bool, factor: f32): void {
  const f = f32x4.splat(factor);
  const from = out + rangeAt(range), size = rangeBytes(range);
  for (let q: usize = 0; q < size; q += 16) {
    const v = f32x4.mul(f, v128.load(row + (q & 63)));
    v128.store(from + q, adding ? f32x4.add(v128.load(from + q), v) : v);
  }
}

/** out = v W: two sites and sixteen outputs at a time in registers. */
export function multiply(range: i32, out: usize, v: usize, matrix: usize): void {
  const from = rangeFirst(range), to = from + <i32>(rangeBytes(range) >> 6);
  for (let block = 0; block < blocks; block++)
    for (let i = from; i < to; i += 2) {
      let w = matrix + ((<usize>block * blocks) << 10);
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
      for (let input = 0; input < blocks; input++) {
        let x = v + input * stride() + (<usize>i << 6);
        const end = x + 64;
        while (x < end) {
          const p = v128.load32_splat(x), q = v128.load32_splat(x, 64);
          const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
          a0 = madd(a0, p, w0);
          a1 = madd(a1, p, w1);
          a2 = madd(a2, p, w2);
          a3 = madd(a3, p, w3);
          c0 = madd(c0, q, w0);
          c1 = madd(c1, q, w1);
          c2 = madd(c2, q, w2);
          c3 = madd(c3, q, w3);
          x += 4;
          w += 64;
        }
      }
      const o = out + block * stride() + (<usize>i << 6);
      v128.store(o, a0);
      v128.store(o, a1, 16);
      v128.store(o, a2, 32);
      v128.store(o, a3, 48);
      v128.store(o, c0, 64);
      v128.store(o, c1, 80);
      v128.store(o, c2, 96);
      v128.store(o, c3, 112);
    }
}

// ---- activation: (z + sqrt(z^2 + 4))/2 - 1 ----

// @ts-ignore: decorator
@inline
function root(z: v128): v128 {
  return f32x4.sqrt(madd(f32x4.splat(4), z, z));
}

// @ts-ignore: decorator
@inline
function activation(z: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.splat(0.5), f32x4.add(z, root(z))), f32x4.splat(1));
}

export function activate(range: i32, out: usize, z: usize): void {
  for (let block = 0; block < blocks; block++) {
    const from = block * stride() + rangeAt(range), to = from + rangeBytes(range);
    for (let q = from; q < to; q += 16) v128.store(out + q, activation(v128.load(z + q)));
  }
}

export function activationSlope(range: i32, out: usize, zs: usize, v: usize): void {
  const half = f32x4.splat(0.5);
  for (let block = 0; block < blocks; block++) {
    const from = block * stride() + rangeAt(range), to = from + rangeBytes(range);
    for (let q = from; q < to; q += 16) {
      const z = v128.load(zs + q);
      v128.store(out + q, f32x4.mul(madd(half, half, f32x4.div(z, root(z))), v128.load(v + q)));
    }
  }
}

export function addActivationCurvature(range: i32, out: usize, zs: usize, u: usize, v: usize): void {
  for (let block = 0; block < blocks; block++) {
    const from = block * stride() + rangeAt(range), to = from + rangeBytes(range);
    for (let q = from; q < to; q += 16) {
      const z = v128.load(zs + q);
      const s = root(z);
      const curvature = f32x4.div(f32x4.splat(2), f32x4.mul(s, f32x4.mul(s, s)));
      v128.store(out + q, madd(v128.load(out + q), curvature, f32x4.mul(v128.load(u + q), v128.load(v + q))));
    }
  }
}

/** The energy of a range. */
export function readout(range: i32, y: usize, output: usize): void {
  let energy: f64 = 0;
  for (let i = rangeFirst(range); i < rangeFirst(range + 1); i++) {
    let part = f32x4.splat(0);
    for (let block = 0; block < blocks; block++)
      for (let q: usize = 0; q < 64; q += 16) {
        const s = activation(v128.load(y + block * stride() + (<usize>i << 6) + q));
        part = madd(part, s, v128.load(weights + output + (block << 6) + q));
      }
    energy += <f64>sum(part);
  }
  store<f64>(energies + (<usize>range << 3), energyScale * energy);
}
