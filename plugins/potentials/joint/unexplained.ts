/** The part of a mapping's forces that no pair-additive potential of its sites explains: the loss that map and potential share. */
import type { Box, Frame, Structure } from '../../../engine/index.ts';
import { type Assignment, type MoleculeLayout, mapFrame, mapStructure } from '../../coarse-graining/index.ts';
import type { ForceWhitening } from '../model.ts';
import { matchForces, type SplineOptions, smoothnessPenalty } from '../spline/fit.ts';
import { NormalEquations, solve } from '../spline/normal-equations.ts';
import { type StoredFrame, trainingSet } from '../training-set.ts';

/** An atomistic frame with forces, held in memory. */
export interface AtomisticFrame {
  readonly positions: Float64Array;
  readonly forces: Float64Array;
  readonly box: Box;
}

/** What stays the same for all mappings that are held against each other. */
export interface JointData {
  readonly structure: Structure;
  readonly layout: MoleculeLayout;
  readonly frames: readonly AtomisticFrame[];
  readonly temperature: number;
  readonly splines: SplineOptions;
  /** Whether squares of forces are divided by the mass of the site. */
  readonly overMasses: boolean;
  /** Mean square force of the atoms of a molecule, each over its mass if `overMasses`, summed over atoms and coordinates. */
  readonly atomistic: number;
}

/** Fractions of the atoms' mean square force. */
export interface ForceParts {
  /** Mean square of the sites' forces: what `forceWeight` multiplies in `train-mapping`. */
  readonly total: number;
  /** What the potential, fitted to the other blocks, leaves of it. */
  readonly unexplained: number;
  /** The same for each block. */
  readonly blocks: readonly number[];
}

/** Strength of the smoothness penalty: the middle of what is tried for potentials; the same for all mappings. */
const strength = 1e-4;
/** Parts of the frames; each is predicted by a potential that was fitted to the others. */
export const folds = 5;

/**
 * <|F + grad V|^2> with V the potential that is least for this mapping: bonds, angles, dihedrals and pairs as splines on the fitted priors. Linear
 * least squares has V in one step, so a mapping has one value, whatever was fitted before (variable projection, Golub & Pereyra, SIAM J. Numer. Anal.
 * 10, 413, 1973). Errors are those on blocks of frames that the fit has not seen: mappings have potentials with unlike numbers of parameters.
 */
export async function unexplainedForces(mapping: Assignment, data: JointData): Promise<ForceParts> {
  const { layout, overMasses, atomistic } = data;
  const structure = mapStructure(data.structure, mapping);
  const stored = data.frames.map((frame): StoredFrame => {
    const mapped = mapFrame({ ...frame, step: 0, time: 0, velocities: null } as Frame, layout, mapping);
    return { positions: mapped.positions, forces: mapped.forces as Float64Array, box: frame.box };
  });
  const plain = trainingSet(structure, stored, { blocks: folds, validationFraction: 1 / folds, temperature: data.temperature });
  const set = overMasses ? { ...plain, whitening: inverseRoots(structure.mass.subarray(0, mapping.sites)) } : plain;
  const { design, training, validation } = await matchForces(set, data.splines);
  const blocks = [...training, ...validation];
  const parts = Array.from({ length: folds }, (_, k) => NormalEquations.sum(design.columns, every(blocks, folds, k)));
  const scale = (3 * mapping.sites) / atomistic;
  const errors = parts.map((part) => {
    const others = NormalEquations.sum(
      design.columns,
      parts.filter((other) => other !== part),
    );
    return scale * part.error(solve(others, smoothnessPenalty(design, others, strength)));
  });
  let total = 0;
  for (const { forces } of stored)
    for (const [c, force] of forces.entries()) total += force ** 2 / (overMasses ? structure.mass[Math.floor(c / 3)] : 1);
  return {
    total: total / (stored.length * layout.count * atomistic),
    unexplained: errors.reduce((sum, error) => sum + error, 0) / folds,
    blocks: errors,
  };
}

/** Consecutive items, as many as make one of `parts` about equal runs. */
function every<T>(items: readonly T[], parts: number, k: number): T[] {
  return items.slice(Math.floor((k * items.length) / parts), Math.floor(((k + 1) * items.length) / parts));
}

/** Weights of 1/sqrt(M) for the residuals on sites of mass M. */
function inverseRoots(mass: Float64Array): ForceWhitening {
  const n = mass.length;
  const transform = new Float64Array(n * n);
  for (let i = 0; i < n; i++) transform[i * n + i] = 1 / Math.sqrt(mass[i]);
  return { sites: n, transform, covariance: new Float64Array(n * n), bonds: new Int32Array(0), along: new Float64Array(0) };
}
