/** Eigenvalues and eigenvectors of a symmetric 4 x 4 matrix, by Jacobi's rotations. */

const sweeps = 30;

/**
 * @param a row-major 4 x 4, symmetric; destroyed
 * @param values the four eigenvalues, descending
 * @param vectors row k is the unit eigenvector of `values[k]`
 */
export function eigen4(a: Float64Array, values: Float64Array, vectors: Float64Array): void {
  vectors.fill(0);
  for (let k = 0; k < 4; k++) vectors[5 * k] = 1;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let off = 0;
    let scale = 0;
    for (let p = 0; p < 4; p++) {
      scale += a[5 * p] * a[5 * p];
      for (let q = p + 1; q < 4; q++) off += a[4 * p + q] * a[4 * p + q];
    }
    if (off <= 1e-32 * scale || off === 0) break;
    for (let p = 0; p < 3; p++) for (let q = p + 1; q < 4; q++) rotate(a, vectors, p, q);
  }
  for (let k = 0; k < 4; k++) values[k] = a[5 * k];
  sort(values, vectors);
}

/** The rotation in the plane of p and q that makes a[p][q] zero (Golub & Van Loan, Matrix Computations, section 8.5). */
function rotate(a: Float64Array, vectors: Float64Array, p: number, q: number): void {
  const apq = a[4 * p + q];
  if (apq === 0) return;
  const theta = (a[5 * q] - a[5 * p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < 4; k++) {
    const x = a[4 * k + p];
    const y = a[4 * k + q];
    a[4 * k + p] = c * x - s * y;
    a[4 * k + q] = s * x + c * y;
  }
  for (let k = 0; k < 4; k++) {
    const x = a[4 * p + k];
    const y = a[4 * q + k];
    a[4 * p + k] = c * x - s * y;
    a[4 * q + k] = s * x + c * y;
    const u = vectors[4 * p + k];
    const v = vectors[4 * q + k];
    vectors[4 * p + k] = c * u - s * v;
    vectors[4 * q + k] = s * u + c * v;
  }
}

function sort(values: Float64Array, vectors: Float64Array): void {
  for (let k = 0; k < 3; k++) {
    let best = k;
    for (let j = k + 1; j < 4; j++) if (values[j] > values[best]) best = j;
    if (best === k) continue;
    [values[k], values[best]] = [values[best], values[k]];
    for (let c = 0; c < 4; c++) [vectors[4 * k + c], vectors[4 * best + c]] = [vectors[4 * best + c], vectors[4 * k + c]];
  }
}
