/** Tables for pictures: the variable over two features at the points of training, and the path that a decoder draws. */
import type { Points } from './data/load.ts';
import type { InputStatistics } from './data/prepare.ts';
import type { NetworkDescription } from './network/description.ts';
import { PointNetwork } from './network/point-network.ts';

const mostPoints = 20000;
const pathPoints = 100;

/**
 * `plane.csv`: the two features, the components of the variable, and the weight of at most 20 000 points; `decoded.csv`: the inputs that the
 * decoder of a variable of one component gives, between its 1st and 99th percentile.
 */
export function planeTables(
  points: Points,
  plane: readonly string[],
  values: readonly Float64Array[],
  decoder: NetworkDescription | null,
  statistics: InputStatistics,
): Record<string, string> {
  const tables: Record<string, string> = {};
  if (plane.length === 2) {
    const stride = Math.max(1, Math.ceil(points.count / mostPoints));
    const lines = [[...plane, ...values.map((_, c) => `value${c}`), 'weight'].join(',')];
    for (let p = 0; p < points.count; p += stride)
      lines.push(
        [points.plane[2 * p], points.plane[2 * p + 1], ...values.map((row) => row[p]), points.weights[p]]
          .map((x) => Number(x.toPrecision(6)))
          .join(','),
      );
    tables['plane.csv'] = `${lines.join('\n')}\n`;
  }
  if (decoder && values.length === 1) tables['decoded.csv'] = decodedPath(values[0], decoder, statistics);
  return tables;
}

function decodedPath(values: Float64Array, decoder: NetworkDescription, { names, mean, deviation }: InputStatistics): string {
  const sorted = values.slice().sort();
  const from = sorted[Math.floor(0.01 * (sorted.length - 1))];
  const to = sorted[Math.ceil(0.99 * (sorted.length - 1))];
  const network = new PointNetwork(decoder);
  const lines = [['value', ...names].join(',')];
  for (let k = 0; k <= pathPoints; k++) {
    const z = from + ((to - from) * k) / pathPoints;
    network.input[0] = z;
    network.evaluate();
    lines.push(
      [z, ...Array.from(network.values, (x, i) => mean[i] + deviation[i] * x)].map((x) => Number(x.toPrecision(6))).join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}
