/**
 * Several networks trained alike from other random weights: the best one drives a simulation, the others say how far it can be trusted. Where
 * forces of networks that fit the same data differ, the data did not decide them (query by committee, Seung et al., COLT 1992; for
 * potentials Behler, Int. J. Quantum Chem. 115, 1032, 2015).
 */
import type { Box } from '../../../engine/index.ts';
import type { GraphKernel } from './kernel.ts';
import type { ForceMatching } from './matching.ts';

/** A member's numbers, in the order of training. */
export interface Member {
  readonly seed: number;
  /** Weighted mean square error on the validation frames. */
  readonly validation: number;
}

/** In `model.json`. */
export interface EnsembleReport {
  readonly members: readonly Member[];
  /** Index of the member that drives simulations: the one with the least validation error. */
  readonly chosen: number;
  /** Root mean square over members, sites and components of what a member's force differs from the mean of all, energy/length. */
  readonly spread: number;
}

/** Prefix of the tensors of a member that was not chosen. */
export function memberPrefix(member: number): string {
  return `member${member}.`;
}

/** Force calls from one look at all members to the next: it costs a few per cent. */
export const stepsBetweenLooks = 100;

/** Seeds of members far apart; the first is that of a training alone. */
export function memberSeed(seed: number, member: number): number {
  return (seed + member * 104_729) % 2 ** 32;
}

/** Sum over sites and components of the variance of forces between members (flat arrays of one length), the unbiased one. */
export function variance(forces: readonly Float64Array[]): number {
  let sum = 0;
  for (let k = 0; k < forces[0].length; k++) {
    let [mean, square] = [0, 0];
    for (const of of forces) mean += of[k] / forces.length;
    for (const of of forces) square += (of[k] - mean) ** 2;
    sum += square / (forces.length - 1);
  }
  return sum;
}

/** Spread of the members' forces over frames. */
export function spreadOverFrames(
  matching: ForceMatching,
  networks: readonly { readonly parameters: Float64Array; readonly tables: Float64Array }[],
  frames: readonly number[],
): number {
  const byMember = networks.map(({ parameters, tables }) => {
    matching.setNetwork(parameters, tables);
    return frames.map((frame) => matching.networkForces(frame));
  });
  let [sum, count] = [0, 0];
  frames.forEach((_, f) => {
    sum += variance(byMember.map((forces) => forces[f]));
    count += byMember[0][f].length;
  });
  return Math.sqrt(sum / Math.max(1, count));
}

/** Looks now and then, while the chosen member drives, at what all members say; and reports it at the end of the run. */
export class EnsembleWatch {
  private readonly others: readonly GraphKernel[];
  private readonly every: number;
  private readonly forces: readonly Float64Array[];
  private readonly virial = new Float64Array(9);
  private calls = 0;
  private sum = 0;
  private samples = 0;
  private most = 0;
  private mostOn = -1;

  /** @param every force calls from one look to the next */
  constructor(others: readonly GraphKernel[], sites: number, every: number) {
    this.others = others;
    this.every = every;
    this.forces = Array.from({ length: others.length + 1 }, () => new Float64Array(3 * sites));
  }

  /** Whether the next force call is to be looked at; counts calls. */
  due(): boolean {
    return this.calls++ % this.every === 0;
  }

  /** @param own forces of the chosen member alone */
  look(own: Float64Array, positions: Float64Array, box: Box, start: Int32Array, neighbours: Int32Array): void {
    const [mine, ...theirs] = this.forces;
    mine.set(own);
    this.others.forEach((kernel, k) => {
      kernel.setPairs(start, neighbours);
      kernel.evaluate(positions, box, theirs[k].fill(0), this.virial);
    });
    this.sum += variance(this.forces);
    this.samples += own.length;
    for (let site = 0; site < own.length / 3; site++) {
      const spread = variance(this.forces.map((forces) => forces.subarray(3 * site, 3 * site + 3)));
      if (spread > this.most) [this.most, this.mostOn] = [spread, site];
    }
  }

  findings(): Readonly<Record<string, number>> {
    if (this.samples === 0) return {};
    return {
      'ensemble spread of a force component': Math.sqrt(this.sum / this.samples),
      'largest ensemble spread of a force': Math.sqrt(this.most),
      'on site': this.mostOn,
    };
  }
}
