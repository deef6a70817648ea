/** How good a hard assignment is: its optimal decoder, reconstruction, mapped force and pieces, and what any linear map could reach. */
import { EVD, Matrix } from 'ml-matrix';
import type { Covariances } from './covariance.ts';
import type { MappingQuality } from './mapping.ts';
import { inner, multiply, toRows, trace } from './matrix.ts';
import { neighbours } from './molecules.ts';

/** Eigenvalues below this fraction of the largest count as zero when a matrix is inverted on its range. */
const rankTolerance = 1e-10;

export interface HardMap extends MappingQuality {
  /** Row-major sites x atoms: 1 / (atoms in the site) for the site's atoms. */
  readonly encoder: Float64Array;
  /** Row-major atoms x sites. */
  readonly decoder: Float64Array;
}

/**
 * Evaluates an assignment that leaves no site empty.
 * @param bonds bonds of a molecule, flat pairs
 */
export function hardMap(data: Covariances, assignment: readonly number[], sites: number, bonds: Int32Array): HardMap {
  const n = data.atoms;
  const encoder = hardEncoder(assignment, sites);
  const decoder = optimalDecoder(encoder, data.positions, sites, n);
  const encoded = multiply(encoder, data.positions, sites, n, n, new Float64Array(sites * n));
  // with the optimal decoder the unexplained variance is tr C - tr(D A C)
  const reconstructed = multiply(decoder, encoded, n, sites, n, new Float64Array(n * n));
  const reconstruction = Math.max(0, trace(data.positions, n) - trace(reconstructed, n)) / n;
  return {
    encoder,
    decoder,
    reconstruction,
    pcaBound: pcaBound(data, sites),
    force: data.forces && meanSquareForce(data.forces, assignment, sites),
    fragments: fragments(assignment, sites, bonds),
  };
}

export function hardEncoder(assignment: readonly number[], sites: number): Float64Array {
  const n = assignment.length;
  const encoder = new Float64Array(sites * n);
  for (let j = 0; j < n; j++) encoder[assignment[j] * n + j] = 1;
  for (let site = 0; site < sites; site++) {
    const row = encoder.subarray(site * n, (site + 1) * n);
    const count = row.reduce((sum, x) => sum + x, 0);
    if (count > 0) for (let j = 0; j < n; j++) row[j] /= count;
  }
  return encoder;
}

/**
 * The decoder that minimises the reconstruction error of an encoder A (sites x atoms): D = C A^T (A C A^T)^-1, atoms x sites.
 * With centroids taken out A C A^T is singular along the occupancies; its inverse is taken on its range, which is the least-squares
 * solution of smallest norm.
 */
export function optimalDecoder(encoder: Float64Array, positions: Float64Array, sites: number, atoms: number): Float64Array {
  const a = new Matrix(toRows(encoder, sites));
  const ca = new Matrix(toRows(positions, atoms)).mmul(a.transpose());
  const { values, vectors } = eigen(a.mmul(ca));
  const largest = Math.max(...values, 0);
  const scaled = vectors.clone();
  values.forEach((value, k) => {
    scaled.mulColumn(k, value > rankTolerance * largest ? 1 / value : 0);
  });
  return Float64Array.from(ca.mmul(scaled).mmul(vectors.transpose()).to1DArray());
}

/**
 * The smallest reconstruction error per atom and coordinate of any linear map to `sites` sites whose weights add up to 1 over the sites
 * for each atom: what the sites - 1 leading principal components leave (one combination of the sites is the centroid, which is zero).
 * Eigenvalues that are rounding count as zero: with a site for each atom nothing is left.
 */
export function pcaBound(data: Covariances, sites: number): number {
  const { values } = eigen(new Matrix(toRows(data.positions, data.atoms)));
  const descending = [...values].sort((a, b) => b - a);
  const least = rankTolerance * Math.max(descending[0], 0);
  return descending.slice(sites - 1).reduce((sum, value) => sum + (value > least ? value : 0), 0) / data.atoms;
}

function eigen(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const decomposition = new EVD(matrix, { assumeSymmetric: true });
  return { values: decomposition.realEigenvalues, vectors: decomposition.eigenvectorMatrix };
}

/** <|F|^2> of the sum of a site's atomic forces, averaged over sites. */
function meanSquareForce(forces: Float64Array, assignment: readonly number[], sites: number): number {
  const n = assignment.length;
  const sums = Float64Array.from({ length: n * sites }, (_, k) => (assignment[Math.floor(k / sites)] === k % sites ? 1 : 0));
  const mapped = multiply(forces, sums, n, n, sites, new Float64Array(n * sites));
  return (3 * inner(sums, mapped)) / sites;
}

/** Number of connected pieces along the bonds that each site consists of. */
export function fragments(assignment: readonly number[], sites: number, bonds: Int32Array): number[] {
  const near = neighbours(assignment.length, bonds);
  const pieces = new Array<number>(sites).fill(0);
  const seen = new Uint8Array(assignment.length);
  for (let root = 0; root < assignment.length; root++) {
    if (seen[root]) continue;
    pieces[assignment[root]]++;
    seen[root] = 1;
    for (const stack = [root]; stack.length > 0; ) {
      for (const j of near[stack.pop() as number]) {
        if (seen[j] || assignment[j] !== assignment[root]) continue;
        seen[j] = 1;
        stack.push(j);
      }
    }
  }
  return pieces;
}

/** Consecutive atoms in `sites` blocks whose sizes differ by at most one. */
export function equalBlocks(atoms: number, sites: number): number[] {
  return Array.from({ length: atoms }, (_, j) => Math.floor((j * sites) / atoms));
}
