/** The errors that reach a user as one clear message: what was found, where, what is allowed, what to do. */

/** Something the user gave cannot be used (exit code 2). `where` is a path such as `stages[2].model.type` or `ethane.pdb:14`. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly where: string;
  /** The message without the place. */
  readonly text: string;
  constructor(where: string, message: string, options?: ErrorOptions) {
    super(where === '' ? message : `${where}: ${message}`, options);
    this.where = where;
    this.text = message;
  }
}

/** An error of a part that does not know which stage it serves (`dynamics.thermostat`), with the stage's place before its own. */
export function placedIn(stage: string, error: unknown): unknown {
  if (!(error instanceof InputError) || stage === '' || !/^(system|dynamics)\b/.test(error.where)) return error;
  return new InputError(`${stage}.${error.where}`, error.text, { cause: error });
}

/** A simulation or training could not go on (exit code 3): a broken bond, a NaN, a configuration outside the training range. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}

/** The user or a time limit stopped the work; what was reached has been saved (exit code 130). */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The candidate closest to `word` by edit distance, or `undefined` when none is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = current;
  }
  return previous[b.length];
}
