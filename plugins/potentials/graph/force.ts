/** The force `graph-potential`: a trained graph network as a force of the engine. */
import type { CustomForce, CustomForceKind, ForceKernel, KernelContext } from '../../../engine/index.ts';
import { InputError, smallestWidth } from '../../../engine/index.ts';
import type { GraphArchitecture } from './architecture.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { referenceKernel } from './reference.ts';
import { simdAvailable, simdKernel } from './simd.ts';

/** `data` of the force `graph-potential`. */
export interface GraphPotentialData {
  readonly architecture: GraphArchitecture;
  /** Dense parameters, flat, as `parameterLayout` says. */
  readonly parameters: Float64Array;
  /** Filter tables [layer][row][feature]: cubic B-spline coefficients, rows of non-bonded edges first. */
  readonly tables: Float64Array;
  /** Species of each site, 0 ... species - 1. */
  readonly species: Int32Array;
  /** Edges of the bonded graph, flat pairs; they are not edges of the non-bonded graph. */
  readonly bonded: Int32Array;
  /** `fast` (f32 SIMD where it can serve; the default) or `reference` (f64). */
  readonly precision?: 'fast' | 'reference';
}

/** The kernel that serves a network here: SIMD if this machine and the number of features allow it. */
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
  const { architecture, species, bonded } = data;
  const particles = context.system.structure.mass.length;
  if (species.length !== particles)
    throw new InputError('graph-potential', `describes ${species.length} sites, but the system has ${particles} particles`);
  const width = smallestWidth(context.system.box);
  if (width < 2 * architecture.nonbonded.cutoff)
    throw new InputError(
      'system.box',
      `its smallest width is ${width.toPrecision(6)}, but the graph potential's cut-off of ${architecture.nonbonded.cutoff} needs at ` +
        `least ${2 * architecture.nonbonded.cutoff}; use a larger box or replicate it`,
    );
  const kernel = chooseKernel(architecture, { species, bonded }, data.precision);
  kernel.setNetwork(data.parameters, data.tables);
  const list = context.pairList(architecture.nonbonded.cutoff, bonded);
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

export const graphPotential: CustomForceKind = {
  name: 'graph-potential',
  summary: 'A trained continuous-filter graph network over bonded and non-bonded pairs of sites.',
  status: 'validated',
  schema: { properties: {} },
  compile,
};
