/** Trains the members of an ensemble one after the other, and chooses the one that drives simulations. */
import type { TrainedModel, TrainingContext, TrainingSet } from '../model.ts';
import { type EnsembleReport, memberPrefix, memberSeed, spreadOverFrames } from './ensemble.ts';
import type { TrainableNetwork } from './filters.ts';
import type { ForceMatching } from './matching.ts';
import type { GraphOptions } from './options.ts';
import { type TrainingResult, trainNetwork } from './train.ts';

interface TrainedMember {
  readonly result: TrainingResult;
  readonly tensors: TrainedModel['weights'];
  readonly network: { readonly parameters: Float64Array; readonly tables: Float64Array };
}

export interface TrainedEnsemble {
  readonly best: TrainedMember;
  /** Tensors of the others, with their prefixes. */
  readonly others: TrainedModel['weights'];
  /** Null for a training alone. */
  readonly report: EnsembleReport | null;
}

/** Validation frames that the spread is found on, at most. */
const spreadFrames = 100;

export async function trainEnsemble(
  make: (seed: number) => TrainableNetwork,
  matching: ForceMatching,
  set: TrainingSet,
  options: GraphOptions,
  context: TrainingContext,
): Promise<TrainedEnsemble> {
  const trained: TrainedMember[] = [];
  for (let member = 0; member < options.ensemble; member++) {
    const seed = memberSeed(context.seed, member);
    const network = make(seed);
    const record = (row: Readonly<Record<string, number>>): void =>
      context.record(options.ensemble > 1 ? { member, ...row } : row);
    try {
      const result = await trainNetwork(network, matching, set, options, { ...context, seed, record });
      trained.push({
        result,
        tensors: network.tensors(),
        network: { parameters: network.parameters(), tables: network.tables() },
      });
    } finally {
      network.dispose();
    }
  }
  const errors = trained.map(({ result }) => result.validation.weighted);
  const chosen = errors.indexOf(Math.min(...errors));
  const others: Record<string, TrainedModel['weights'][string]> = {};
  trained.forEach(({ tensors }, k) => {
    if (k !== chosen) for (const [name, tensor] of Object.entries(tensors)) others[memberPrefix(k) + name] = tensor;
  });
  if (trained.length === 1) return { best: trained[0], others, report: null };
  const every = Math.max(1, Math.ceil(set.validation.length / spreadFrames));
  const frames = set.validation.filter((_, k) => k % every === 0);
  const networks = trained.map(({ network }) => network);
  const spread = spreadOverFrames(matching, networks, frames);
  const members = errors.map((validation, k) => ({ seed: memberSeed(context.seed, k), validation }));
  const range = `${Math.min(...errors).toPrecision(5)} to ${Math.max(...errors).toPrecision(5)}`;
  context.progress.note(
    `ensemble of ${trained.length}: validation errors ${range}; forces of members differ by ${spread.toPrecision(3)} (rms a component); member ${chosen} is used`,
  );
  return { best: trained[chosen], others, report: { members, chosen, spread } };
}
