/**
 * Potentials fitted from the training frames that keep a learned model in bounds where it has seen nothing.
 *
 * Bonds and angles are harmonic by Boltzmann inversion of their first two moments: x0 = <x>, k = kT / var(x). Sites that are not bonded
 * get an excluded volume, the Weeks-Chandler-Andersen repulsion, whose range 2^(1/6) sigma ends at the smallest distance seen:
 * it is exactly zero inside the training range. Learned models add to these (the prior energy of Wang et al., ACS Cent. Sci. 5, 755, 2019).
 */
import { type Box, type ForceDescription, InputError, type Structure } from '../../engine/index.ts';
import { coordinateFunctions } from './coordinates.ts';
import type { TrainingSet } from './model.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from './neighbour-pairs.ts';
import { arity, bondedGroups, exclusionsAlongBonds, typeMatrix } from './topology.ts';
import { measureTrainingRange } from './training-range.ts';

export interface HarmonicPrior {
  readonly coordinate: 'bond' | 'angle';
  readonly types: readonly string[];
  /** Length, or rad. */
  readonly mean: number;
  /** Energy/length^2, or energy/rad^2. */
  readonly k: number;
}

export interface CorePrior {
  readonly types: readonly [string, string];
  readonly sigma: number;
  readonly epsilon: number;
}

/** JSON: part of a model's description. */
export interface Priors {
  /** Pairs up to so many bonds apart have no non-bonded interaction. */
  readonly excludedBonds: number;
  readonly harmonic: readonly HarmonicPrior[];
  readonly core: readonly CorePrior[];
}

/** Where the Weeks-Chandler-Andersen repulsion ends, in units of sigma. */
const coreRange = 2 ** (1 / 6);
/** Height of the repulsion at sigma in kT: 5% below the smallest distance seen costs about 3 kT, 10% about 16 kT. */
const coreStrength = 20;
/** Relative width below which a coordinate counts as rigid: no harmonic prior is stiffer than that. */
const leastRelativeWidth = 1e-4;

/** Priors from the training frames. `excludedBonds`: 1 takes bonded pairs out of the non-bonded ones, 2 those across an angle too. */
export function fitPriors(set: TrainingSet, excludedBonds = 2): Priors {
  const range = measureTrainingRange(set, excludedBonds);
  const harmonic = range.bonded.flatMap(({ coordinate, types, mean, variance }): HarmonicPrior[] => {
    if (coordinate === 'dihedral') return [];
    return [{ coordinate, types, mean, k: set.kT / Math.max(variance, (leastRelativeWidth * mean) ** 2) }];
  });
  const core = range.pairs.map(({ types, minimum }) => ({ types, sigma: minimum / coreRange, epsilon: coreStrength * set.kT }));
  return { excludedBonds, harmonic, core };
}

function harmonicOf(priors: Priors, coordinate: string, types: readonly string[]): HarmonicPrior {
  const found = priors.harmonic.find((p) => p.coordinate === coordinate && p.types.join(' ') === types.join(' '));
  if (found) return found;
  const known = priors.harmonic.filter((p) => p.coordinate === coordinate).map((p) => p.types.join('-'));
  throw new InputError(
    'system',
    `the model knows no ${coordinate} ${types.join('-')}; it was trained on ${known.join(', ') || 'none'}. Use it for the molecules it was trained on`,
  );
}

/** The priors as forces of the engine: `harmonic-bond`, `harmonic-angle` and `wca`. Throws InputError for a bond or angle never trained on. */
export function priorForces(priors: Priors, structure: Structure): ForceDescription[] {
  const forces: ForceDescription[] = [];
  for (const coordinate of ['bond', 'angle'] as const) {
    const groups = bondedGroups(structure).filter((group) => group.coordinate === coordinate);
    if (groups.length === 0) continue;
    const parameters = groups.flatMap(({ types, sites }) => {
      const { mean, k } = harmonicOf(priors, coordinate, types);
      return Array.from({ length: sites.length / arity[coordinate] }, () => [mean, k]).flat();
    });
    forces.push({
      kind: 'bonded',
      term: `harmonic-${coordinate}`,
      label: `prior-${coordinate}`,
      atoms: Int32Array.from(groups.flatMap((group) => [...group.sites])),
      parameters: Float64Array.from(parameters),
    });
  }
  if (priors.core.length > 0) {
    const none = { sigma: 0, epsilon: 0 };
    const matrix = typeMatrix(structure, (a, b) => priors.core.find((c) => c.types[0] === a && c.types[1] === b), none);
    forces.push({
      kind: 'nonbonded',
      label: 'prior-core',
      cutoff: coreRange * Math.max(...priors.core.map((c) => c.sigma)),
      pair: {
        term: 'wca',
        parameters: Float64Array.from(matrix.flatMap(({ sigma, epsilon }) => [sigma, epsilon])),
        width: 2,
        modifier: 'none',
      },
      coulomb: null,
      exclusions: exclusionsAlongBonds(structure, priors.excludedBonds),
    });
  }
  return forces;
}

/** Energy of an excluded volume at a distance, and its derivative. */
export function coreEnergy({ sigma, epsilon }: CorePrior, r: number): [number, number] {
  if (r >= coreRange * sigma) return [0, 0];
  const s6 = (sigma / r) ** 6;
  return [4 * epsilon * s6 * (s6 - 1) + epsilon, (-24 * epsilon * s6 * (2 * s6 - 1)) / r];
}

/** Adds the forces of the priors to `forces` and returns their energy. */
export type PriorEvaluator = (positions: Float64Array, box: Box, forces: Float64Array) => number;

/** The priors as a plain function for training: the same energy that `priorForces` describes for the engine. */
export function compilePriors(priors: Priors, structure: Structure): PriorEvaluator {
  const bonded = bondedGroups(structure)
    .filter((group) => group.coordinate !== 'dihedral')
    .map((group) => ({ ...group, ...harmonicOf(priors, group.coordinate, group.types) }));
  const types = structure.typeNames.length;
  const core = typeMatrix(structure, (a, b) => priors.core.find((c) => c.types[0] === a && c.types[1] === b), null);
  const cutoff = coreRange * Math.max(0, ...priors.core.map((c) => c.sigma));
  const excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, priors.excludedBonds));
  const pairs = emptyPairs();
  const gradient = new Float64Array(12);
  return (positions, box, forces) => {
    let energy = 0;
    for (const { coordinate, sites, mean, k } of bonded) {
      const width = arity[coordinate];
      for (let o = 0; o < sites.length; o += width) {
        const x = coordinateFunctions[coordinate](positions, box, sites, o, gradient) - mean;
        energy += 0.5 * k * x * x;
        for (let a = 0; a < width; a++) for (let c = 0; c < 3; c++) forces[3 * sites[o + a] + c] -= k * x * gradient[3 * a + c];
      }
    }
    if (cutoff > 0) neighbourPairs(positions, box, cutoff, excluded, pairs);
    for (let n = 0; n < pairs.count; n++) {
      const [i, j] = [pairs.i[n], pairs.j[n]];
      const prior = core[structure.type[i] * types + structure.type[j]];
      if (!prior || pairs.distance[n] >= coreRange * prior.sigma) continue;
      const [value, derivative] = coreEnergy(prior, pairs.distance[n]);
      energy += value;
      const scale = -derivative / pairs.distance[n];
      for (let c = 0; c < 3; c++) {
        forces[3 * i + c] -= scale * pairs.vector[3 * n + c];
        forces[3 * j + c] += scale * pairs.vector[3 * n + c];
      }
    }
    return energy;
  };
}
