/** What learners with networks share: from terms to trained parameters. */
import seedrandom from 'seedrandom';
import type { Schema } from '../../../../engine/index.ts';
import type { LearningData } from '../data/prepared.ts';
import type { LearnerContext } from '../learner.ts';
import { Arena } from '../network/arena.ts';
import { denseShape, initialParameters, type NetworkShape } from '../network/description.ts';
import { optimise, sumOf, type Trained } from '../optimise.ts';
import type { Capacity, Term } from '../terms/term.ts';

export const lagSchema: Schema = {
  quantity: 'time',
  exclusiveMinimum: 0,
  description: 'time between the frames of a pair, a multiple of the interval of frames; pairs cross no gap',
};

/** inputs, hidden layers, components. */
export function encoderShape(data: LearningData, { hidden, activation }: LearnerContext, outputs: number): NetworkShape {
  return denseShape([data.names.length, ...hidden, outputs], activation);
}

/** Parameters of several networks, one behind the other. */
export function startOf(shapes: readonly NetworkShape[], seed: number): Float64Array {
  const random = seedrandom(`${seed} weights`);
  return Float64Array.from(shapes.flatMap((shape) => [...initialParameters(shape, random)]));
}

/** Trains on `points`; the batch becomes all of them where there are few. */
export function train(
  data: LearningData,
  context: LearnerContext,
  initial: Float64Array,
  points: { readonly training: Int32Array; readonly validation: Int32Array },
  terms: (capacity: Capacity) => readonly Term[],
): Promise<Trained> {
  const batch = Math.min(context.batch, points.training.length);
  const perEpoch = Math.max(1, Math.round(points.training.length / batch));
  const capacity = { arena: new Arena('f32'), data, batch: Math.ceil(points.training.length / perEpoch) };
  return optimise(sumOf(terms(capacity)), initial, points.training, points.validation, { ...context, batch, evaluations: 100 });
}

/** What every training leaves in `variable.json`. */
export function trainingDetails({ bestEpoch, loss, validation, backend }: Trained): Readonly<Record<string, unknown>> {
  return { bestEpoch, loss, validationLoss: validation, backend };
}
