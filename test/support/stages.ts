/** Runs the stages of a scenario one after the other in this process, where a process each would take most of the time. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FinishedStage, type Registry, resolveScenario } from '../../engine/index.ts';
import { openStageFolder } from '../../tools/runner/stage-folder.ts';

/** @returns the notes of all stages. @throws whatever a stage throws */
export async function runStages(
  scenario: object,
  registry: Registry,
  folder: string,
  done: Record<string, FinishedStage> = {},
): Promise<string[]> {
  const notes: string[] = [];
  const { stages, units, seed } = resolveScenario(scenario, registry);
  for (const [k, stage] of stages.entries()) {
    if (done[stage.name]) continue;
    const path = join(folder, stage.name);
    mkdirSync(path, { recursive: true });
    const inputs = Object.fromEntries(stage.references.map(({ property, value }) => [property, done[value]]));
    const common = { name: stage.name, units, settings: stage.settings, inputs, folder: openStageFolder(path) };
    await registry.get('stage', stage.do).run({
      ...common,
      where: `stages[${k}]`,
      seed: 1000 * seed + k,
      threads: 1,
      registry,
      scenario: { folder, plugins: [] },
      progress: { update: () => undefined, note: (line) => void notes.push(`${stage.name}: ${line}`) },
      signal: new AbortController().signal,
      resume: false,
      readText: (file) => Promise.reject(new Error(`${file} is not read here`)),
    });
    done[stage.name] = { ...common, kind: stage.do };
  }
  return notes;
}
