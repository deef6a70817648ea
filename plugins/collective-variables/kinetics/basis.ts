/** Functions of frames that slow processes are looked for in: harmonics of angles and values of others, or the components of a learned variable. */
import { InputError, type Structure } from '../../../engine/index.ts';
import type { FeatureDescription } from '../learned/data/features.ts';
import type { Points } from '../learned/data/load.ts';
import { PointNetwork } from '../learned/network/point-network.ts';
import { memberships } from '../learned/terms/vamp.ts';
import type { VariableFile } from '../learned/variable-file.ts';

/** More functions than this are noise in any run, and slow. */
const mostFunctions = 300;

/** A row a function, over all points. */
export type Functions = Float64Array[];

/**
 * cos and sin of sums m_1 phi_1 + m_2 phi_2 + ... with |m_i| up to `order`, one of m and -m; the others as they are, centred and scaled.
 * @throws InputError for too many
 */
export function harmonics({ names, x, count }: Points, order: number, where: string): Functions {
  const column = (i: number): Float64Array => Float64Array.from({ length: count }, (_, p) => x[p * names.length + i]);
  const angles = names.flatMap((name, i) => (/^cos\(.*\)$/.test(name) && /^sin\(/.test(names[i + 1] ?? '') ? [i] : []));
  const others = names.map((_, i) => i).filter((i) => !angles.includes(i) && !angles.includes(i - 1));
  const many = others.length + (2 * order + 1) ** angles.length - (angles.length > 0 ? 1 : 0);
  if (many > mostFunctions)
    throw new InputError(where, `make ${many} functions of ${angles.length} angles; at most ${mostFunctions}: lower "harmonics"`);
  const functions = others.map((i) => standardised(column(i)));
  for (const turns of multiples(angles.length, order)) {
    const [re, im] = [new Float64Array(count), new Float64Array(count)];
    for (let p = 0; p < count; p++) {
      let phase = 0;
      turns.forEach((m, k) => {
        const at = p * names.length + angles[k];
        phase += m * Math.atan2(x[at + 1], x[at]);
      });
      re[p] = Math.cos(phase);
      im[p] = Math.sin(phase);
    }
    functions.push(re, im);
  }
  return functions;
}

/** All vectors of integers up to `order` in size but 0, one of each and its negative. */
function multiples(size: number, order: number): number[][] {
  let all: number[][] = [[]];
  for (let k = 0; k < size; k++)
    all = all.flatMap((head) => Array.from({ length: 2 * order + 1 }, (_, m) => [...head, m - order]));
  return all.filter((vector) => (vector.find((m) => m !== 0) ?? 0) > 0);
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return values.map((v) => (v - mean) / (deviation || 1));
}

/** The components of a learned variable. */
export function components(points: Points, { network, statistics, softmax }: VariableFile): Functions {
  const evaluator = new PointNetwork(network);
  const inputs = points.names.length;
  const rows = Array.from({ length: evaluator.outputs }, () => new Float64Array(points.count));
  for (let p = 0; p < points.count; p++) {
    for (let i = 0; i < inputs; i++)
      evaluator.input[i] = (points.x[p * inputs + i] - statistics.mean[i]) / statistics.deviation[i];
    evaluator.evaluate();
    rows.forEach((row, o) => {
      row[p] = evaluator.values[o];
    });
  }
  return softmax ? memberships(rows) : rows;
}

/** What a variable's features are, for a system that it fits. @throws InputError at `where` for one that is smaller */
export function featuresOf(file: VariableFile, structure: Structure, where: string): FeatureDescription {
  if (structure.mass.length < file.particles)
    throw new InputError(where, `was learned for ${file.particles} particles; this system has ${structure.mass.length}`);
  return file.features;
}
