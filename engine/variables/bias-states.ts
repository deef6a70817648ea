/** The states of several biases as one array of a checkpoint, from which it can be told whether they are of these biases in this version. */
import { InputError } from '../errors.ts';
import type { Bias } from './bias.ts';

interface Named {
  readonly name: string;
  readonly bias: Bias;
}

/** What the array begins with, behind which are the number of biases, then of each the length of its state, its layout and the state. Before, lengths came first. */
const layout = -2;

export function joinStates(biases: readonly Named[]): Float64Array {
  const states = biases.map(({ bias }) => bias.save?.() ?? new Float64Array(0));
  const all = new Float64Array(2 + states.reduce((sum, state) => sum + 2 + state.length, 0));
  all.set([layout, biases.length]);
  let at = 2;
  states.forEach((state, b) => {
    all.set([state.length, biases[b].bias.layout ?? 1], at);
    all.set(state, at + 2);
    at += 2 + state.length;
  });
  return all;
}

/** Whether an array of a checkpoint is such states. */
export const isJoined = (all: Float64Array): boolean => all[0] === layout;

const remedy = 'start the stage anew, or go on with the version of md that began it';

/** @throws InputError for what another version saved, or other biases */
export function splitStates(all: Float64Array, biases: readonly Named[]): Float64Array[] {
  if (!isJoined(all))
    throw new InputError(
      'checkpoint',
      `holds biases as an older version of md saved them, which this one cannot read: ${remedy}`,
    );
  if (all[1] !== biases.length)
    throw new InputError('checkpoint', `is of ${all[1]} biases, the stage has ${biases.length}: start the stage anew`);
  let at = 2;
  return biases.map(({ name, bias }) => {
    const [length, found] = all.subarray(at, at + 2);
    const known = bias.layout ?? 1;
    if (found !== known)
      throw new InputError(
        'checkpoint',
        `holds the bias "${name}" in layout ${found}, and this version of md reads layout ${known} of its type: ${remedy}`,
      );
    at += 2 + length;
    return all.slice(at - length, at);
  });
}

/**
 * The state of one of `count` biases of a finished stage.
 * @throws InputError where they are others, or another version saved them
 */
export function stateOf(all: Float64Array, index: number, count: number, known: number, stage: string): Float64Array {
  let at = 2;
  for (let b = 0; b < index; b++) at += 2 + all[at];
  const [length, found] = all.subarray(at, at + 2);
  if (all[1] === count && found === known) return all.slice(at + 2, at + 2 + length);
  throw new InputError(
    `${stage}/checkpoint.bin`,
    `holds ${all[1] === count ? `the bias in layout ${found}, and this version of md reads layout ${known} of its type` : `${all[1]} biases, and the stage had ${count}`}: run the stage "${stage}" again`,
  );
}
