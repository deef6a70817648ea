/** The coarse-graining autoencoder on covariance matrices: its loss and the gradient of it. */
import { inner, multiply, multiplyTransposed, trace, transpose } from './matrix.ts';

/** What one model learns from, scaled so that losses are fractions: both matrices have trace 1. */
export interface AutoencoderProblem {
  readonly atoms: number;
  readonly sites: number;
  /** Row-major atoms x atoms. */
  readonly positions: Float64Array;
  readonly forces: Float64Array | null;
}

/** Row-major atoms x sites: one score of each site for each atom, and the decoder matrix. */
export interface AutoencoderParameters {
  readonly logits: Float64Array;
  readonly decoder: Float64Array;
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
 * Evaluates loss and gradient for one sample of Gumbel noise (Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125, 2019).
 *
 * P = softmax((logits + noise) / tau) over the sites of each atom; encoder A_Ij = P_jI / sum_j P_jI; with the covariances C, Cf
 *
 *     loss = tr C - 2 tr(D A C) + tr(D A C A^T D^T) + forceWeight tr(P^T Cf P)
 *
 * P^T is b = (A A^T)^-1 A for a hard assignment: it adds up the forces of a site's atoms. The derivatives are
 *
 *     d/dD = 2 (D A C - C) A^T,   G = d/dA = 2 D^T (D A C - C),   d/dP_jI = (G_Ij - sum_k G_Ik A_Ik) / sum_k P_kI + 2 forceWeight (Cf P)_jI,
 *     d/dlogits_jI = P_jI (d/dP_jI - sum_K P_jK d/dP_jK) / tau
 */
export class Autoencoder {
  readonly problem: AutoencoderProblem;
  /** Gradients of the last `evaluate`, atoms x sites. */
  readonly logitsGradient: Float64Array;
  readonly decoderGradient: Float64Array;
  /** Assignment probabilities of the last `evaluate`, atoms x sites. */
  readonly assignment: Float64Array;
  private readonly totals: Float64Array;
  private readonly encoder: Float64Array;
  private readonly encoderTransposed: Float64Array;
  private readonly encoderGradient: Float64Array;
  private readonly encoded: Float64Array;
  private readonly residual: Float64Array;
  private readonly mappedForces: Float64Array;

  constructor(problem: AutoencoderProblem) {
    const { atoms, sites } = problem;
    this.problem = problem;
    this.logitsGradient = new Float64Array(atoms * sites);
    this.decoderGradient = new Float64Array(atoms * sites);
    this.assignment = new Float64Array(atoms * sites);
    this.totals = new Float64Array(sites);
    this.encoder = new Float64Array(sites * atoms);
    this.encoderTransposed = new Float64Array(atoms * sites);
    this.encoderGradient = new Float64Array(sites * atoms);
    this.encoded = new Float64Array(sites * atoms);
    this.residual = new Float64Array(atoms * atoms);
    this.mappedForces = new Float64Array(atoms * sites);
  }

  /**
   * @param noise atoms x sites, added to the logits; `null` for none
   * @param tau temperature of the softmax
   */
  evaluate(parameters: AutoencoderParameters, noise: Float64Array | null, tau: number, forceWeight: number): AutoencoderLoss {
    const { atoms: n, sites: s, positions, forces } = this.problem;
    const { decoder } = parameters;
    const entropy = this.assign(parameters.logits, noise, tau);
    multiply(this.encoder, positions, s, n, n, this.encoded);
    const residual = multiply(decoder, this.encoded, n, s, n, this.residual);
    for (let i = 0; i < residual.length; i++) residual[i] -= positions[i];
    transpose(this.encoder, s, n, this.encoderTransposed);
    multiply(residual, this.encoderTransposed, n, n, s, this.decoderGradient);
    // tr(D A C A^T D^T) - tr(C A^T D^T) is the inner product of D and (D A C - C) A^T; the other half of the cross term stands alone.
    const crossed = multiplyTransposed(decoder, positions, n, s, n, this.encoderGradient);
    const reconstruction = trace(positions, n) + inner(decoder, this.decoderGradient) - inner(crossed, this.encoder);
    for (let i = 0; i < n * s; i++) this.decoderGradient[i] *= 2;
    multiplyTransposed(decoder, residual, n, s, n, this.encoderGradient);
    let force = 0;
    if (forces) {
      multiply(forces, this.assignment, n, n, s, this.mappedForces);
      force = inner(this.assignment, this.mappedForces);
    }
    this.backpropagate(tau, forces ? forceWeight : 0);
    return { loss: reconstruction + (forceWeight === 0 ? 0 : forceWeight * force), reconstruction, force, entropy };
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
      for (let k = j * s; k < (j + 1) * s; k++) sum += p[k] = Math.exp(p[k] - highest);
      for (let site = 0, k = j * s; site < s; site++, k++) {
        p[k] /= sum;
        this.totals[site] += p[k];
        if (p[k] > 0) entropy -= p[k] * Math.log(p[k]);
      }
    }
    for (let site = 0; site < s; site++) {
      const scale = 1 / Math.max(this.totals[site], Number.MIN_VALUE ** 0.5);
      for (let j = 0; j < n; j++) this.encoder[site * n + j] = p[j * s + site] * scale;
    }
    return s > 1 ? entropy / (n * Math.log(s)) : 0;
  }

  /** From the gradient with respect to the encoder (half of it) and the force term to that with respect to the logits. */
  private backpropagate(tau: number, forceWeight: number): void {
    const { atoms: n, sites: s } = this.problem;
    const p = this.assignment;
    const out = this.logitsGradient;
    for (let site = 0; site < s; site++) {
      const g = this.encoderGradient.subarray(site * n, (site + 1) * n);
      const mean = inner(g, this.encoder.subarray(site * n, (site + 1) * n));
      const scale = 2 / Math.max(this.totals[site], Number.MIN_VALUE ** 0.5);
      for (let j = 0; j < n; j++) {
        out[j * s + site] = (g[j] - mean) * scale;
        if (forceWeight !== 0) out[j * s + site] += 2 * forceWeight * this.mappedForces[j * s + site];
      }
    }
    for (let j = 0; j < n; j++) {
      let mean = 0;
      for (let k = j * s; k < (j + 1) * s; k++) mean += p[k] * out[k];
      for (let k = j * s; k < (j + 1) * s; k++) out[k] = (p[k] * (out[k] - mean)) / tau;
    }
  }
}
