/** `md check`: finds mistakes in a scenario before anything runs. */
import type { Plan, PlannedStage } from '../../runner/scenario-file.ts';
import { planScenario, readScenario } from '../../runner/scenario-file.ts';
import { checkStart, compileStart, finishedInput, hasSystem, startingSystem } from '../../runner/starting-system.ts';
import { exitCodes } from '../exit.ts';
import { runFolder } from './run.ts';

export interface CheckFlags {
  readonly set?: readonly string[];
  readonly out?: string;
}

/** Prints the resolved scenario on stdout, and what was built or could not be built yet on stderr. */
export async function check(path: string, flags: CheckFlags): Promise<number> {
  const plan = await planScenario(await readScenario(path, flags.set));
  const folder = runFolder(plan, flags.out);
  const remarks: string[] = [];
  for (const stage of plan.stages) remarks.push(await checkStage(plan, stage, folder));
  process.stdout.write(`${JSON.stringify(plan.resolved, null, 2)}\n`);
  process.stderr.write(`${remarks.map((remark) => `${remark}\n`).join('')}${path}: no mistakes found\n`);
  return exitCodes.done;
}

async function checkStage(plan: Plan, stage: PlannedStage, folder: string): Promise<string> {
  if (!hasSystem(stage)) return `${stage.name}: settings are valid`;
  const unfinished = Object.values(stage.inputs).filter((input) => finishedInput(input, folder) === null);
  if (unfinished.length > 0) {
    return `${stage.name}: settings are valid; its system is built when ${unfinished.map((input) => `"${input.value}"`).join(', ')} is finished`;
  }
  const system = await startingSystem(plan, stage, folder);
  await compileStart(plan, stage, system);
  checkStart(plan, stage, system);
  const { mass, molecule } = system.structure;
  const molecules = molecule.length > 0 ? molecule[molecule.length - 1] + 1 : 0;
  const terms = system.forces.length === 1 ? '1 force term' : `${system.forces.length} force terms`;
  return `${stage.name}: ${mass.length} particles in ${molecules} molecules, ${terms}; it can start`;
}
