/** Trains a graph network by force matching: batches, Adam with a falling learning rate, the best weights by validation. */
import seedrandom from 'seedrandom';
import { cos, Interrupted, SimulationError } from '../../../engine/index.ts';
import type { TrainingContext, TrainingSet } from '../model.ts';
import type { TrainableNetwork } from './filters.ts';
import type { Errors, ForceMatching } from './matching.ts';
import type { GraphOptions } from './options.ts';

export interface TrainingResult {
  readonly training: Errors;
  readonly validation: Errors;
  /** The step whose weights were kept. */
  readonly bestStep: number;
  readonly steps: number;
}

/** Frames of the validation blocks that an evaluation during training looks at; the final errors use all. */
const validationFrames = 300;
const warmUp = 50;
/** The learning rate ends at this fraction of its height. */
const lastLearningRate = 0.02;

/** The learning rate at a step: a linear rise over the first steps, then half a cosine. */
export function learningRateAt(step: number, { learningRate, steps }: GraphOptions): number {
  const fall = 0.5 * (1 + cos((Math.PI * step) / steps));
  return learningRate * Math.min(1, (step + 1) / Math.min(warmUp, steps)) * (lastLearningRate + (1 - lastLearningRate) * fall);
}

/** Frames in random order, each once before any comes again. */
function* batches(frames: readonly number[], size: number, random: seedrandom.PRNG): Generator<number[], never> {
  const order = [...frames];
  let at = order.length;
  for (;;) {
    const batch: number[] = [];
    while (batch.length < size) {
      if (at === order.length) {
        for (let k = order.length - 1; k > 0; k--) {
          const other = Math.floor(random() * (k + 1));
          [order[k], order[other]] = [order[other], order[k]];
        }
        at = 0;
      }
      batch.push(order[at++]);
    }
    yield batch;
  }
}

/** Lets timers and signals be served. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** @throws Interrupted when the context's signal is aborted */
export async function trainNetwork(
  network: TrainableNetwork,
  matching: ForceMatching,
  set: TrainingSet,
  options: GraphOptions,
  context: TrainingContext,
): Promise<TrainingResult> {
  const { steps, evaluations, patience } = options;
  const next = batches(set.training, options.batch, seedrandom(`${context.seed} batches`));
  const every = Math.max(1, Math.floor(steps / evaluations));
  const checked = thin(set.validation, validationFrames);
  let best = { step: 0, error: Number.POSITIVE_INFINITY, weights: network.save() };
  let [loss, losses, misses, step, served] = [0, 0, 0, 0, 0];
  for (; step < steps && misses < patience; step++) {
    if (performance.now() - served > 100) {
      await breathe();
      served = performance.now();
    }
    if (context.signal.aborted) throw new Interrupted('stopped while training; run again to start this stage over');
    matching.setNetwork(network.parameters(), network.tables());
    loss += matching.gradient(next.next().value);
    losses++;
    if (!Number.isFinite(loss))
      throw new SimulationError(
        `the training of the graph network diverged at step ${step + 1}: its loss is ${loss}; lower model.learningRate (${options.learningRate})`,
      );
    const learningRate = learningRateAt(step, options);
    network.step(matching.parameterGradient, matching.tableGradient, learningRate);
    if ((step + 1) % every === 0 || step + 1 === steps) {
      matching.setNetwork(network.parameters(), network.tables());
      const validation = matching.errors(checked).weighted;
      context.record({ step: step + 1, loss: loss / losses, validation, learning_rate: learningRate });
      context.progress.update(step + 1, steps, progressText(loss / losses, validation, context));
      misses = validation < best.error ? 0 : misses + 1;
      if (misses === 0) best = { step: step + 1, error: validation, weights: network.save() };
      [loss, losses] = [0, 0];
    }
  }
  network.load(best.weights);
  matching.setNetwork(network.parameters(), network.tables());
  return {
    training: matching.errors(thin(set.training, 500)),
    validation: matching.errors(set.validation),
    bestStep: best.step,
    steps: step,
  };
}

function progressText(loss: number, validation: number, { noiseFloor }: TrainingContext): string {
  const floor = noiseFloor ? `, noise floor ${noiseFloor.value.toPrecision(5)}` : '';
  return `loss ${loss.toPrecision(5)}, validation ${validation.toPrecision(5)}${floor}`;
}

/** At most `count` of the frames, evenly spread. */
function thin(frames: readonly number[], count: number): readonly number[] {
  const stride = Math.max(1, Math.ceil(frames.length / count));
  return frames.filter((_, k) => k % stride === 0);
}
