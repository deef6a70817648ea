/** `md energy`: energy by term and forces of the structure that a simulate stage starts from. */
import { resolve } from 'node:path';
import { type Context, InputError, type UnitSystem } from '../../../engine/index.ts';
import { type Plan, type PlannedStage, planScenario, readScenario } from '../../runner/scenario-file.ts';
import { writeAtomically } from '../../runner/stage-folder.ts';
import { compileStart, hasSystem, startingSystem } from '../../runner/starting-system.ts';
import { exitCodes } from '../exit.ts';
import { table } from '../format.ts';
import { runFolder } from './run.ts';

export interface EnergyFlags {
  readonly set?: readonly string[];
  readonly out?: string;
  readonly stage?: string;
  readonly forces?: string;
  readonly json?: boolean;
}

export async function energy(path: string, flags: EnergyFlags): Promise<number> {
  const plan = await planScenario(await readScenario(path, flags.set));
  const stage = chooseStage(plan, flags.stage);
  const system = await startingSystem(plan, stage, runFolder(plan, flags.out));
  const context = await compileStart(plan, stage, system);
  const result = collectEnergies(context, stage);
  if (flags.forces !== undefined) await writeAtomically(resolve(flags.forces), forcesCsv(context, stage.units));
  process.stdout.write(
    `${flags.json ? JSON.stringify({ ...result, forces: triples(context.forces) }, null, 2) : inWords(result)}\n`,
  );
  return exitCodes.done;
}

function chooseStage(plan: Plan, name: string | undefined): PlannedStage {
  const candidates = plan.stages.filter(hasSystem);
  const known = candidates.map((stage) => stage.name).join(', ') || 'none';
  const chosen = name === undefined ? candidates[0] : candidates.find((stage) => stage.name === name);
  if (chosen) return chosen;
  if (name === undefined) throw new InputError('stages', 'no stage has a system');
  throw new InputError('--stage', `there is no simulate stage "${name}"; known: ${known}`);
}

function collectEnergies(context: Context, stage: PlannedStage) {
  const { potential, terms, pressure, volume, kinetic } = context.observe();
  const { forces } = context;
  let sum = 0;
  let largest = 0;
  let particle = 0;
  for (let i = 0; i < forces.length; i += 3) {
    const square = forces[i] ** 2 + forces[i + 1] ** 2 + forces[i + 2] ** 2;
    sum += square;
    if (square > largest) {
      largest = square;
      particle = i / 3;
    }
  }
  const periodic = Number.isFinite(volume);
  return {
    stage: stage.name,
    units: stage.units,
    particles: forces.length / 3,
    potential,
    terms,
    kinetic,
    /** Without its kinetic part where the structure has no velocities; null for open boundaries. */
    pressure: periodic ? pressure : null,
    volume: periodic ? volume : null,
    rmsForce: Math.sqrt(sum / Math.max(1, forces.length / 3)),
    largestForce: { particle, size: Math.sqrt(largest) },
  };
}

function inWords(result: ReturnType<typeof collectEnergies>): string {
  const unit = unitNames[result.units];
  const rows = [
    ...result.terms.map(({ label, energy: value }) => [label, value.toPrecision(12)]),
    ['potential', result.potential.toPrecision(12)],
  ];
  const lines = [
    `${result.stage}: ${result.particles} particles`,
    table([['term', unit.energy], ...rows]),
    `rms force ${result.rmsForce.toPrecision(8)} ${unit.force}, largest ${result.largestForce.size.toPrecision(8)} on particle ${result.largestForce.particle}`,
  ];
  if (result.pressure !== null) {
    const part = result.kinetic > 0 ? '' : ' (virial alone: the structure has no velocities)';
    lines.push(`pressure ${result.pressure.toPrecision(10)} ${unit.pressure}${part}`);
  }
  return lines.join('\n');
}

const unitNames: Readonly<Record<UnitSystem, { energy: string; force: string; pressure: string }>> = {
  md: { energy: 'kJ/mol', force: 'kJ/mol/nm', pressure: 'bar' },
  lj: { energy: 'epsilon', force: 'epsilon/sigma', pressure: 'epsilon/sigma3' },
};

function forcesCsv(context: Context, units: UnitSystem): string {
  const unit = unitNames[units].force;
  const rows = triples(context.forces).map((force, i) => `${i},${context.system.structure.name[i]},${force.join(',')}`);
  return `particle,name,fx (${unit}),fy (${unit}),fz (${unit})\n${rows.join('\n')}\n`;
}

function triples(flat: Float64Array): number[][] {
  return Array.from({ length: flat.length / 3 }, (_, i) => [flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]]);
}
