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

/** out (n x m) = a^T with a (m x n). */
export function transpose(a: Float64Array, m: number, n: number, out: Float64Array): Float64Array {
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = a[i * n + j];
  return out;
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
