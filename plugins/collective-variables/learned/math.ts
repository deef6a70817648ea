/** Small dense matrices of learning: generalised eigenproblems, inverses and singular values, row-major in flat arrays. */
import { EigenvalueDecomposition, Matrix, SVD } from 'ml-matrix';
import { SimulationError } from '../../../engine/index.ts';

export function toMatrix(flat: ArrayLike<number>, rows: number, columns = rows): Matrix {
  return Matrix.from1DArray(rows, columns, Array.from(flat));
}

export interface Eigenpairs {
  /** Ascending. */
  readonly values: number[];
  /** vectors[i] belongs to values[i], with v^T C v = 1. */
  readonly vectors: number[][];
}

/**
 * A v = mu C v for symmetric A and C, k x k. Directions in which C has less than `tolerance` of its largest eigenvalue are left out, so that
 * there may be fewer than k pairs.
 * @throws SimulationError where C has no direction at all
 */
export function generalisedEigen(a: ArrayLike<number>, c: ArrayLike<number>, k: number, tolerance = 1e-10): Eigenpairs {
  const basis = new EigenvalueDecomposition(toMatrix(c, k), { assumeSymmetric: true });
  const size = basis.realEigenvalues;
  const largest = Math.max(...size);
  if (!(largest > 0))
    throw new SimulationError('the outputs of the network do not vary: there is nothing to find eigenfunctions in');
  const kept = size.map((_, i) => i).filter((i) => size[i] > tolerance * largest);
  const whitening = new Matrix(k, kept.length);
  kept.forEach((i, column) => {
    for (let row = 0; row < k; row++) whitening.set(row, column, basis.eigenvectorMatrix.get(row, i) / Math.sqrt(size[i]));
  });
  const inner = new EigenvalueDecomposition(whitening.transpose().mmul(toMatrix(a, k)).mmul(whitening), {
    assumeSymmetric: true,
  });
  const vectors = whitening.mmul(inner.eigenvectorMatrix);
  const order = inner.realEigenvalues.map((_, i) => i).sort((i, j) => inner.realEigenvalues[i] - inner.realEigenvalues[j]);
  return {
    values: order.map((i) => inner.realEigenvalues[i]),
    vectors: order.map((i) => vectors.getColumn(i)),
  };
}

/** C^-1 of a symmetric matrix; eigenvalues below `floor` of the largest count as that. */
export function inverse(c: ArrayLike<number>, k: number, floor = 1e-8): Matrix {
  const decomposition = new EigenvalueDecomposition(toMatrix(c, k), { assumeSymmetric: true });
  const largest = Math.max(...decomposition.realEigenvalues);
  const vectors = decomposition.eigenvectorMatrix;
  return vectors
    .mmul(Matrix.diag(decomposition.realEigenvalues.map((x) => 1 / Math.max(x, floor * largest))))
    .mmul(vectors.transpose());
}

/** C^-1/2. */
export function inverseRoot(c: ArrayLike<number>, k: number, tolerance = 1e-10): Matrix {
  const decomposition = new EigenvalueDecomposition(toMatrix(c, k), { assumeSymmetric: true });
  const largest = Math.max(...decomposition.realEigenvalues);
  const vectors = decomposition.eigenvectorMatrix;
  return vectors
    .mmul(Matrix.diag(decomposition.realEigenvalues.map((x) => (x > tolerance * largest ? 1 / Math.sqrt(x) : 0))))
    .mmul(vectors.transpose());
}

export function singularValues(matrix: Matrix): { readonly left: Matrix; readonly values: number[] } {
  const svd = new SVD(matrix, { autoTranspose: true });
  return { left: svd.leftSingularVectors, values: svd.diagonal };
}
