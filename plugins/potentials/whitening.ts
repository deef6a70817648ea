/** The noise of mapped forces is correlated between the sites of a molecule: found from residuals, and divided out of the loss. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ForceWhitening, TrainingSet } from './model.ts';
import { compilePriors } from './priors.ts';
import { type Attention, chooseSmoothness, matchForces, smoothnessPenalty, splineOptions } from './spline/fit.ts';
import { NormalEquations, solve } from './spline/normal-equations.ts';

/** Directions of less noise than this part of the noisiest one's count as having that much: a bound on the weights. */
const leastVariance = 1e-4;

/**
 * Generalised least squares (Aitken, Proc. R. Soc. Edinb. 55, 42, 1936) for force matching. When a bond between two sites vibrates, the
 * instantaneous forces on them are large and opposite: their difference is noisy, their sum is not. Ordinary least squares gives both the
 * same weight and so throws away most of what the net force on a molecule says about the forces between molecules. With the
 * covariance S of the residuals of a first fit (sites x sites, averaged over molecules, frames and directions) the residuals are
 * weighted by its inverse, through T = sqrt(tr S/n) S^(-1/2): whitened residuals have the mean square of the plain ones, so that
 * errors and noise floor stay comparable. The minimum is the same for a model that can express the mean force; with finite data the
 * statistical error is smaller.
 *
 * @returns null for molecules of one site, or of different numbers of sites
 */
export async function estimateWhitening(
  set: TrainingSet,
  strength: number,
  attention: Attention = {},
): Promise<ForceWhitening | null> {
  const n = sitesPerMolecule(set);
  if (n < 2) return null;
  const options = splineOptions(set);
  const match = await matchForces(set, options, attention);
  const { design, priors } = match;
  const training = NormalEquations.sum(design.columns, match.training);
  const coefficients = solve(training, smoothnessPenalty(design, training, chooseSmoothness(match)));
  const addPriors = compilePriors(priors, set.structure);
  const covariance = new Matrix(n, n);
  const residual = new Float64Array(3 * set.structure.mass.length);
  let samples = 0;
  // A thousand frames of many molecules give every element to better than a percent.
  const stride = Math.max(1, Math.floor(set.training.length / 1000));
  for (let k = 0; k < set.training.length; k += stride) {
    const frame = set.training[k];
    addPriors(set.positions(frame), set.box(frame), residual.fill(0));
    design.fill(set.positions(frame), set.box(frame));
    design.addForces(coefficients, residual);
    const forces = set.forces(frame);
    for (let i = 0; i < residual.length; i++) residual[i] = forces[i] - residual[i];
    for (let first = 0; first < residual.length; first += 3 * n, samples++) {
      for (let a = 0; a < n; a++)
        for (let b = 0; b < n; b++) {
          let dot = 0;
          for (let c = 0; c < 3; c++) dot += residual[first + 3 * a + c] * residual[first + 3 * b + c];
          covariance.set(a, b, covariance.get(a, b) + dot / 3);
        }
    }
  }
  covariance.div(samples);
  return whiteningOf(covariance, strength);
}

/** T = c S^(-strength/2) of a covariance S, with c so that tr T S T = tr S; null where there is no noise to whiten. */
export function whiteningOf(covariance: Matrix, strength = 1): ForceWhitening | null {
  const n = covariance.rows;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const largest = Math.max(...realEigenvalues);
  if (!(largest > 0)) return null;
  const weights = realEigenvalues.map((value) => Math.max(value, leastVariance * largest) ** -strength);
  const weighted = realEigenvalues.reduce((sum, value, k) => sum + weights[k] * value, 0);
  const scales = weights.map((weight) => Math.sqrt((weight * covariance.trace()) / weighted));
  const transform = eigenvectorMatrix.mmul(Matrix.diag(scales)).mmul(eigenvectorMatrix.transpose());
  return { sites: n, transform: Float64Array.from(transform.to1DArray()), covariance: Float64Array.from(covariance.to1DArray()) };
}

/** Sites of every molecule; 0 if they differ. */
function sitesPerMolecule(set: TrainingSet): number {
  const { molecule } = set.structure;
  const n = molecule.lastIndexOf(molecule[0]) + 1;
  return molecule.every((m, i) => m === molecule[0] + Math.floor(i / n)) && molecule.length % n === 0 ? n : 0;
}

/**
 * Multiplies the sites of every molecule by T, in place: `values` has three rows a site (its components) of `columns` numbers each,
 * so that forces have one column and a design matrix many.
 */
export function whiten(values: Float64Array, { sites, transform }: ForceWhitening, columns = 1): void {
  const row = 3 * columns;
  const mixed = new Float64Array(sites * row);
  for (let first = 0; first < values.length; first += sites * row) {
    mixed.fill(0);
    for (let a = 0; a < sites; a++)
      for (let b = 0; b < sites; b++) {
        const t = transform[a * sites + b];
        if (t === 0) continue;
        for (let k = 0; k < row; k++) mixed[a * row + k] += t * values[first + b * row + k];
      }
    values.set(mixed, first);
  }
}
