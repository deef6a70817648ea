/** Lennard-Jones and charges of a force field as forces: the pairs within the cut-off, and the scaled 1-4 pairs. */
import { InputError } from '../../errors.ts';
import type { ForceDescription, NonbondedForce } from '../../forces/description.ts';
import { pow } from '../../math/functions.ts';
import { pairsByBonds } from '../../system/topology.ts';
import type { AssignContext } from '../description.ts';

/** sigma and epsilon of two types. */
export interface Mixed {
  readonly sigma: number;
  readonly epsilon: number;
}

export type Combination = 'lorentz-berthelot' | 'geometric';

/** Lorentz (sigma) and Berthelot (epsilon), or the geometric mean of both (OPLS). */
export function mix(a: Mixed, b: Mixed, combination: Combination): Mixed {
  const sigma = combination === 'geometric' ? Math.sqrt(a.sigma * b.sigma) : (a.sigma + b.sigma) / 2;
  return { sigma, epsilon: Math.sqrt(a.epsilon * b.epsilon) };
}

/** Row-major sigma, epsilon over the types. */
export function pairMatrix(types: number, of: (a: number, b: number) => Mixed): Float64Array {
  const matrix = new Float64Array(2 * types * types);
  for (let a = 0; a < types; a++)
    for (let b = 0; b < types; b++) {
      const { sigma, epsilon } = of(a, b);
      matrix[2 * (a * types + b)] = sigma;
      matrix[2 * (a * types + b) + 1] = epsilon;
    }
  return matrix;
}

/** What the pairs of a system follow from. */
export interface PairSettings {
  readonly potential: 'lennard-jones' | 'wca';
  readonly bondCutoff: number;
  /** Over types, for pairs of the list and for 1-4 pairs. */
  readonly matrix: Float64Array;
  readonly matrix14: Float64Array;
  readonly lj14scale: number;
  readonly coulomb14scale: number;
  /** `null`: the tag says nothing of charges, or they do not interact. */
  readonly charge: Float64Array | null;
}

/** Force fields are fitted with the correction unless a file says otherwise, as CHARMM's do. */
function correctedByDefault({ field }: AssignContext): boolean {
  const elements = ['NonbondedForce', 'LennardJonesForce'].flatMap((tag) => field.forces.get(tag) ?? []);
  return !elements.some((element) => /^(false|0)$/i.test(element.attributes.get('useDispersionCorrection') ?? ''));
}

export function pairForces(settings: PairSettings, context: AssignContext): ForceDescription[] {
  const { potential, bondCutoff, matrix, charge } = settings;
  const { nonbonded, exclusionGraph } = context;
  const wca = potential === 'wca';
  const widest = matrix.reduce((largest, value, k) => (k % 2 === 0 ? Math.max(largest, value) : largest), 0);
  const force: NonbondedForce = {
    kind: 'nonbonded',
    label: potential,
    cutoff: wca && !charge ? pow(2, 1 / 6) * widest : nonbonded.cutoff,
    pair: {
      term: potential,
      parameters: matrix,
      width: 2,
      modifier: wca ? 'none' : nonbonded.modifier,
      ...(!wca && nonbonded.switchDistance !== undefined && { switchDistance: nonbonded.switchDistance }),
      ...(!wca && { dispersionCorrection: nonbonded.dispersionCorrection ?? correctedByDefault(context) }),
    },
    coulomb: charge ? nonbonded.coulomb : null,
    exclusions: bondCutoff === 0 ? new Int32Array(0) : pairsByBonds(exclusionGraph, 1, bondCutoff),
  };
  const scaled = bondCutoff === 3 ? pairs14(settings, context) : null;
  if (!scaled) return [force];
  if (wca)
    throw new InputError(
      context.where,
      'scaled 1-4 interactions of the wca potential are not supported; set lj14scale="0" or bondCutoff="2"',
    );
  return [force, scaled];
}

/** `null` where no 1-4 pair interacts. */
function pairs14(
  { matrix14, lj14scale, coulomb14scale, charge }: PairSettings,
  { exclusionGraph, structure }: AssignContext,
): ForceDescription | null {
  const atoms = pairsByBonds(exclusionGraph, 3, 3);
  const types = structure.typeNames.length;
  const parameters = new Float64Array((3 * atoms.length) / 2);
  let interacting = false;
  for (let p = 0; p < atoms.length; p += 2) {
    const [i, j] = [atoms[p], atoms[p + 1]];
    const k = 2 * (structure.type[i] * types + structure.type[j]);
    const o = (3 * p) / 2;
    parameters[o] = matrix14[k];
    parameters[o + 1] = lj14scale * matrix14[k + 1];
    parameters[o + 2] = charge ? coulomb14scale * charge[i] * charge[j] : 0;
    interacting ||= parameters[o + 1] !== 0 || parameters[o + 2] !== 0;
  }
  return interacting ? { kind: 'pair-list', label: 'pairs-1-4', atoms, parameters } : null;
}
