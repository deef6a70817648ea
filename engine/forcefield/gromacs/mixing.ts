/** Lennard-Jones parameters of pairs of atom types: combination rules, and pairs that the topology overrides. */
import { InputError } from '../../errors.ts';
import { pow } from '../../math/functions.ts';
import type { Defaults, GromacsTopology } from './description.ts';
import { pairParameters } from './lookup.ts';

export interface SigmaEpsilon {
  readonly sigma: number;
  readonly epsilon: number;
}

/** From the two numbers of the file to sigma (nm) and epsilon (kJ/mol). Throws InputError at `where` for a C12 without a C6. */
export function sigmaEpsilon([v, w]: readonly number[], { combination }: Defaults, where: string): SigmaEpsilon {
  if (combination !== 1) return { sigma: v, epsilon: w };
  if (v === 0 && w === 0) return { sigma: 0, epsilon: 0 };
  if (!(v > 0 && w > 0))
    throw new InputError(
      where,
      `C6 ${v} and C12 ${w} are not the Lennard-Jones form with a well: a purely repulsive or attractive pair is not supported`,
    );
  return { sigma: pow(w / v, 1 / 6), epsilon: (v * v) / (4 * w) };
}

/** Parameters between two atom types: of [ nonbond_params ], else mixed by the combination rule. */
export function mixed(topology: GromacsTopology, a: string, b: string): SigmaEpsilon {
  const { defaults, atomTypes } = topology;
  const override = pairParameters(topology, 'nonbonded', a, b);
  if (override) return sigmaEpsilon(override.parameters[0], defaults, override.where);
  const [va, wa] = atomTypes.get(a)?.parameters ?? [0, 0];
  const [vb, wb] = atomTypes.get(b)?.parameters ?? [0, 0];
  if (defaults.combination === 1)
    return sigmaEpsilon([Math.sqrt(va * vb), Math.sqrt(wa * wb)], defaults, `the types ${a} and ${b}`);
  return { sigma: defaults.combination === 2 ? (va + vb) / 2 : Math.sqrt(va * vb), epsilon: Math.sqrt(wa * wb) };
}

/** Parameters of a 1-4 pair: of [ pairtypes ], else generated from the pair's own and fudgeLJ; undefined where nothing says. */
export function mixed14(topology: GromacsTopology, a: string, b: string): SigmaEpsilon | undefined {
  const given = pairParameters(topology, 'pairs', a, b);
  if (given) return sigmaEpsilon(given.parameters[0], topology.defaults, given.where);
  if (!topology.defaults.generatePairs) return undefined;
  const { sigma, epsilon } = mixed(topology, a, b);
  return { sigma, epsilon: topology.defaults.fudgeLJ * epsilon };
}
