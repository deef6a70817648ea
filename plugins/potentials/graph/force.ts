/** The force `graph-potential`: a trained graph network as a force of the engine. */
import type { CustomForce, CustomForceKind, ForceKernel, KernelContext, PairList } from '../../../engine/index.ts';
import { InputError, smallestWidth } from '../../../engine/index.ts';
import { ExcludedPairs } from '../neighbour-pairs.ts';
import type { GraphArchitecture } from './architecture.ts';
import { EnsembleWatch } from './ensemble.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { type BondPoints, farthestPoint, kernelWithPoints, noPoints, relatedNodes } from './points.ts';
import { referenceKernel } from './reference.ts';
import { type SimdOptions, simdAvailable, simdKernel } from './simd.ts';

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
  /** Edges of the bonded graph, flat pairs. */
  readonly bonded: Int32Array;
  /** Pairs that are no edges of the non-bonded graph, flat; the bonded ones if absent. */
  readonly unlisted?: Int32Array;
  /** `fast` (f32 SIMD where it can serve; the default) or `reference` (f64). */
  readonly precision?: 'fast' | 'reference';
  /** Other networks of the same shape, trained alike: their forces are looked at every so many calls, and the spread is reported. */
  readonly ensemble?:
    | { readonly others: readonly Pick<GraphPotentialData, 'parameters' | 'tables'>[]; readonly every: number }
    | undefined;
}

/** The kernel that serves a network on nodes here: SIMD if this machine and the number of features allow it. */
export function chooseKernel(
  architecture: GraphArchitecture,
  sites: GraphSites,
  precision: 'fast' | 'reference' = 'fast',
  options: SimdOptions = {},
): GraphKernel {
  return precision === 'fast' && simdAvailable(architecture)
    ? simdKernel(architecture, sites, options)
    : referenceKernel(architecture, sites);
}

/** Lists reach so much of the cut-off farther: one made in JavaScript costs more than to look at the pairs of a longer one. */
const buffer = 0.35;
const skin = 0.45;

/** @throws InputError if the data are of another number of sites, or the box is smaller than twice the cut-off */
function compile(description: CustomForce, context: KernelContext): ForceKernel {
  const data = description.data as GraphPotentialData;
  const { architecture, species, bonded, unlisted = bonded, points = noPoints, longestBond = 0 } = data;
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
  const excluded = relatedNodes(structure, points, unlisted);
  const kernelOf = ({ parameters, tables }: Pick<GraphPotentialData, 'parameters' | 'tables'>): GraphKernel => {
    const nodes = chooseKernel(architecture, { species, bonded, excluded }, data.precision, { threads: context.threads, skin });
    const made = kernelWithPoints(nodes, structure, points, unlisted, longestBond);
    made.setNetwork(parameters, tables);
    return made;
  };
  const kernel = kernelOf(data);
  const { ensemble } = data;
  const watch = ensemble ? new EnsembleWatch(ensemble.others.map(kernelOf), sites, ensemble.every) : null;
  const before = watch ? new Float64Array(3 * sites) : null;
  // Points reach farther than the sites they are listed with. A box too small for a list of that reach has few pairs: all are offered.
  const reach = cutoff + 2 * farthestPoint(points, longestBond);
  const list = kernel.findsPairs
    ? noPairs
    : width < 2 * reach
      ? everyPair(sites, unlisted)
      : context.pairList(reach, unlisted, buffer * cutoff);
  let version = Number.NaN;
  return {
    label: description.label ?? 'graph-potential',
    // The kernels in plain loops are given them.
    wasm: kernel.findsPairs,
    compute(positions, box, forces, virial) {
      if (!kernel.findsPairs && list.version !== version) {
        kernel.setPairs(list.start, list.neighbours);
        version = list.version;
      }
      if (!watch?.due() || !before) return kernel.evaluate(positions, box, forces, virial);
      before.set(forces);
      const energy = kernel.evaluate(positions, box, forces, virial);
      for (let k = 0; k < before.length; k++) before[k] = forces[k] - before[k];
      watch.look(before, positions, box, list.start, list.neighbours);
      return energy;
    },
    ...(watch && { findings: () => watch.findings() }),
  };
}

const noPairs: Pick<PairList, 'version' | 'start' | 'neighbours'> = {
  version: 0,
  start: new Int32Array(0),
  neighbours: new Int32Array(0),
};

/** All other pairs of sites, in the form of a pair list that never changes. */
export function everyPair(sites: number, unlisted: Int32Array): Pick<PairList, 'version' | 'start' | 'neighbours'> {
  const excluded = new ExcludedPairs(sites, unlisted);
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
  particlesPerThread: 200,
  compile,
};
