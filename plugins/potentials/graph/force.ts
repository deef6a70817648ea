/** The force `graph-potential`: a trained graph network as a force of the engine. */
import type { CustomForce, CustomForceKind, ForceKernel, KernelContext, PairList } from '../../../engine/index.ts';
import { InputError, smallestWidth } from '../../../engine/index.ts';
import { ExcludedPairs } from '../neighbour-pairs.ts';
import type { GraphArchitecture } from './architecture.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { type BondPoints, farthestPoint, kernelWithPoints, noPoints } from './points.ts';
import { referenceKernel } from './reference.ts';
import { simdAvailable, simdKernel } from './simd.ts';

/** `data` of the force `graph-potential`. */
export interface GraphPotentialData {
  readonly architecture: GraphArchitecture;
  /** Dense parameters, flat, as `parameterLayout` says. */
  readonly parameters: Float64Array;
  /** Filter tables [layer][row][feature]: cubic B-spline coefficients, rows of non-bonded edges first. */
  readonly tables: Float64Array;
  /** Species of each node, 0 ... species - 1: sites, then points. */
  readonly species: Int32Array;
  /** Points on bonds; none if absent. */
  readonly points?: BondPoints;
  /** Length: pair lists are made for bonds up to this. */
  readonly longestBond?: number;
  /** Edges of the bonded graph, flat pairs; they are not edges of the non-bonded graph. */
  readonly bonded: Int32Array;
  /** `fast` (f32 SIMD where it can serve; the default) or `reference` (f64). */
  readonly precision?: 'fast' | 'reference';
}

/** The kernel that serves a network on nodes here: SIMD if this machine and the number of features allow it. */
export function chooseKernel(
  architecture: GraphArchitecture,
  sites: GraphSites,
  precision: 'fast' | 'reference' = 'fast',
): GraphKernel {
  return precision === 'fast' && simdAvailable(architecture)
    ? simdKernel(architecture, sites)
    : referenceKernel(architecture, sites);
}

/** @throws InputError if the data are of another number of sites, or the box is smaller than twice the cut-off */
function compile(description: CustomForce, context: KernelContext): ForceKernel {
  const data = description.data as GraphPotentialData;
  const { architecture, species, bonded, points = noPoints, longestBond = 0 } = data;
  const { structure, box } = context.system;
  const sites = species.length - points.fractions.length;
  if (sites !== structure.mass.length)
    throw new InputError('graph-potential', `describes ${sites} sites, but the system has ${structure.mass.length} particles`);
  const { cutoff } = architecture.nonbonded;
  const width = smallestWidth(box);
  if (width < 2 * cutoff)
    throw new InputError(
      'system.box',
      `its smallest width is ${width.toPrecision(6)}, but the graph potential's cut-off of ${cutoff} needs at least ${2 * cutoff}; ` +
        'use a larger box or replicate it',
    );
  const nodes = chooseKernel(architecture, { species, bonded }, data.precision);
  const kernel = kernelWithPoints(nodes, structure, points, bonded, longestBond);
  kernel.setNetwork(data.parameters, data.tables);
  // Points reach farther than the sites they are listed with. A box too small for a list of that reach has few pairs: all are offered.
  const reach = cutoff + 2 * farthestPoint(points, longestBond);
  const list = width < 2 * reach ? everyPair(sites, bonded) : context.pairList(reach, bonded);
  let version = Number.NaN;
  return {
    label: description.label ?? 'graph-potential',
    compute(positions, box, forces, virial) {
      if (list.version !== version) {
        kernel.setPairs(list.start, list.neighbours);
        version = list.version;
      }
      return kernel.evaluate(positions, box, forces, virial);
    },
  };
}

/** All pairs of sites that are not bonded, in the form of a pair list that never changes. */
export function everyPair(sites: number, bonded: Int32Array): Pick<PairList, 'version' | 'start' | 'neighbours'> {
  const excluded = new ExcludedPairs(sites, bonded);
  const start = new Int32Array(sites + 1);
  const neighbours: number[] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) if (!excluded.has(i, j)) neighbours.push(j);
    start[i + 1] = neighbours.length;
  }
  return { version: 0, start, neighbours: Int32Array.from(neighbours) };
}

export const graphPotential: CustomForceKind = {
  name: 'graph-potential',
  summary: 'A trained continuous-filter graph network over bonded and non-bonded pairs of sites.',
  status: 'validated',
  schema: { properties: {} },
  compile,
};
