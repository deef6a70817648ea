/** The coarse-graining autoencoder on covariance matrices: its loss and the gradient of it. */
import { exp, log } from '../../engine/index.ts';
import { factorise, inner, multiply, multiplyByTranspose, multiplyTransposed, solveRows, trace } from './matrix.ts';

/** What one model learns from, scaled so that losses are fractions: positions, and forces (each over its mass if there are masses), have trace 1. */
export interface AutoencoderProblem {
  readonly atoms: number;
  readonly sites: number;
  /** Row-major atoms x atoms. */
  readonly positions: Float64Array;
  readonly forces: Float64Array | null;
  /** Masses of the atoms where the square of a site's force is divided by its mass; `null` where it is not. */
  readonly masses: Float64Array | null;
  /** The first atom of the unit of each atom: atoms that share a site. Absent: each is its own. */
  readonly units?: readonly number[];
}

export interface AutoencoderLoss {
  readonly loss: number;
  /** Unexplained fraction of the variance of the positions. */
  readonly reconstruction: number;
  /** Mapped forces: their mean square (over the site's mass), summed over sites, over the atoms', summed over atoms. */
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
 * P^T is b = (A A^T)^-1 A for a hard assignment: it adds up the forces of a site's atoms. With masses m the diagonal elements Q_I of
 * P^T Cf P are divided by M_I = sum_j m_j P_jI before they are added up (M_I = 1 and m = 0 without). The linear decoder is eliminated instead of
 * stepped: D = C A^T (A C A^T + ridge)^-1 is exact for every sample, so the assignment never follows a decoder that lags behind
 * (variable projection, Golub & Pereyra, SIAM J. Numer. Anal. 10, 413, 1973). For a ring of 70 on 24 sites it came within 6% of the
 * error of equal blocks, where stepping D and logits together stayed 50% above in trials. Since D is the minimum, its own
 * change does not contribute to the derivatives:
 *
 *     G = d/dA = 2 (D^T D A C - D^T C),   d/dP_jI = (G_Ij - sum_k G_Ik A_Ik) / sum_k P_kI
 *                + forceWeight [2 (Cf P)_jI / M_I - m_j Q_I / M_I^2],
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
  /** d(force term) / dP, atoms x sites. */
  private readonly forceGradient: Float64Array;

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
    this.forceGradient = new Float64Array(size);
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
    const force = forces ? this.forceTerm(forces) : 0;
    const weight = forces ? forceWeight : 0;
    this.backpropagate(tau, weight);
    return { loss: reconstruction + weight * force, reconstruction, force, entropy };
  }

  /** Fills the gradient of the force term with respect to P; returns the term. */
  private forceTerm(forces: Float64Array): number {
    const { atoms: n, sites: s, masses } = this.problem;
    const out = this.forceGradient;
    multiply(forces, this.assignment, n, n, s, out);
    let sum = 0;
    for (let site = 0; site < s; site++) {
      let [square, mass] = [0, 0];
      for (let j = 0, k = site; j < n; j++, k += s) {
        square += this.assignment[k] * out[k];
        mass += masses ? masses[j] * this.assignment[k] : 0;
      }
      mass = masses ? Math.max(mass, tiny) : 1;
      sum += square / mass;
      for (let j = 0, k = site; j < n; j++, k += s)
        out[k] = (2 * out[k]) / mass - (masses ? (masses[j] * (square / mass)) / mass : 0);
    }
    return sum;
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
      for (let j = 0; j < n; j++) out[j * s + site] = (g[j] - mean) * scale + forceWeight * this.forceGradient[j * s + site];
    }
    for (let j = 0; j < n; j++) {
      let mean = 0;
      for (let k = j * s; k < (j + 1) * s; k++) mean += p[k] * out[k];
      for (let k = j * s; k < (j + 1) * s; k++) out[k] = (p[k] * (out[k] - mean)) / tau;
    }
  }
}
