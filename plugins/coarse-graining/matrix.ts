/** Products of small dense matrices, row-major in flat arrays, written into arrays that the caller owns. */

/** out (m x n) = a (m x k) b (k x n). */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number, out: Float64Array): Float64Array {
  out.fill(0, 0, m * n);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++) {
      const x = a[i * k + l];
      if (x !== 0) for (let j = 0; j < n; j++) out[i * n + j] += x * b[l * n + j];
    }
  return out;
}

/** out (m x n) = a^T b with a (k x m), b (k x n). */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  k: number,
  m: number,
  n: number,
  out: Float64Array,
): Float64Array {
  out.fill(0, 0, m * n);
  for (let l = 0; l < k; l++)
    for (let i = 0; i < m; i++) {
      const x = a[l * m + i];
      if (x !== 0) for (let j = 0; j < n; j++) out[i * n + j] += x * b[l * n + j];
    }
  return out;
}

/** out (m x n) = a b^T with a (m x k), b (n x k). */
export function multiplyByTranspose(
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
  out: Float64Array,
): Float64Array {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l] * b[j * k + l];
      out[i * n + j] = sum;
    }
  return out;
}

/** Replaces the lower triangle of a symmetric positive definite n x n matrix by its Cholesky factor L, a = L L^T. */
export function factorise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j];
    }
}

/** Replaces each of the `rows` rows b (length n) by the solution x of L L^T x = b, with `factor` from `factorise`. */
export function solveRows(factor: Float64Array, b: Float64Array, n: number, rows: number): void {
  for (let r = 0, o = 0; r < rows; r++, o += n) {
    for (let i = 0; i < n; i++) {
      let sum = b[o + i];
      for (let k = 0; k < i; k++) sum -= factor[i * n + k] * b[o + k];
      b[o + i] = sum / factor[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[o + i];
      for (let k = i + 1; k < n; k++) sum -= factor[k * n + i] * b[o + k];
      b[o + i] = sum / factor[i * n + i];
    }
  }
}

/** Sum of the products of corresponding elements: tr(a b^T). */
export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Trace of an n x n matrix. */
export function trace(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i * n + i];
  return sum;
}

export function toRows(a: Float64Array, rows: number): number[][] {
  const columns = a.length / rows;
  return Array.from({ length: rows }, (_, i) => [...a.subarray(i * columns, (i + 1) * columns)]);
}
