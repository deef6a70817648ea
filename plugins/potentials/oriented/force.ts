/** The force `bond-pairs`: pairs of bonds that interact by their distance and by how they lie. */
import {
  type Box,
  type CustomForce,
  type CustomForceKind,
  InputError,
  SimulationError,
  smallestWidth,
} from '../../../engine/index.ts';
import { emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import { Bonds } from './bonds.ts';
import { BondPairKernel, kernelServes } from './kernel.ts';
import { BondPairEnergy, type BondPairSplines } from './pair-splines.ts';

/** `data` of the force `bond-pairs`. */
export interface BondPairData {
  /** Flat pairs of sites, no site twice. */
  readonly bonds: Int32Array;
  readonly splines: BondPairSplines;
}

/** The list reaches this part of the cut-off farther. */
const skin = 0.2;

/**
 * How far the list reaches: in a small box no farther than nearest images are unique.
 * @throws SimulationError if that is less than the cut-off, in a box that has shrunk
 */
function reachOf(cutoff: number, box: Box): number {
  const half = 0.5 * smallestWidth(box);
  if (half >= cutoff) return Math.min((1 + skin) * cutoff, half);
  throw new SimulationError(
    `the box has shrunk to a smallest width of ${(2 * half).toPrecision(6)}, but the pairs of bonds reach ${cutoff.toPrecision(6)} and need at ` +
      'least twice that; start from a larger box',
  );
}

/** The energy in plain f64 TypeScript, with all pairs found anew: the model for the kernel, and what serves sheared boxes. */
export function plainBondPairs({ bonds: sites, splines }: BondPairData) {
  const bonds = new Bonds(sites);
  const energy = new BondPairEnergy(splines);
  const pairs = emptyPairs();
  return (positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number => {
    bonds.place(positions, box);
    neighbourPairs(bonds.middle, box, splines.cutoff, null, pairs);
    const sum = energy.add(bonds, pairs, virial);
    bonds.spread(forces, virial);
    return sum;
  };
}

export const bondPairs: CustomForceKind = {
  name: 'bond-pairs',
  summary: 'Bonds of molecules of two sites interact by the distance of their middles and by how they lie to one another.',
  status: 'validated',
  schema: { properties: {} },
  particlesPerThread: 400,
  /** @throws InputError if the box is smaller than twice the cut-off */
  compile(description: CustomForce, context) {
    const { bonds: sites, splines } = description.data as BondPairData;
    const width = smallestWidth(context.system.box);
    if (context.system.box.vectors && width < 2 * splines.cutoff)
      throw new InputError(
        'system.box',
        `its smallest width is ${width.toPrecision(6)}, but the pairs of bonds reach ${splines.cutoff.toPrecision(6)} and need at least twice ` +
          'that; use a larger box or replicate it',
      );
    const plain = plainBondPairs({ bonds: sites, splines });
    const kernel = kernelServes(splines, context.system.box)
      ? new BondPairKernel(sites, context.system.structure.mass.length, splines, context.threads)
      : null;
    return {
      label: description.label ?? 'bond-pairs',
      wasm: kernel !== null,
      compute(positions, box, forces, virial) {
        const reach = reachOf(splines.cutoff, box);
        return kernel && kernelServes(splines, box)
          ? kernel.compute(positions, box, forces, virial, reach)
          : plain(positions, box, forces, virial);
      },
    };
  },
};
