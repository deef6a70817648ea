/** The noise of mapped forces is correlated between the sites of a molecule: found from residuals, and divided out of the loss. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type Box, minimumImage } from '../../engine/index.ts';
import type { ForceWhitening, TrainingSet } from './model.ts';
import { compilePriors } from './priors.ts';
import { type Attention, chooseSmoothness, matchForces, smoothnessPenalty, splineOptions } from './spline/fit.ts';
import { NormalEquations, solve } from './spline/normal-equations.ts';

/** Directions of less noise than this part of the noisiest one's count as having that much: a bound on the weights. */
const leastVariance = 1e-4;

/** Frames that the noise is estimated over, at most: a thousand frames of many molecules give every element to better than a percent. */
const mostFrames = 1000;

/**
 * Generalised least squares (Aitken, Proc. R. Soc. Edinb. 55, 42, 1936) for force matching. When a bond between two sites vibrates, the
 * instantaneous forces on them are large and opposite along the bond: there they are noisy, while their sum, and what turns the bond, are not.
 * Ordinary least squares gives all the same weight and so throws away most of what the forces say about the forces between molecules.
 *
 * The residuals of a first fit are split into their parts along bonds, d_b . r with d_b = (n_b, -n_b)/sqrt 2 on the ends of bond b, and the rest
 * with covariance S (sites x sites, averaged over molecules, frames and directions). The loss is |T r|^2 with
 *
 *     T = c P_B ... P_1 S^(-strength/2),   P_b = 1 - (1 - g_b) d_b d_b^T,   g_b = (noise across bond b / noise along it)^strength
 *
 * and c such that whitened residuals have the mean square of the plain ones, so that errors and noise floor stay comparable. T depends on
 * the positions of the sites alone, so the minimum is the same for a model that can express the mean force; with finite data the statistical
 * error is smaller. For two sites and strength 1, T T is the inverse covariance.
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
  const bonds = bondsOfMolecule(set, n);
  const residuals = await residualsOfSplines(set, attention);
  const covariance = new Matrix(n, n);
  const [along, across] = [new Float64Array(bonds.length / 2), new Float64Array(bonds.length / 2)];
  const removal: BondFactors = { sites: n, bonds, along: new Float64Array(bonds.length / 2) };
  const rest = new Float64Array(3 * set.structure.mass.length);
  let samples = 0;
  for (const { frame, residual } of residuals) {
    const directions = bondDirections(set.positions(frame), set.box(frame), removal);
    addBondNoise(residual, directions, removal, along, across);
    rest.set(residual);
    scaleBonds(rest, directions, removal, 1, false);
    for (let first = 0; first < rest.length; first += 3 * n, samples++) {
      for (let a = 0; a < n; a++)
        for (let b = 0; b < n; b++) {
          let dot = 0;
          for (let c = 0; c < 3; c++) dot += rest[first + 3 * a + c] * rest[first + 3 * b + c];
          covariance.set(a, b, covariance.get(a, b) + dot / 3);
        }
    }
  }
  covariance.div(Math.max(1, samples));
  const factors = along.map(
    (noise, b) => Math.max(across[b] / Math.max(noise, Number.MIN_VALUE), leastVariance) ** (strength / 2),
  );
  const raw = whiteningOf(
    covariance,
    strength,
    bonds,
    factors.map((g) => Math.min(1, g)),
  );
  if (!raw) return null;
  return rescaled(raw, set, residuals);
}

/** T = c S^(-strength/2) of a covariance S, with c so that tr T S T = tr S; null where there is no noise to whiten. */
export function whiteningOf(
  covariance: Matrix,
  strength = 1,
  bonds: Int32Array = new Int32Array(0),
  along: Float64Array = new Float64Array(0),
): ForceWhitening | null {
  const n = covariance.rows;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const largest = Math.max(...realEigenvalues);
  if (!(largest > 0)) return null;
  const weights = realEigenvalues.map((value) => Math.max(value, leastVariance * largest) ** -strength);
  const weighted = realEigenvalues.reduce((sum, value, k) => sum + weights[k] * value, 0);
  const scales = weights.map((weight) => Math.sqrt((weight * covariance.trace()) / weighted));
  const transform = eigenvectorMatrix.mmul(Matrix.diag(scales)).mmul(eigenvectorMatrix.transpose());
  return {
    sites: n,
    transform: Float64Array.from(transform.to1DArray()),
    covariance: Float64Array.from(covariance.to1DArray()),
    bonds,
    along,
  };
}

interface Residual {
  readonly frame: number;
  readonly residual: Float64Array;
}

/** What pair-additive splines leave of the forces of some of the training frames. */
async function residualsOfSplines(set: TrainingSet, attention: Attention): Promise<Residual[]> {
  const match = await matchForces(set, splineOptions(set), attention);
  const { design, priors } = match;
  const training = NormalEquations.sum(design.columns, match.training);
  const coefficients = solve(training, smoothnessPenalty(design, training, chooseSmoothness(match)));
  const addPriors = compilePriors(priors, set.structure);
  const stride = Math.max(1, Math.floor(set.training.length / mostFrames));
  return set.training
    .filter((_, k) => k % stride === 0)
    .map((frame) => {
      const residual = new Float64Array(3 * set.structure.mass.length);
      addPriors(set.positions(frame), set.box(frame), residual);
      design.fill(set.positions(frame), set.box(frame));
      design.addForces(coefficients, residual);
      const forces = set.forces(frame);
      for (let i = 0; i < residual.length; i++) residual[i] = forces[i] - residual[i];
      return { frame, residual };
    });
}

/** The same with a factor that gives whitened residuals the mean square of the plain ones. */
function rescaled(whitening: ForceWhitening, set: TrainingSet, residuals: readonly Residual[]): ForceWhitening {
  let [plain, whitened] = [0, 0];
  for (const { frame, residual } of residuals) {
    for (const r of residual) plain += r * r;
    const changed = residual.slice();
    whiten(changed, whitening, set.positions(frame), set.box(frame));
    for (const r of changed) whitened += r * r;
  }
  const scale = Math.sqrt(plain / whitened);
  return { ...whitening, transform: whitening.transform.map((t) => scale * t) };
}

/** Sites of every molecule; 0 if they differ. */
function sitesPerMolecule(set: TrainingSet): number {
  const { molecule } = set.structure;
  const n = molecule.lastIndexOf(molecule[0]) + 1;
  return molecule.every((m, i) => m === molecule[0] + Math.floor(i / n)) && molecule.length % n === 0 ? n : 0;
}

/** The bonds of the first molecule; empty where another molecule has others. */
function bondsOfMolecule({ structure }: TrainingSet, n: number): Int32Array {
  const molecules = structure.mass.length / n;
  const size = structure.bonds.length / molecules;
  const first = structure.bonds.slice(0, size);
  const alike = Number.isInteger(size) && structure.bonds.every((site, k) => site === first[k % size] + n * Math.floor(k / size));
  return alike ? first : new Int32Array(0);
}

type BondFactors = Pick<ForceWhitening, 'sites' | 'bonds' | 'along'>;

/** Unit vectors along the bonds of all molecules, molecule by molecule. */
function bondDirections(positions: Float64Array, box: Box, { sites, bonds }: BondFactors): Float64Array {
  const molecules = positions.length / (3 * sites);
  const directions = new Float64Array((3 * molecules * bonds.length) / 2);
  const d = new Float64Array(3);
  let to = 0;
  for (let m = 0; m < molecules; m++)
    for (let b = 0; b < bonds.length; b += 2, to += 3) {
      const [i, j] = [3 * (m * sites + bonds[b]), 3 * (m * sites + bonds[b + 1])];
      for (let c = 0; c < 3; c++) d[c] = positions[j + c] - positions[i + c];
      minimumImage(box, d);
      const length = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      for (let c = 0; c < 3; c++) directions[to + c] = d[c] / length;
    }
  return directions;
}

/** Adds to `along` and `across` the squares of the parts of a residual that stretch each bond, and that turn it (a component). */
function addBondNoise(
  residual: Float64Array,
  directions: Float64Array,
  { sites, bonds }: BondFactors,
  along: Float64Array,
  across: Float64Array,
): void {
  for (let first = 0, at = 0; first < residual.length; first += 3 * sites)
    for (let b = 0; b < bonds.length; b += 2, at += 3) {
      const [i, j] = [first + 3 * bonds[b], first + 3 * bonds[b + 1]];
      let [dot, square] = [0, 0];
      for (let c = 0; c < 3; c++) {
        const difference = (residual[i + c] - residual[j + c]) * Math.SQRT1_2;
        dot += difference * directions[at + c];
        square += difference * difference;
      }
      along[b / 2] += dot * dot;
      across[b / 2] += 0.5 * (square - dot * dot);
    }
}

/** P_B ... P_1 applied to every molecule, or in the opposite order (the transpose). */
function scaleBonds(
  values: Float64Array,
  directions: Float64Array,
  { sites, bonds, along }: BondFactors,
  columns: number,
  transposed: boolean,
): void {
  const row = 3 * columns;
  const count = bonds.length / 2;
  for (let first = 0, at = 0; first < values.length; first += sites * row, at += 3 * count)
    for (let k = 0; k < count; k++) {
      const b = transposed ? count - 1 - k : k;
      const less = 0.5 * (1 - along[b]);
      if (less === 0) continue;
      const [i, j, n] = [first + row * bonds[2 * b], first + row * bonds[2 * b + 1], at + 3 * b];
      for (let column = 0; column < columns; column++) {
        let dot = 0;
        for (let c = 0; c < 3; c++)
          dot += directions[n + c] * (values[i + c * columns + column] - values[j + c * columns + column]);
        for (let c = 0; c < 3; c++) {
          values[i + c * columns + column] -= less * dot * directions[n + c];
          values[j + c * columns + column] += less * dot * directions[n + c];
        }
      }
    }
}

/** The part of T that is alike in all directions. */
function mix(values: Float64Array, { sites, transform }: ForceWhitening, columns: number): void {
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

/**
 * Multiplies the sites of every molecule by T, in place: `values` has three rows a site (its components) of `columns` numbers each,
 * so that forces have one column and a design matrix many. `positions` and `box` are those of the sites.
 */
export function whiten(values: Float64Array, whitening: ForceWhitening, positions: Float64Array, box: Box, columns = 1): void {
  mix(values, whitening, columns);
  if (whitening.along.length > 0) scaleBonds(values, bondDirections(positions, box, whitening), whitening, columns, false);
}

/** Multiplies by the transpose of T, in place: after `whiten`, T^T T r. */
export function whitenTransposed(values: Float64Array, whitening: ForceWhitening, positions: Float64Array, box: Box): void {
  if (whitening.along.length > 0) scaleBonds(values, bondDirections(positions, box, whitening), whitening, 1, true);
  mix(values, whitening, 1);
}
