/** What to say of frames of biased runs that are learned from without weights. */
import { type BiasKind, type FinishedStage, logFile, type Registry, readLog, type Settings } from '../../../../engine/index.ts';

interface Biased {
  readonly run: FinishedStage;
  readonly name: string;
  readonly type: string;
}

/**
 * Biases that are part of the system (`BiasKind.stays`: walls, a restraint) need no weights, unless not all runs have them, or with other settings: those
 * are windows.
 * @param states the runs are each a state, and never one ensemble
 */
export function unweightedWarnings(runs: readonly FinishedStage[], registry: Registry, states: boolean): string[] {
  const all = runs.flatMap((run) =>
    Object.entries(biasesOf(run)).map(([name, settings]) => ({ run, name, type: settings.type as string })),
  );
  const settingsOf = (run: FinishedStage, type: string): string =>
    JSON.stringify(Object.values(biasesOf(run)).filter((settings) => settings.type === type));
  const stays = (type: string): boolean =>
    kindOf(registry, type)?.stays === true &&
    (states || runs.every((run) => settingsOf(run, type) === settingsOf(runs[0], type)));
  const biased = all.filter(({ type }) => !stays(type));
  if (biased.length === 0) return [];
  const named = biased.map(({ run, name, type }) => `"${name}" (${type}) in "${run.name}"`);
  const list = named.length > 3 ? `${named.slice(0, 3).join(', ')} and ${named.length - 3} more` : named.join(', ');
  return [
    `the frames were sampled under the bias ${list} and count alike: what is learned belongs to the biased distribution. ${remedy(runs, biased, registry)}`,
  ];
}

function remedy(runs: readonly FinishedStage[], biased: readonly Biased[], registry: Registry): string {
  const moved = biased.find(({ type }) => type === 'moving-restraint');
  if (moved) return `"${moved.name}" moved, so its run is not in equilibrium and no weights exist: learn from other runs`;
  const [{ name, type }] = biased;
  const column = `${name}.${kindOf(registry, type)?.weightColumn}`;
  const single =
    biased.length === runs.length && biased.every((each) => each.name === name && columnsOf(each.run).includes(column));
  const stages = runs.length > 1 ? '[for each run a "free-energy" stage of it]' : 'a "free-energy" stage of that run';
  return `Add ${single ? `"weights": { "column": "${column}" }, or ` : ''}"weights": { "from": ${stages} }`;
}

/** Null for a bias of a plugin that is not here. */
function kindOf(registry: Registry, type: string): BiasKind | null {
  return registry.has('bias', type) ? registry.get('bias', type, 'biases') : null;
}

function biasesOf(run: FinishedStage): Readonly<Record<string, Settings>> {
  return (run.settings.biases as Readonly<Record<string, Settings>> | undefined) ?? {};
}

function columnsOf(run: FinishedStage): readonly string[] {
  return run.folder.exists(logFile) ? readLog(`${run.folder.path}/${logFile}`).columns : [];
}
