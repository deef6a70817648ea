/** Small dense-layer operations on flat arrays, and the activation of the network: f64, plain loops. */

/** out[n, fOut] (+)= x[n, fIn] w[fIn, fOut]. */
export function multiply(out: Float64Array, x: Float64Array, w: Float64Array, at: number, n: number, f: number): void {
  out.fill(0, 0, n * f);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < f; k++) {
      const xk = x[i * f + k];
      for (let o = 0; o < f; o++) out[i * f + o] += xk * w[at + k * f + o];
    }
}

/** out[n, fIn] = y[n, fOut] w^T. */
export function multiplyTransposed(out: Float64Array, y: Float64Array, w: Float64Array, at: number, n: number, f: number): void {
  for (let i = 0; i < n; i++)
    for (let k = 0; k < f; k++) {
      let sum = 0;
      for (let o = 0; o < f; o++) sum += y[i * f + o] * w[at + k * f + o];
      out[i * f + k] = sum;
    }
}

/** out[k, o] += sum_i x[i, k] y[i, o]: the gradient of x w with respect to w. */
export function addOuter(out: Float64Array, at: number, x: Float64Array, y: Float64Array, n: number, f: number): void {
  for (let i = 0; i < n; i++)
    for (let k = 0; k < f; k++) {
      const xk = x[i * f + k];
      for (let o = 0; o < f; o++) out[at + k * f + o] += xk * y[i * f + o];
    }
}

/** out[o] += sum_i y[i, o]: the gradient of a bias. */
export function addColumns(out: Float64Array, at: number, y: Float64Array, n: number, f: number): void {
  for (let i = 0; i < n; i++) for (let o = 0; o < f; o++) out[at + o] += y[i * f + o];
}

/** x[i, o] += bias[o]. */
export function addBias(x: Float64Array, bias: Float64Array, at: number, n: number, f: number): void {
  for (let i = 0; i < n; i++) for (let o = 0; o < f; o++) x[i * f + o] += bias[at + o];
}

export function addTo(out: Float64Array, x: Float64Array): void {
  for (let k = 0; k < out.length; k++) out[k] += x[k];
}

/**
 * The activation: squareplus shifted through the origin, (z + sqrt(z^2 + 4))/2 - 1 (Barron, arXiv:2112.11687, 2021).
 * As smooth as the shifted softplus of SchNet, but made of exactly rounded operations alone, so that every machine gives the same bits.
 */
export function activation(z: number): number {
  return 0.5 * (z + Math.sqrt(z * z + 4)) - 1;
}

export function activationSlope(z: number): number {
  return 0.5 + (0.5 * z) / Math.sqrt(z * z + 4);
}

export function activationCurvature(z: number): number {
  const q = z * z + 4;
  return 2 / (q * Math.sqrt(q));
}
