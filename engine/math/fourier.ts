/** The discrete Fourier transform of complex numbers, of any length: the plain form that fast kernels are tested against. */
import { sincos } from './functions.ts';

/** Prime factors of n, ascending. */
export function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; n > 1; p++)
    while (n % p === 0) {
      factors.push(p);
      n /= p;
    }
  return factors;
}

/** Transforms of one length. No transform is scaled: forth and back multiplies by the length. */
export class FourierTransform {
  readonly length: number;
  private readonly factors: number[];
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private x: { re: Float64Array; im: Float64Array };
  private y: { re: Float64Array; im: Float64Array };

  constructor(length: number) {
    this.length = length;
    this.factors = primeFactors(length);
    this.cosine = new Float64Array(length);
    this.sine = new Float64Array(length);
    const sc = new Float64Array(2);
    for (let k = 0; k < length; k++) {
      sincos((2 * Math.PI * k) / length, sc);
      [this.sine[k], this.cosine[k]] = sc;
    }
    this.x = { re: new Float64Array(length), im: new Float64Array(length) };
    this.y = { re: new Float64Array(length), im: new Float64Array(length) };
  }

  /**
   * X_k = sum_j x_j exp(sign 2 pi i j k/n), in place, of the numbers at `start`, `start + stride`, ...
   * A transform of composite length is one of shorter ones, whose results lie in order (Stockham's form).
   */
  transform(re: Float64Array, im: Float64Array, start: number, stride: number, sign: 1 | -1): void {
    const n = this.length;
    for (let k = 0; k < n; k++) {
      this.x.re[k] = re[start + k * stride];
      this.x.im[k] = im[start + k * stride];
    }
    let length = n;
    let block = 1;
    for (const radix of this.factors) {
      this.pass(length, block, radix, sign);
      [this.x, this.y] = [this.y, this.x];
      length /= radix;
      block *= radix;
    }
    for (let k = 0; k < n; k++) {
      re[start + k * stride] = this.x.re[k];
      im[start + k * stride] = this.x.im[k];
    }
  }

  /** From x to y: butterflies of `radix` numbers, for transforms of `length` that lie interleaved in blocks. */
  private pass(length: number, block: number, radix: number, sign: number): void {
    const { cosine, sine, x, y, length: n } = this;
    const parts = length / radix;
    for (let p = 0; p < parts; p++)
      for (let j = 0; j < radix; j++)
        for (let q = 0; q < block; q++) {
          let re = 0;
          let im = 0;
          for (let i = 0; i < radix; i++) {
            const angle = (i * j * (n / radix) + p * j * (n / length)) % n;
            const c = cosine[angle];
            const s = sign * sine[angle];
            const from = q + block * (p + i * parts);
            re += x.re[from] * c - x.im[from] * s;
            im += x.re[from] * s + x.im[from] * c;
          }
          y.re[q + block * (radix * p + j)] = re;
          y.im[q + block * (radix * p + j)] = im;
        }
  }
}
