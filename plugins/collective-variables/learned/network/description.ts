/** What a dense network is as data: sizes, activations, and one flat list of parameters. */
import type seedrandom from 'seedrandom';
import { cos, InputError, log } from '../../../../engine/index.ts';

/** In the order of their numbers in the kernel. */
export const activationNames = ['linear', 'tanh', 'sigmoid', 'elu', 'relu'] as const;
export type ActivationName = (typeof activationNames)[number];

export interface NetworkShape {
  /** Numbers of units: inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  /** One a layer: sizes.length - 1. */
  readonly activations: readonly ActivationName[];
}

/** A network in `variable.json`. */
export interface NetworkDescription extends NetworkShape {
  /** For each layer, for each output, the weight of each input. */
  readonly weights: readonly (readonly (readonly number[])[])[];
  readonly biases: readonly (readonly number[])[];
}

/** Hidden layers with one activation, outputs linear. */
export function denseShape(sizes: readonly number[], activation: ActivationName): NetworkShape {
  return { sizes, activations: sizes.slice(1).map((_, k) => (k < sizes.length - 2 ? activation : 'linear')) };
}

/** Parameters of all layers: each has its matrix [output][input], row by row, then its biases. */
export function parameterCount({ sizes }: NetworkShape): number {
  return sizes.slice(1).reduce((sum, outputs, k) => sum + outputs * (sizes[k] + 1), 0);
}

/** Where the matrix of each layer begins. */
export function layerOffsets({ sizes }: NetworkShape): number[] {
  let at = 0;
  return sizes.slice(1).map((outputs, k) => {
    const from = at;
    at += outputs * (sizes[k] + 1);
    return from;
  });
}

/** Matrices of variance 1/inputs (LeCun et al. 1998), biases drawn a little so that symmetric data do not leave a layer odd. */
export function initialParameters(shape: NetworkShape, random: seedrandom.PRNG): Float64Array {
  const parameters = new Float64Array(parameterCount(shape));
  layerOffsets(shape).forEach((offset, k) => {
    const [inputs, outputs] = [shape.sizes[k], shape.sizes[k + 1]];
    for (let p = 0; p < outputs * inputs; p++) parameters[offset + p] = normal(random) / Math.sqrt(inputs);
    for (let o = 0; o < outputs; o++) parameters[offset + outputs * inputs + o] = 0.3 * normal(random);
  });
  return parameters;
}

/** A normally distributed number (Box & Muller, 1958). */
export function normal(random: seedrandom.PRNG): number {
  return Math.sqrt(-2 * log(1 - random())) * cos(2 * Math.PI * random());
}

export function describeNetwork(shape: NetworkShape, parameters: ArrayLike<number>): NetworkDescription {
  const offsets = layerOffsets(shape);
  const { sizes } = shape;
  const row = (from: number, count: number): number[] => Array.from({ length: count }, (_, k) => parameters[from + k]);
  return {
    sizes,
    activations: shape.activations,
    weights: offsets.map((offset, k) => Array.from({ length: sizes[k + 1] }, (_, o) => row(offset + o * sizes[k], sizes[k]))),
    biases: offsets.map((offset, k) => row(offset + sizes[k] * sizes[k + 1], sizes[k + 1])),
  };
}

export function networkParameters(network: NetworkDescription): Float64Array {
  return Float64Array.from(network.weights.flatMap((rows, k) => [...rows.flat(), ...network.biases[k]]));
}

/** Puts the affine map y' = M y + c (M row-major) behind a network whose last layer is linear. */
export function withOutputMap(network: NetworkDescription, matrix: readonly (readonly number[])[], offset: readonly number[]) {
  const last = network.weights.length - 1;
  if (network.activations[last] !== 'linear') throw new InputError('', 'only a linear last layer can take up a linear map');
  const [weights, biases] = [network.weights[last], network.biases[last]];
  const mapped = matrix.map((row) => weights[0].map((_, i) => row.reduce((sum, m, k) => sum + m * weights[k][i], 0)));
  const moved = matrix.map((row, o) => row.reduce((sum, m, k) => sum + m * biases[k], offset[o]));
  return {
    sizes: [...network.sizes.slice(0, -1), matrix.length],
    activations: network.activations,
    weights: [...network.weights.slice(0, -1), mapped],
    biases: [...network.biases.slice(0, -1), moved],
  } satisfies NetworkDescription;
}

/** Puts x' = (x - mean) / deviation before a network. */
export function withStandardisation(network: NetworkDescription, mean: readonly number[], deviation: readonly number[]) {
  const [weights, biases] = [network.weights[0], network.biases[0]];
  const scaled = weights.map((row) => row.map((w, i) => w / deviation[i]));
  const moved = scaled.map((row, o) => biases[o] - row.reduce((sum, w, i) => sum + w * mean[i], 0));
  return {
    ...network,
    weights: [scaled, ...network.weights.slice(1)],
    biases: [moved, ...network.biases.slice(1)],
  } satisfies NetworkDescription;
}
