/** The variable `path`: how far along a path of nodes a configuration is, and how far away from it. */
import { difference, exp, InputError, log, parseQuantity, type VariableContext, type VariableKind } from '../../engine/index.ts';
import { Parts } from './parts.ts';

/** Squared distances from all nodes, and the factors of their derivatives with respect to the components. */
interface Nodes {
  readonly count: number;
  /** Writes the squared distance from each node. */
  distances(values: Float64Array, out: Float64Array): void;
  /** Adds factor * d distance_node / d component to `slopes`. */
  addSlopes(values: Float64Array, node: number, factor: number, slopes: Float64Array): void;
  /** Mean squared distance of neighbouring nodes; null if only a configuration has distances. */
  readonly spacing: number | null;
}

/**
 * s = sum_i i exp(-lambda d_i) / sum_i exp(-lambda d_i), i from 1, and z = -ln(sum_i exp(-lambda d_i)) / lambda, with d_i the squared distance
 * from node i (Branduardi, Gervasio & Parrinello, J. Chem. Phys. 126, 054103, 2007).
 */
export const path: VariableKind = {
  name: 'path',
  summary: 'Progress s along a path of nodes (from 1 to their number) and squared distance z from it (Branduardi et al. 2007).',
  status: 'validated',
  schema: {
    required: ['of'],
    properties: {
      of: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description:
          'variables defined before: with "nodes", the coordinates that the nodes are given in; without, the distance (such as an rmsd) from each node',
      },
      nodes: {
        type: 'array',
        items: { type: 'array', items: { type: ['number', 'string'] }, minItems: 1 },
        minItems: 2,
        description: 'for each node one number a component of "of", with a unit or in that of the component',
      },
      lambda: {
        type: 'number',
        exclusiveMinimum: 0,
        description: 'inverse of a squared distance; 2.3 over the mean square distance of neighbouring nodes if absent',
      },
    },
  },
  compile(name, settings, { structure, where, variable }: VariableContext) {
    const of = new Parts((settings.of as string[]).map(variable));
    const given = settings.nodes as (number | string)[][] | undefined;
    const nodes = given ? nodesIn(of, given, structure.units, where) : distancesFrom(of, where);
    const lambda = (settings.lambda as number | undefined) ?? (nodes.spacing ? 2.3 / nodes.spacing : null);
    if (lambda === null)
      throw new InputError(`${where}.lambda`, 'is missing: distances alone do not say how far apart the nodes are');
    const distances = new Float64Array(nodes.count);
    const weights = new Float64Array(nodes.count);
    const slopes = new Float64Array(of.components.length);
    const strain = new Float64Array(18);
    return {
      name,
      components: ['s', 'z'].map((part) => ({ name: `${name}.${part}`, dimension: 'dimensionless' as const, period: null })),
      atoms: of.atoms,
      strain,
      evaluate(positions, box, values, gradients) {
        of.evaluate(positions, box);
        nodes.distances(of.values, distances);
        let nearest = distances[0];
        for (let i = 1; i < nodes.count; i++) nearest = Math.min(nearest, distances[i]);
        let [total, progress] = [0, 0];
        for (let i = 0; i < nodes.count; i++) {
          weights[i] = exp(-lambda * (distances[i] - nearest));
          total += weights[i];
          progress += (i + 1) * weights[i];
        }
        const s = progress / total;
        values[0] = s;
        values[1] = nearest - log(total) / lambda;
        for (let row = 0; row < 2; row++) {
          slopes.fill(0);
          for (let i = 0; i < nodes.count; i++) {
            const share = weights[i] / total;
            nodes.addSlopes(of.values, i, row === 0 ? -lambda * share * (i + 1 - s) : share, slopes);
          }
          of.chain(slopes, gradients, 3 * row * of.atoms.length);
          strain.set(of.strain, 9 * row);
        }
      },
    };
  },
};

function nodesIn(of: Parts, given: readonly (readonly (number | string)[])[], units: 'md' | 'lj', where: string): Nodes {
  const { components } = of;
  const nodes = given.map((node, i) => {
    if (node.length !== components.length)
      throw new InputError(
        `${where}.nodes[${i}]`,
        `has ${node.length} numbers; "of" has ${components.length} components: ${components.map((c) => c.name).join(', ')}`,
      );
    return node.map((value, k) => parseQuantity(value, components[k].dimension, units, `${where}.nodes[${i}][${k}]`));
  });
  const square = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0;
    for (let k = 0; k < components.length; k++) sum += difference(a[k], b[k], components[k].period) ** 2;
    return sum;
  };
  const spacing = nodes.slice(1).reduce((sum, node, i) => sum + square(node, nodes[i]), 0) / (nodes.length - 1);
  if (spacing === 0) throw new InputError(`${where}.nodes`, 'are all the same');
  return {
    count: nodes.length,
    spacing,
    distances(values, out) {
      for (let i = 0; i < nodes.length; i++) out[i] = square(values, nodes[i]);
    },
    addSlopes(values, node, factor, slopes) {
      for (let k = 0; k < slopes.length; k++)
        slopes[k] += 2 * factor * difference(values[k], nodes[node][k], components[k].period);
    },
  };
}

/** Each component is itself a distance from a node. */
function distancesFrom(of: Parts, where: string): Nodes {
  const count = of.components.length;
  if (count < 2) throw new InputError(`${where}.of`, 'names one distance; a path has at least two nodes');
  return {
    count,
    spacing: null,
    distances(values, out) {
      for (let i = 0; i < count; i++) out[i] = values[i] * values[i];
    },
    addSlopes(values, node, factor, slopes) {
      slopes[node] += 2 * factor * values[node];
    },
  };
}
