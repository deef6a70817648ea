/**
 * Linear least squares by normal equations, so that only a matrix of coefficients by coefficients is kept however long the trajectory.
 *
 * With G the design matrix and y the data, a block holds G^T G, G^T y, y^T y and the number of rows. Blocks add up, and the squared error
 * of any solution on a block follows from its sums alone.
 */
import { InputError } from '../../../engine/index.ts';

export class NormalEquations {
  readonly columns: number;
  /** Row-major, upper triangle. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
  square = 0;
  rows = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.matrix = new Float64Array(columns * columns);
    this.right = new Float64Array(columns);
  }

  /**
   * Adds the rows of the three components of a site. `design` is row-major with `columns` columns, `row` the first of the three rows.
   * Only columns within `ranges` (flat, [begin, end) each, ascending) may be non-zero.
   */
  addSite(design: Float64Array, row: number, data: Float64Array, ranges: readonly number[]): void {
    const { columns: n, matrix, right } = this;
    const [x, y, z] = [row * n, (row + 1) * n, (row + 2) * n];
    const [dx, dy, dz] = [data[row], data[row + 1], data[row + 2]];
    for (let a = 0; a < ranges.length; a += 2) {
      for (let j = ranges[a]; j < ranges[a + 1]; j++) {
        const [gx, gy, gz] = [design[x + j], design[y + j], design[z + j]];
        if (gx === 0 && gy === 0 && gz === 0) continue;
        right[j] += gx * dx + gy * dy + gz * dz;
        for (let b = a; b < ranges.length; b += 2) {
          const end = ranges[b + 1];
          for (let k = b === a ? j : ranges[b]; k < end; k++)
            matrix[j * n + k] += gx * design[x + k] + gy * design[y + k] + gz * design[z + k];
        }
      }
    }
    this.square += dx * dx + dy * dy + dz * dz;
    this.rows += 3;
  }

  add(other: NormalEquations): void {
    for (let k = 0; k < this.matrix.length; k++) this.matrix[k] += other.matrix[k];
    for (let k = 0; k < this.columns; k++) this.right[k] += other.right[k];
    this.square += other.square;
    this.rows += other.rows;
  }

  /** Mean square error of `coefficients` on the rows of this block. */
  error(coefficients: Float64Array): number {
    const { columns: n, matrix, right } = this;
    let sum = this.square;
    for (let j = 0; j < n; j++) {
      let row = 0.5 * matrix[j * n + j] * coefficients[j];
      for (let k = j + 1; k < n; k++) row += matrix[j * n + k] * coefficients[k];
      sum += 2 * coefficients[j] * (row - right[j]);
    }
    return sum / this.rows;
  }

  static sum(columns: number, blocks: readonly NormalEquations[]): NormalEquations {
    const total = new NormalEquations(columns);
    for (const block of blocks) total.add(block);
    return total;
  }
}

/**
 * Minimises |G c - y|^2 / rows + c^T P c. `penalty` is P, row-major and symmetric, at least a small multiple of the identity
 * where the data leave a coefficient undetermined. By Cholesky's decomposition.
 * @throws InputError if the matrix is not positive definite, which takes data or a penalty that are not numbers.
 */
export function solve(equations: NormalEquations, penalty: Float64Array): Float64Array {
  const n = equations.columns;
  const scale = 1 / Math.max(1, equations.rows);
  const l = new Float64Array(n * n); // lower triangle
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = scale * equations.matrix[j * n + i] + penalty[j * n + i];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i > j) l[i * n + j] = sum / l[j * n + j];
      else if (sum > 0) l[j * n + j] = Math.sqrt(sum);
      else
        throw new InputError(
          '',
          `the least-squares matrix is not positive definite (pivot ${sum} at coefficient ${j}); the training set holds too little data`,
        );
    }
  }
  const c = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = scale * equations.right[i];
    for (let k = 0; k < i; k++) sum -= l[i * n + k] * c[k];
    c[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = c[i];
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * c[k];
    c[i] = sum / l[i * n + i];
  }
  return c;
}
