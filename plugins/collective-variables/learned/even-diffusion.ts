/** A learned function of one component stretched so that it diffuses as fast everywhere: a length along which it changes, whatever its values were. */
import { InputError } from '../../../engine/index.ts';
import type { LearningData } from './data/prepared.ts';
import { outputsAt } from './forms.ts';
import type { Learned } from './learner.ts';
import { type NetworkDescription, withOutputMap } from './network/description.ts';
import { PointNetwork } from './network/point-network.ts';
import { moments } from './terms/eigen-loss.ts';
import { batchWeights } from './terms/term.ts';

/** Steps of the map between the ends of the data, and beyond each: there it goes on straight, and ends. */
const steps = 24;
const beyond = 6;
/** Least points that a diffusion is averaged over, and how finely values and points are divided where there are more. */
const fewest = 50;
const divisions = 200;

/**
 * y = s(f) with ds/df = <D>_f^(-1/2), D = grad f . M grad f with the mobility M of the data, so that <grad y . M grad y> is the same at every value of y.
 * (The coordinate of constant diffusion: Rhee & Pande, J. Phys. Chem. B 109, 6780 (2005); Krivov & Karplus, PNAS 105, 13841 (2008).) An eigenfunction
 * is flat in the states and steep between them; y gives each the room that it has. Where f jumps y does not: it is a length. s is a sum of steps
 * tanh((f - f_k)/w_k) of equal heights, a layer more of the network, rising everywhere.
 * @returns mean 0 and variance 1 over the training points
 */
function evenDiffusion(data: LearningData, encoder: NetworkDescription): NetworkDescription {
  const { values, lengths } = lengthsAlong(data, encoder);
  const total = lengths[lengths.length - 1];
  const at = (s: number): number => interpolated(lengths, values, s);
  const step = total / steps;
  const centres = Array.from({ length: steps + 2 * beyond }, (_, k) => at((k - beyond + 0.5) * step));
  const widths = centres.map((centre, k) => {
    const s = (k - beyond + 0.5) * step;
    return Math.max(0.5 * (at(s + step) - at(s - step)), 1e-9 * (1 + Math.abs(centre)));
  });
  const last = encoder.sizes.length - 1;
  const stretched: NetworkDescription = {
    sizes: [...encoder.sizes.slice(0, last), 1, centres.length, 1],
    activations: [...encoder.activations, 'tanh', 'linear'],
    weights: [...encoder.weights, widths.map((width) => [1 / width]), [centres.map(() => 0.5 * step)]],
    biases: [...encoder.biases, centres.map((centre, k) => -centre / widths[k]), [0]],
  };
  const y = outputsAt(new PointNetwork(stretched), data, data.training);
  const { mean, covariance } = moments(y, batchWeights(data, data.training));
  const width = Math.sqrt(covariance[0]) || 1;
  return withOutputMap(stretched, [[1 / width]], [-mean[0] / width]);
}

/** The same of what a learner found, without its decoder. @throws InputError if it is not one component */
export function withEvenDiffusion(data: LearningData, learned: Learned, where: string): Learned {
  const outputs = learned.encoder.sizes[learned.encoder.sizes.length - 1];
  if (outputs !== 1 || learned.softmax)
    throw new InputError(where, `"diffusion" is for variables of one component; this one has ${outputs}`);
  const { decoder: _, ...others } = learned;
  return { ...others, encoder: evenDiffusion(data, learned.encoder) };
}

/** Values of f in rising order, and how far along them s has come. */
function lengthsAlong(data: LearningData, encoder: NetworkDescription): { values: number[]; lengths: number[] } {
  const { f, diffusion } = diffusionAtPoints(data, encoder);
  const order = Int32Array.from({ length: data.count }, (_, p) => p)
    .filter((p) => data.weights[p] > 0)
    .sort((p, q) => f[p] - f[q]);
  const range = f[order[order.length - 1]] - f[order[0]];
  const many = Math.max(fewest, order.length / divisions);
  const values = [f[order[0]]];
  const lengths = [0];
  let [count, sum, weight] = [0, 0, 0];
  order.forEach((p, n) => {
    count++;
    sum += data.weights[p] * diffusion[p];
    weight += data.weights[p];
    const width = f[p] - values[values.length - 1];
    const left = order.length - 1 - n;
    const full = count >= many || (count >= fewest && width >= range / divisions);
    if (left > 0 && (!full || left < fewest || !(width > 0))) return;
    if (!(width > 0)) return;
    values.push(f[p]);
    lengths.push(lengths[lengths.length - 1] + width / Math.sqrt(sum / weight));
    [count, sum, weight] = [0, 0, 0];
  });
  return { values, lengths };
}

function diffusionAtPoints(data: LearningData, encoder: NetworkDescription): { f: Float64Array; diffusion: Float64Array } {
  const network = new PointNetwork(encoder);
  const { count, x } = data;
  const metric = data.metric as Float64Array;
  const inputs = data.names.length;
  const constant = metric.length === inputs * inputs;
  const [f, diffusion] = [new Float64Array(count), new Float64Array(count)];
  for (let p = 0; p < count; p++) {
    network.input.set(x.subarray(p * inputs, (p + 1) * inputs));
    network.evaluate();
    f[p] = network.values[0];
    const g = network.gradients;
    const m = constant ? 0 : p * inputs * inputs;
    for (let u = 0; u < inputs; u++) for (let v = 0; v < inputs; v++) diffusion[p] += g[u] * metric[m + u * inputs + v] * g[v];
  }
  return { f, diffusion };
}

/** Piecewise linear, straight on beyond the ends. */
function interpolated(x: readonly number[], y: readonly number[], at: number): number {
  let k = 1;
  while (k < x.length - 1 && x[k] < at) k++;
  return y[k - 1] + ((y[k] - y[k - 1]) * (at - x[k - 1])) / (x[k] - x[k - 1]);
}
