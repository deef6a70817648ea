/** The coarse-graining autoencoder on covariance matrices: its loss and the gradient of it. */
import { exp, log } from '../../engine/index.ts';
import { factorise, inner, multiply, multiplyByTranspose, multiplyTransposed, solveRows, trace } from './matrix.ts';

/** What one model learns from, scaled so that losses are fractions: both matrices have trace 1. */
export interface AutoencoderProblem {
  readonly atoms: number;
  readonly sites: number;
  /** Row-major atoms x atoms. */
  readonly positions: Float64Array;
  readonly forces: Float64Array | null;
}

export interface AutoencoderLoss {
  readonly loss: number;
  /** Unexplained fraction of the variance of the positions. */
  readonly reconstruction: number;
  /** Mapped forces: their mean square, summed over sites, over the atoms' mean square, summed over atoms. */
  readonly force: number;
  /** Mean entropy of an atom's assignment, over its maximum log(sites): 1 undecided, 0 decided. */
  readonly entropy: number;
}

/**
 * Ridge of the decoder's least squares, as a fraction of the mean variance of an atom: keeps A C A^T + ridge positive definite (with
 * centroids taken out A C A^T is singular), and far below any variance that a map is chosen for.
 */
const relativeRidge = 1e-6;

/** Below any probability mass that a site can hold in f64; keeps an abandoned site from dividing by zero. */
const tiny = 1e-150;

/**
 * Evaluates loss and gradient for one sample of Gumbel noise (Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125, 2019).
 *
 * P = softmax((logits + noise) / tau) over the sites of each atom; encoder A_Ij = P_jI / sum_j P_jI; with the covariances C and Cf
 *
 *     loss = min over D of [tr C - 2 tr(D A C) + tr(D A C A^T D^T) + ridge tr(D D^T)] + forceWeight tr(P^T Cf P)
 *
 * P^T is b = (A A^T)^-1 A for a hard assignment: it adds up the forces of a site's atoms. The linear decoder is eliminated instead of
 * stepped: D = C A^T (A C A^T + ridge)^-1 is exact for every sample, so the assignment never follows a decoder that lags behind
 * (variable projection, Golub & Pereyra, SIAM J. Numer. Anal. 10, 413, 1973). For a ring of 70 on 24 sites it came within 6% of the
 * error of equal blocks, where stepping D and logits together stayed 50% above in trials. Since D is the minimum, its own
 * change does not contribute to the derivatives:
 *
 *     G = d/dA = 2 (D^T D A C - D^T C),   d/dP_jI = (G_Ij - sum_k G_Ik A_Ik) / sum_k P_kI + 2 forceWeight (Cf P)_jI,
 *     d/dlogits_jI = P_jI (d/dP_jI - sum_K P_jK d/dP_jK) / tau
 */
export class Autoencoder {
  readonly problem: AutoencoderProblem;
  /** Gradient with respect to the logits of the last `evaluate`, atoms x sites. */
  readonly gradient: Float64Array;
  /** Assignment probabilities P of the last `evaluate`, atoms x sites. */
  readonly assignment: Float64Array;
  /** Optimal decoder D of the last `evaluate`, atoms x sites. */
  readonly decoder: Float64Array;
  /** Encoder A of the last `evaluate`, sites x atoms; rows add up to 1. */
  readonly encoder: Float64Array;
  private readonly ridge: number;
  private readonly totals: Float64Array;
  private readonly encoded: Float64Array;
  private readonly moments: Float64Array;
  private readonly encoderGradient: Float64Array;
  private readonly scratch: Float64Array;
  private readonly mappedForces: Float64Array;

  constructor(problem: AutoencoderProblem) {
    const { atoms, sites, positions } = problem;
    const size = atoms * sites;
    this.problem = problem;
    this.ridge = (relativeRidge * trace(positions, atoms)) / atoms;
    this.gradient = new Float64Array(size);
    this.assignment = new Float64Array(size);
    this.decoder = new Float64Array(size);
    this.totals = new Float64Array(sites);
    this.encoder = new Float64Array(size);
    this.encoded = new Float64Array(size);
    this.moments = new Float64Array(sites * sites);
    this.encoderGradient = new Float64Array(size);
    this.scratch = new Float64Array(size);
    this.mappedForces = new Float64Array(size);
  }

  /**
   * @param logits atoms x sites: one score of each site for each atom
   * @param noise atoms x sites, added to the logits; `null` for none
   * @param tau temperature of the softmax
   */
  evaluate(logits: Float64Array, noise: Float64Array | null, tau: number, forceWeight: number): AutoencoderLoss {
    const { atoms: n, sites: s, positions, forces } = this.problem;
    const entropy = this.assign(logits, noise, tau);
    const reconstruction = this.decode();
    multiplyTransposed(this.decoder, this.decoder, n, s, s, this.moments);
    multiply(this.moments, this.encoded, s, s, n, this.encoderGradient);
    multiplyTransposed(this.decoder, positions, n, s, n, this.scratch);
    for (let k = 0; k < n * s; k++) this.encoderGradient[k] = 2 * (this.encoderGradient[k] - this.scratch[k]);
    let force = 0;
    if (forces) {
      multiply(forces, this.assignment, n, n, s, this.mappedForces);
      force = inner(this.assignment, this.mappedForces);
    }
    const weight = forces ? forceWeight : 0;
    this.backpropagate(tau, weight);
    return { loss: reconstruction + weight * force, reconstruction, force, entropy };
  }

  /** Fills assignment, totals and encoder; returns the entropy. */
  private assign(logits: Float64Array, noise: Float64Array | null, tau: number): number {
    const { atoms: n, sites: s } = this.problem;
    const p = this.assignment;
    this.totals.fill(0);
    let entropy = 0;
    for (let j = 0; j < n; j++) {
      let highest = Number.NEGATIVE_INFINITY;
      for (let k = j * s; k < (j + 1) * s; k++) {
        p[k] = (logits[k] + (noise ? noise[k] : 0)) / tau;
        highest = Math.max(highest, p[k]);
      }
      let sum = 0;
      for (let k = j * s; k < (j + 1) * s; k++) {
        p[k] = exp(p[k] - highest);
        sum += p[k];
      }
      for (let site = 0, k = j * s; site < s; site++, k++) {
        p[k] /= sum;
        this.totals[site] += p[k];
        if (p[k] > 0) entropy -= p[k] * log(p[k]);
      }
    }
    for (let site = 0; site < s; site++) {
      const scale = 1 / Math.max(this.totals[site], tiny);
      for (let j = 0; j < n; j++) this.encoder[site * n + j] = p[j * s + site] * scale;
    }
    return s > 1 ? entropy / (n * log(s)) : 0;
  }

  /** Fills the decoder; returns the minimum of the reconstruction loss, tr C - tr(D A C). */
  private decode(): number {
    const { atoms: n, sites: s, positions } = this.problem;
    multiply(this.encoder, positions, s, n, n, this.encoded);
    multiplyByTranspose(this.encoded, this.encoder, s, n, s, this.moments);
    for (let site = 0; site < s; site++) this.moments[site * s + site] += this.ridge;
    factorise(this.moments, s);
    for (let site = 0; site < s; site++) for (let j = 0; j < n; j++) this.decoder[j * s + site] = this.encoded[site * n + j];
    let explained = 0;
    solveRows(this.moments, this.decoder, s, n);
    for (let site = 0; site < s; site++)
      for (let j = 0; j < n; j++) explained += this.decoder[j * s + site] * this.encoded[site * n + j];
    return trace(positions, n) - explained;
  }

  /** From the gradients with respect to the encoder and to P (force term) to that with respect to the logits. */
  private backpropagate(tau: number, forceWeight: number): void {
    const { atoms: n, sites: s } = this.problem;
    const p = this.assignment;
    const out = this.gradient;
    for (let site = 0; site < s; site++) {
      const g = this.encoderGradient.subarray(site * n, (site + 1) * n);
      const mean = inner(g, this.encoder.subarray(site * n, (site + 1) * n));
      const scale = 1 / Math.max(this.totals[site], tiny);
      for (let j = 0; j < n; j++) out[j * s + site] = (g[j] - mean) * scale + 2 * forceWeight * this.mappedForces[j * s + site];
    }
    for (let j = 0; j < n; j++) {
      let mean = 0;
      for (let k = j * s; k < (j + 1) * s; k++) mean += p[k] * out[k];
      for (let k = j * s; k < (j + 1) * s; k++) out[k] = (p[k] * (out[k] - mean)) / tau;
    }
  }
}
