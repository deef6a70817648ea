/** Linear regression of the atoms on the sites in a frame that turns with the molecule. */
import { Alignment } from '../../collective-variables/index.ts';
import { factorise, solveRows } from '../matrix.ts';
import type { Decoder } from './decoder.ts';

/** Configurations of one molecule to learn from: `sites[k]` is 3 x sites, `atoms[k]` 3 x atoms. */
export interface DecoderSamples {
  readonly sites: readonly Float64Array[];
  readonly atoms: readonly Float64Array[];
}

/** Of the mean variance of a coordinate of the sites: alignment fixes six of their combinations, which then have none. */
const relativeRidge = 1e-6;
/** Rounds of superposition on the mean of the round before. */
const rounds = 3;

/**
 * Sites are superposed on their mean structure (weights are their numbers of atoms, so that the centre is the molecule's centroid); in that frame
 * all 3 x atoms coordinates are an affine function of all 3 x sites ones, found by least squares; the result is turned back.
 *
 * The constant and the mixing of x, y and z are what the decoder of the autoencoder lacks: atoms may lie off the line or plane of the sites,
 * and on the right side of it. It turns with the molecule, and since every site is a linear function of its atoms, the decoded atoms have exactly
 * the sites that they were decoded from (but for the ridge). What it gives is still a mean: an atom that turns freely about an axis lies on the axis, so
 * bonds come out short where the sites do not say where an atom is; relaxation with the force field is for that. Two sites have
 * no orientation about their axis, and give no more than the linear decoder.
 */
export function fitAlignedDecoder(samples: DecoderSamples, weights: Float64Array): Decoder {
  const reference = meanStructure(samples.sites, weights);
  const frame = new MolecularFrame(reference, weights);
  const p = reference.length;
  const q = samples.atoms[0].length;
  const count = samples.sites.length;
  const z = samples.sites.map((sites) => frame.enter(sites).slice());
  const meanSites = mean(z);
  const meanAtoms = new Float64Array(q);
  const normal = new Float64Array(p * p);
  const cross = new Float64Array(q * p);
  const turned = new Float64Array(q);
  for (let k = 0; k < count; k++) {
    frame.enter(samples.sites[k]);
    frame.turn(samples.atoms[k], turned);
    for (let a = 0; a < q; a++) meanAtoms[a] += turned[a] / count;
    for (let b = 0; b < p; b++) {
      const d = z[k][b] - meanSites[b];
      for (let c = 0; c < p; c++) normal[b * p + c] += d * (z[k][c] - meanSites[c]);
      for (let a = 0; a < q; a++) cross[a * p + b] += d * turned[a]; // the mean of d is zero
    }
  }
  let trace = 0;
  for (let b = 0; b < p; b++) trace += normal[b * p + b];
  for (let b = 0; b < p; b++) normal[b * p + b] += relativeRidge * (trace / p) + Number.MIN_VALUE;
  factorise(normal, p);
  solveRows(normal, cross, p, q);
  return {
    decode(sites, atoms) {
      const local = frame.enter(sites);
      for (let a = 0; a < q; a++) {
        let x = meanAtoms[a];
        for (let b = 0; b < p; b++) x += cross[a * p + b] * (local[b] - meanSites[b]);
        turned[a] = x;
      }
      frame.turnBack(turned, atoms);
    },
  };
}

/** The mean of the configurations after superposition on it. */
function meanStructure(configurations: readonly Float64Array[], weights: Float64Array): Float64Array {
  let reference = configurations[0];
  for (let round = 0; round < rounds; round++) {
    const frame = new MolecularFrame(reference, weights);
    reference = mean(configurations.map((sites) => frame.enter(sites).slice()));
  }
  return reference;
}

function mean(values: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(values[0].length);
  for (const value of values) for (let k = 0; k < sum.length; k++) sum[k] += value[k] / values.length;
  return sum;
}

/** Coordinates about the centre of a molecule and along axes that turn with it. */
class MolecularFrame {
  private readonly alignment: Alignment;
  private readonly local: Float64Array;

  constructor(reference: Float64Array, weights: Float64Array) {
    this.alignment = new Alignment(reference, weights);
    this.local = new Float64Array(reference.length);
  }

  /** Makes this the frame of the molecule with these sites, and returns them in it; valid until the next call. */
  enter(sites: Float64Array): Float64Array {
    this.alignment.align(sites, this.local);
    return this.local;
  }

  turn(x: Float64Array, out: Float64Array): void {
    const { rotation: r, centre } = this.alignment;
    for (let i = 0; i < x.length; i += 3)
      for (let a = 0; a < 3; a++) {
        let sum = 0;
        for (let b = 0; b < 3; b++) sum += r[3 * a + b] * (x[i + b] - centre[b]);
        out[i + a] = sum;
      }
  }

  turnBack(x: Float64Array, out: Float64Array): void {
    const { rotation: r, centre } = this.alignment;
    for (let i = 0; i < x.length; i += 3)
      for (let b = 0; b < 3; b++) {
        let sum = centre[b];
        for (let a = 0; a < 3; a++) sum += r[3 * a + b] * x[i + a];
        out[i + b] = sum;
      }
  }
}
