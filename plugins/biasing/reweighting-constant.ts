/** c(t), the time-dependent constant of metadynamics, from the grid that holds the hills. */
import { exp, log } from '../../engine/index.ts';
import type { HermiteGrid } from './grid.ts';

/** What exponents are taken relative to is a multiple of so many kT: it follows from the largest value alone, and seldom changes. */
const referenceStep = 32;

/**
 * c(t) = kT ln[int exp(gamma V/((gamma - 1) kT)) / int exp(V/((gamma - 1) kT))]; with hills of constant height, gamma = infinity, kT ln of the mean
 * of exp(V/kT). Tiwary & Parrinello, J. Phys. Chem. B 119, 736 (2015).
 *
 * The quotient depends on where the integrals end, as every place without hills adds as much to both. A grid that is extended must not move them, so they
 * are over a domain of one size for the whole run: `domain` points, of which those that the grid does not have (yet) count with V = 0, and if it has
 * more, as many are taken off. That is the sum over any fixed grid of that size which holds all hills.
 *
 * A hill changes few points of a grid of two or three components, so exponentials are kept and computed again where the value is another one. The
 * sums are taken anew every time, in one order: the result depends on the grid alone, not on the way to it.
 */
export class ReweightingConstant {
  private readonly kT: number;
  private readonly above: number;
  private readonly below: number;
  private reference = Number.NaN;
  private values = new Float64Array(0);
  private exponentials = new Float64Array(0);

  private readonly domain: number;

  /** @param domain points that the integrals are over */
  constructor(kT: number, biasFactor: number | null, domain: number) {
    this.kT = kT;
    this.domain = domain;
    this.above = biasFactor === null ? 1 / kT : biasFactor / ((biasFactor - 1) * kT);
    this.below = biasFactor === null ? 0 : 1 / ((biasFactor - 1) * kT);
  }

  of(grid: HermiteGrid): number {
    const { kT, above, below, domain } = this;
    const { points } = grid;
    let most = 0;
    for (let p = 0; p < points; p++) most = Math.max(most, grid.at(p));
    this.refer(referenceStep * kT * Math.ceil(most / (referenceStep * kT)), points);
    const { values, exponentials, reference } = this;
    // Every exponential is at least that of V = 0, so the sums stay positive where this is not.
    let [sumAbove, sumBelow] = [(domain - points) * exp(-above * reference), (domain - points) * exp(-below * reference)];
    for (let p = 0; p < points; p++) {
      const value = grid.at(p);
      if (value !== values[p]) {
        values[p] = value;
        exponentials[2 * p] = exp(above * (value - reference));
        exponentials[2 * p + 1] = exp(below * (value - reference));
      }
      sumAbove += exponentials[2 * p];
      sumBelow += exponentials[2 * p + 1];
    }
    return kT * (log(sumAbove / sumBelow) + (above - below) * reference);
  }

  /** Forgets what was computed for another reference, or for a grid that has been extended since. */
  private refer(reference: number, points: number): void {
    if (reference === this.reference && 2 * points === this.exponentials.length) return;
    this.reference = reference;
    this.values = new Float64Array(points).fill(Number.NaN);
    this.exponentials = new Float64Array(2 * points);
  }
}
