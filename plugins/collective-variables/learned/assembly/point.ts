/**
 * A dense network at one point, in f64: value and derivative of each output. Matrices are row-major [input][output] with rows padded to an even
 * number of outputs and filled with zeros, so that vectors run over outputs forwards, and over nothing but loads backwards.
 */
import { slopeOf, valueOf } from './activations';

/** out = b + x W for one layer, W [input][output], two outputs a vector. */
function layer(out: usize, x: usize, w: usize, b: usize, inputs: i32, bytes: i32): void {
  let o = 0;
  for (; o + 160 <= bytes; o += 160) {
    let c0 = v128.load(b + o), c1 = v128.load(b + o, 16), c2 = v128.load(b + o, 32), c3 = v128.load(b + o, 48), c4 = v128.load(b + o, 64);
    let c5 = v128.load(b + o, 80), c6 = v128.load(b + o, 96), c7 = v128.load(b + o, 112), c8 = v128.load(b + o, 128), c9 = v128.load(b + o, 144);
    let at = w + o;
    const end = x + ((<usize>inputs) << 3);
    for (let p = x; p < end; p += 8) {
      const u = v128.load_splat<f64>(p);
      c0 = f64x2.add(c0, f64x2.mul(u, v128.load(at)));
      c1 = f64x2.add(c1, f64x2.mul(u, v128.load(at, 16)));
      c2 = f64x2.add(c2, f64x2.mul(u, v128.load(at, 32)));
      c3 = f64x2.add(c3, f64x2.mul(u, v128.load(at, 48)));
      c4 = f64x2.add(c4, f64x2.mul(u, v128.load(at, 64)));
      c5 = f64x2.add(c5, f64x2.mul(u, v128.load(at, 80)));
      c6 = f64x2.add(c6, f64x2.mul(u, v128.load(at, 96)));
      c7 = f64x2.add(c7, f64x2.mul(u, v128.load(at, 112)));
      c8 = f64x2.add(c8, f64x2.mul(u, v128.load(at, 128)));
      c9 = f64x2.add(c9, f64x2.mul(u, v128.load(at, 144)));
      at += bytes;
    }
    v128.store(out + o, c0);
    v128.store(out + o, c1, 16);
    v128.store(out + o, c2, 32);
    v128.store(out + o, c3, 48);
    v128.store(out + o, c4, 64);
    v128.store(out + o, c5, 80);
    v128.store(out + o, c6, 96);
    v128.store(out + o, c7, 112);
    v128.store(out + o, c8, 128);
    v128.store(out + o, c9, 144);
  }
  for (; o < bytes; o += 16) {
    let even = v128.load(b + o);
    let odd = f64x2.splat(0);
    let at = w + o;
    let i = 0;
    for (; i + 2 <= inputs; i += 2) {
      const p = x + ((<usize>i) << 3);
      even = f64x2.add(even, f64x2.mul(v128.load_splat<f64>(p), v128.load(at)));
      odd = f64x2.add(odd, f64x2.mul(v128.load_splat<f64>(p, 8), v128.load(at + bytes)));
      at += bytes << 1;
    }
    if (i < inputs) even = f64x2.add(even, f64x2.mul(v128.load_splat<f64>(x + ((<usize>i) << 3)), v128.load(at)));
    v128.store(out + o, f64x2.add(even, odd));
  }
}

/**
 * Value of a network and the derivative of each output by each input.
 * @param description i32: number of layers; then for each layer kind of activation, inputs, and addresses of W, b, the transposed matrix
 *   [output][input padded], zeros as long as a row of it, values, slopes
 * @param input f64; @param outputs how many; @param gradient f64 [output][padded inputs of the first layer]
 * @param scratch two rows of the widest layer
 */
export function evaluatePoint(description: usize, input: usize, outputs: i32, gradient: usize, scratch: usize, scratchBytes: i32): void {
  const layers = load<i32>(description);
  let x = input;
  for (let k = 0; k < layers; k++) {
    const d = description + 4 + <usize>k * 40;
    const kind = load<i32>(d);
    const inputs = load<i32>(d, 4);
    const bytes = load<i32>(d, 8);
    const a = <usize>load<i32>(d, 32);
    const s = <usize>load<i32>(d, 36);
    layer(a, x, <usize>load<i32>(d, 16), <usize>load<i32>(d, 20), inputs, bytes);
    if (kind == 1) {
      for (let l = 0; l < bytes; l += 16) {
        const value = valueOf<f64>(1, v128.load(a + l));
        v128.store(a + l, value);
        v128.store(s + l, slopeOf<f64>(1, value));
      }
    } else {
      for (let l = 0; l < bytes; l += 16) {
        const value = valueOf<f64>(kind, v128.load(a + l));
        v128.store(a + l, value);
        v128.store(s + l, slopeOf<f64>(kind, value));
      }
    }
    x = a;
  }
  const last = description + 4 + <usize>(layers - 1) * 40;
  for (let o = 0; o < outputs; o++) {
    // The derivative by the last layer's inputs is a row of its matrix.
    const width = load<i32>(last, 12);
    let g = scratch;
    let other = scratch + scratchBytes;
    const slope = v128.load_splat<f64>(<usize>load<i32>(last, 36) + ((<usize>o) << 3));
    const row = <usize>load<i32>(last, 24) + <usize>(o * width);
    for (let l = 0; l < width; l += 16) v128.store(g + l, f64x2.mul(slope, v128.load(row + l)));
    for (let k = layers - 2; k >= 0; k--) {
      const d = description + 4 + <usize>k * 40;
      const bytes = load<i32>(d, 8);
      const s = <usize>load<i32>(d, 36);
      for (let l = 0; l < bytes; l += 16) v128.store(g + l, f64x2.mul(v128.load(g + l), v128.load(s + l)));
      layer(k == 0 ? gradient + <usize>(o * load<i32>(d, 12)) : other, g, <usize>load<i32>(d, 24), <usize>load<i32>(d, 28), load<i32>(description + 44 + <usize>k * 40, 4), load<i32>(d, 12));
      const swap = g;
      g = other;
      other = swap;
    }
    if (layers == 1) memory.copy(gradient + <usize>(o * width), g, width);
  }
}
