/**
 * Trains a loss made of terms: batches, Adam with a falling step, and the parameters that were best where they were worse, on validation blocks or on
 * training points: a function that jumps where one of the two has no point looks slow there, and must not be chosen for it.
 */
import seedrandom from 'seedrandom';
import { cos, Interrupted, SimulationError } from '../../../engine/index.ts';
import { selectBackend } from '../../learning/index.ts';
import type { Report, Term } from './terms/term.ts';

export interface TrainingOptions {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Each step takes learningRate times this off every parameter (Loshchilov & Hutter, ICLR 2019). */
  readonly weightDecay: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** How often the validation loss is looked at. */
  readonly evaluations: number;
  /** A row of `training.csv`. */
  record(row: Readonly<Record<string, number>>): void;
  progress(done: number, total: number, text: string): void;
}

export interface Trained {
  readonly parameters: Float64Array;
  readonly bestEpoch: number;
  readonly loss: number;
  readonly validation: number;
  readonly backend: string;
}

const lastLearningRate = 0.01;
/** Validation blocks and training points are looked at in at most so many points between epochs. */
const evaluatedPoints = 20000;

/** The sum of terms. */
export function sumOf(terms: readonly Term[]): Term {
  return {
    evaluate(parameters, points, gradient) {
      const total: Report = { loss: 0 };
      for (const term of terms) {
        const { loss, ...rest } = term.evaluate(parameters, points, gradient);
        total.loss += loss;
        Object.assign(total, rest);
      }
      return total;
    },
  };
}

/**
 * @param initial parameters of all networks
 * @param points to train on: indices, or first points of pairs; @param validation likewise
 * @throws Interrupted when the signal is aborted; SimulationError if the loss is no number
 */
export async function optimise(
  term: Term,
  initial: Float64Array,
  points: Int32Array,
  validation: Int32Array,
  options: TrainingOptions,
): Promise<Trained> {
  const { tf, name: backend } = await selectBackend(['cpu', 'wasm']);
  const variable = tf.variable(tf.tensor1d(new Float32Array(initial)));
  const optimizer = tf.train.adam(options.learningRate);
  const random = seedrandom(`${options.seed} batches`);
  const gradient = new Float64Array(initial.length);
  const checked = thinned(validation, evaluatedPoints);
  const seen = thinned(points, evaluatedPoints);
  const perEpoch = Math.max(1, Math.round(points.length / options.batch));
  const every = Math.max(1, Math.floor(options.epochs / options.evaluations));
  const order = points.slice();
  const steps = options.epochs * perEpoch;
  let parameters = new Float64Array(variable.dataSync());
  let best = { parameters, epoch: 0, worse: Number.POSITIVE_INFINITY, validation: Number.NaN, loss: Number.NaN };
  let served = performance.now();
  try {
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      shuffle(order, random);
      let report: Report = { loss: 0 };
      let sum = 0;
      for (let step = 0; step < perEpoch; step++) {
        if (performance.now() - served > 100) {
          await new Promise((resolve) => setTimeout(resolve));
          served = performance.now();
        }
        if (options.signal.aborted) throw new Interrupted('stopped while training; run again to start this stage over');
        const batch = order.subarray(
          Math.floor((step * order.length) / perEpoch),
          Math.floor(((step + 1) * order.length) / perEpoch),
        );
        gradient.fill(0);
        report = term.evaluate(parameters, batch, gradient);
        sum += report.loss;
        if (!Number.isFinite(report.loss))
          throw new SimulationError(
            `the training diverged in epoch ${epoch + 1}: its loss is ${report.loss}; lower learningRate (${options.learningRate})`,
          );
        const fall = 0.5 * (1 + cos((Math.PI * (epoch * perEpoch + step)) / steps));
        const rate = options.learningRate * (lastLearningRate + (1 - lastLearningRate) * fall);
        (optimizer as unknown as { learningRate: number }).learningRate = rate;
        tf.tidy(() => {
          if (options.weightDecay > 0) variable.assign(tf.mul(variable, 1 - rate * options.weightDecay));
          optimizer.applyGradients([{ name: variable.name, tensor: tf.tensor1d(new Float32Array(gradient)) }]);
        });
        parameters = new Float64Array(variable.dataSync());
      }
      if ((epoch + 1) % every !== 0 && epoch + 1 !== options.epochs) continue;
      const found = term.evaluate(parameters, checked, null);
      const { loss, ...rest } = found;
      options.record({ epoch: epoch + 1, loss: sum / perEpoch, validation: loss, ...rest });
      options.progress(epoch + 1, options.epochs, `loss ${(sum / perEpoch).toPrecision(5)}, validation ${loss.toPrecision(5)}`);
      const worse = Math.max(loss, term.evaluate(parameters, seen, null).loss);
      if (worse < best.worse) best = { parameters, epoch: epoch + 1, worse, validation: loss, loss: sum / perEpoch };
    }
  } finally {
    variable.dispose();
    optimizer.dispose();
  }
  return { parameters: best.parameters, bestEpoch: best.epoch, loss: best.loss, validation: best.validation, backend };
}

function shuffle(order: Int32Array, random: seedrandom.PRNG): void {
  for (let k = order.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    const kept = order[k];
    order[k] = order[other];
    order[other] = kept;
  }
}

/** At most `count` of the points, evenly spread. */
export function thinned(points: Int32Array, count: number): Int32Array {
  const stride = Math.max(1, Math.ceil(points.length / count));
  return stride === 1 ? points : points.filter((_, k) => k % stride === 0);
}
