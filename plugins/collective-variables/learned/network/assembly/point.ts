/**
 * A dense network at one point, in f64: value and derivative of each output. Matrices are row-major [input][output] with rows padded to an even
 * number of outputs and filled with zeros, so that vectors run over outputs forwards, and over nothing but loads backwards.
 */
import { slopeOf, valueOf } from '../../assembly/activations';

/**
 * out = b + x W for one layer, W [input][output], two outputs a vector. Five vectors at a time: with more the compiler of the machine, which loads
 * everything first, runs out of registers.
 */
function layer(out: usize, x: usize, w: usize, b: usize, inputs: i32, bytes: i32): void {
  const pitch = <usize>bytes;
  const end = x + ((<usize>inputs) << 3);
  let o: usize = 0;
  for (; o + 80 <= pitch; o += 80) {
    let c0 = v128.load(b + o), c1 = v128.load(b + o, 16), c2 = v128.load(b + o, 32), c3 = v128.load(b + o, 48), c4 = v128.load(b + o, 64);
    let at = w + o;
    for (let p = x; p < end; p += 8) {
      const u = v128.load_splat<f64>(p);
      c0 = madd(at, u, c0);
      c1 = madd(at + 16, u, c1);
      c2 = madd(at + 32, u, c2);
      c3 = madd(at + 48, u, c3);
      c4 = madd(at + 64, u, c4);
      at += pitch;
    }
    v128.store(out + o, c0);
    v128.store(out + o, c1, 16);
    v128.store(out + o, c2, 32);
    v128.store(out + o, c3, 48);
    v128.store(out + o, c4, 64);
  }
  for (; o < pitch; o += 16) {
    let even = v128.load(b + o);
    let odd = f64x2.splat(0);
    let at = w + o;
    let p = x;
    for (; p + 16 <= end; p += 16) {
      even = madd(at, v128.load_splat<f64>(p), even);
      odd = madd(at + pitch, v128.load_splat<f64>(p, 8), odd);
      at += pitch << 1;
    }
    if (p < end) even = madd(at, v128.load_splat<f64>(p), even);
    v128.store(out + o, f64x2.add(even, odd));
  }
}

// @ts-ignore: decorator
@inline
function madd(at: usize, g: v128, sum: v128): v128 {
  return f64x2.add(sum, f64x2.mul(g, v128.load(at)));
}

// @ts-ignore: decorator
@inline
function product(at: usize, a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(a, v128.load(at)), f64x2.mul(b, v128.load(at, 16)));
}

/** out = W bar for one layer, W [input][output]: two inputs at a time, the number of inputs filled up to an even one with rows of zeros. */
function transposedLayer(out: usize, bar: usize, w: usize, inputs: i32, bytes: i32): void {
  const pitch = <usize>bytes;
  let o: usize = 0;
  for (; o + 80 <= pitch; o += 80) {
    const at = bar + o;
    const g0 = v128.load(at), g1 = v128.load(at, 16), g2 = v128.load(at, 32), g3 = v128.load(at, 48), g4 = v128.load(at, 64);
    let row = w + o;
    for (let i = 0; i < inputs; i += 2) {
      const a = madd(row + 64, g4, f64x2.add(product(row, g0, g1), product(row + 32, g2, g3)));
      row += pitch;
      const b = madd(row + 64, g4, f64x2.add(product(row, g0, g1), product(row + 32, g2, g3)));
      row += pitch;
      addPair(out + (<usize>i << 3), a, b, o == 0);
    }
  }
  if (o == pitch) return;
  if (pitch == 16) {
    const g = v128.load(bar);
    for (let i = 0; i < inputs; i += 2) {
      const row = w + (<usize>i << 4);
      addPair(out + (<usize>i << 3), f64x2.mul(g, v128.load(row)), f64x2.mul(g, v128.load(row, 16)), true);
    }
    return;
  }
  for (let i = 0; i < inputs; i += 2) {
    const row = w + <usize>i * pitch;
    let a = f64x2.splat(0);
    let b = a;
    for (let l = o; l < pitch; l += 16) {
      const g = v128.load(bar + l);
      a = f64x2.add(a, f64x2.mul(g, v128.load(row + l)));
      b = f64x2.add(b, f64x2.mul(g, v128.load(row + pitch + l)));
    }
    addPair(out + (<usize>i << 3), a, b, o == 0);
  }
}

/** The sums of the lanes of two vectors, written, or added to what is there. */
// @ts-ignore: decorator
@inline
function addPair(at: usize, a: v128, b: v128, first: bool): void {
  const sum = f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
  v128.store(at, first ? sum : f64x2.add(sum, v128.load(at)));
}

/** Bytes of the description of a layer: kind of activation, inputs, bytes of a row of W [input][output padded], addresses of W, b and values. */
const layerBytes: usize = 24;

/**
 * Values of a network.
 * @param description i32: number of layers; then those of each layer
 * @param input f64, filled up to an even number
 */
export function forwardPoint(description: usize, input: usize): void {
  const layers = load<i32>(description);
  let x = input;
  for (let k = 0; k < layers; k++) {
    const d = description + 4 + <usize>k * layerBytes;
    const kind = load<i32>(d);
    const bytes = load<i32>(d, 8);
    const a = <usize>load<i32>(d, 20);
    layer(a, x, <usize>load<i32>(d, 12), <usize>load<i32>(d, 16), load<i32>(d, 4), bytes);
    if (kind == 1) {
      for (let l = 0; l < bytes; l += 16) v128.store(a + l, valueOf<f64>(1, v128.load(a + l)));
    } else if (kind != 0) {
      for (let l = 0; l < bytes; l += 16) v128.store(a + l, valueOf<f64>(kind, v128.load(a + l)));
    }
    x = a;
  }
}

/**
 * sum_o bar[o] d output_o / d input at the last `forwardPoint`.
 * @param bar f64, filled up with zeros, kept; @param gradient f64, padded like the inputs; @param scratch two rows of the widest layer
 */
export function reversePoint(description: usize, bar: usize, gradient: usize, scratch: usize, scratchBytes: i32): void {
  let g = bar;
  let to = scratch;
  let other = scratch + scratchBytes;
  for (let k = load<i32>(description) - 1; k >= 0; k--) {
    const d = description + 4 + <usize>k * layerBytes;
    const kind = load<i32>(d);
    const bytes = load<i32>(d, 8);
    if (kind != 0) {
      const a = <usize>load<i32>(d, 20);
      const turned = g == bar ? other : g;
      if (kind == 1) {
        for (let l = 0; l < bytes; l += 16) v128.store(turned + l, f64x2.mul(v128.load(g + l), slopeOf<f64>(1, v128.load(a + l))));
      } else {
        for (let l = 0; l < bytes; l += 16) v128.store(turned + l, f64x2.mul(v128.load(g + l), slopeOf<f64>(kind, v128.load(a + l))));
      }
      g = turned;
    }
    transposedLayer(k == 0 ? gradient : to, g, <usize>load<i32>(d, 12), load<i32>(d, 4), bytes);
    g = to;
    to = other;
    other = g;
  }
}

/** Value of a network and the derivative of each output by each input, [output][inputs padded]; `bar` is work space for the outputs, all zero. */
export function evaluatePoint(description: usize, input: usize, bar: usize, outputs: i32, gradient: usize, scratch: usize, scratchBytes: i32): void {
  forwardPoint(description, input);
  const bytes = ((load<i32>(description, 8) + 1) & ~1) << 3;
  for (let o = 0; o < outputs; o++) {
    store<f64>(bar + (<usize>o << 3), 1);
    reversePoint(description, bar, gradient + <usize>(o * bytes), scratch, scratchBytes);
    store<f64>(bar + (<usize>o << 3), 0);
  }
}
