/** Whether rows of several runs can be put together with the weights that each has by itself. */
import { InputError } from '../../../engine/index.ts';
import type { BiasedRun } from '../runs.ts';
import { fixedBiases } from './mixture.ts';

/**
 * Weights exp(V/kT) of two runs have no common normalisation unless V is the same function: rows of windows, each of which has seen a part of
 * everything, come out in the wrong proportion. So fixed biases have to be the same in all runs. Of biases that adapt each run sees everything
 * by itself and has its own constant (c(t) of metadynamics, the minimum of A after adaptive forces, Z of OPES); they have to be of the same
 * types on the same variables, and OPES of the same height, which its Z knows nothing of.
 * @throws InputError at `where` for the first run whose biases are not those of the first
 */
export function checkPooling(runs: readonly BiasedRun[], where: string): void {
  const [first, ...others] = runs;
  const other = others.find((run) => signature(run) !== signature(first));
  if (!other) return;
  const types = [first, other].flatMap(({ biases }) => Object.values(biases).map(({ type }) => type as string));
  const advice = types.every((type) => fixedBiases.has(type))
    ? 'Use "method": "mbar" or "wham", which find how windows are normalised'
    : 'Give each a stage "free-energy" of its own';
  throw new InputError(
    where,
    `"${first.stage.name}" (${described(first)}) and "${other.stage.name}" (${described(other)}) have different biases: their rows cannot be pooled ` +
      `by "method": "reweight", whose weights have a normalisation of their own in each run. ${advice}`,
  );
}

/** Biases whose weights have a normalisation of their own, and what of their settings has to be the same for all that. */
const adaptive: Readonly<Record<string, readonly string[]>> = {
  metadynamics: [],
  abf: [],
  eabf: [],
  opes: ['barrier', 'biasFactor'],
  'opes-explore': ['barrier', 'biasFactor'],
};

/** What has to be the same of the biases of runs, whatever they are called. */
function signature({ biases }: BiasedRun): string {
  const parts = Object.values(biases).map((settings) => {
    const wanted = adaptive[settings.type as string];
    const kept = Object.entries(settings).filter(([key]) => !wanted || ['type', 'variables', ...wanted].includes(key));
    return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return parts.sort().join('\n');
}

function described({ biases }: BiasedRun): string {
  const parts = Object.entries(biases).map(
    ([name, { type, centre }]) => `${name}: ${type as string}${centre === undefined ? '' : ` at ${JSON.stringify(centre)}`}`,
  );
  return parts.join(', ') || 'no bias';
}
