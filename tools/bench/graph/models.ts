/**
 * Error against speed of trained potentials of one system: held-out force error and time a step of each model, as a table, a CSV file and one
 * plot. `node dist/tools/bench/graph/models.js --atoms runs/x/atoms --mapping runs/x/mapping --out FOLDER runs/x/MODEL ...`
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Context, describeDynamics, openTrajectory } from '../../../engine/index.ts';
import { MappedTrajectory, readMapping } from '../../../plugins/coarse-graining/index.ts';
import { chooseForceMap } from '../../../plugins/potentials/force-map.ts';
import { loadTrainingSet, readModel, type TrainingSet } from '../../../plugins/potentials/index.ts';
import { estimateWhitening, whiten } from '../../../plugins/potentials/whitening.ts';
import { loadRegistry } from '../../runner/plugins.ts';
import { loadStageFolder } from '../../runner/references.ts';
import { buildCase, compileOn, type PlatformChoice } from '../build.ts';
import type { BenchCase } from '../case.ts';
import { errorAgainstSpeed, type ModelPoint } from './models-plot.ts';

/** Validation frames looked at, at most. */
const mostFrames = 200;
const choice: PlatformChoice = { platform: 'wasm', threads: 1, set: [] };

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      atoms: { type: 'string' },
      mapping: { type: 'string' },
      out: { type: 'string', default: '.' },
      timestep: { type: 'string', default: '10 fs' },
      replicate: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '2' },
    },
  });
  if (!values.atoms || !values.mapping || positionals.length === 0)
    throw new Error('give --atoms and --mapping (folders of finished stages), and the folders of trained models');
  const set = await validationSet(resolve(values.atoms), resolve(values.mapping));
  const points: ModelPoint[] = [];
  for (const folder of positionals.map((path) => resolve(path))) {
    const { weighted, error } = await heldOutError(folder, set);
    const { steps, perDay, molecules } = await speed(folder, values.timestep, Number(values.replicate), Number(values.seconds));
    points.push({
      name: basename(folder),
      error: weighted,
      uncertainty: error,
      stepsPerSecond: steps,
      nanosecondsPerDay: perDay,
      molecules,
    });
    process.stdout.write(
      `${basename(folder).padEnd(24)} error ${weighted.toFixed(1)} +- ${error.toFixed(1)}, ${molecules} molecules: ${steps.toFixed(1)} steps/s, ${perDay.toFixed(1)} ns/day\n`,
    );
  }
  mkdirSync(values.out, { recursive: true });
  const header = 'model,weighted_validation_error,standard_error,molecules,steps_per_second,ns_per_day';
  const rows = points.map((p) => [p.name, p.error, p.uncertainty, p.molecules, p.stepsPerSecond, p.nanosecondsPerDay].join(','));
  writeFileSync(join(values.out, 'models.csv'), `${[header, ...rows].join('\n')}\n`);
  writeFileSync(join(values.out, 'models.svg'), errorAgainstSpeed(points));
}

/** The frames that trainings with default settings do not see, and the weights of their loss. */
async function validationSet(atomsFolder: string, mappingFolder: string): Promise<TrainingSet> {
  const { stage } = loadStageFolder(atomsFolder, '--atoms');
  const mapping = await readMapping(loadStageFolder(mappingFolder, '--mapping').stage);
  const atoms = await openTrajectory(atomsFolder);
  const { map } = chooseForceMap('local', atoms, mapping, stage, '--atoms');
  const trajectory = new MappedTrajectory(atoms, mapping, map);
  const dynamics = stage.settings.dynamics as { readonly temperature: number };
  const set = await loadTrainingSet(trajectory, {
    blocks: 10,
    validationFraction: 0.2,
    stride: 1,
    maxFrames: 5000,
    temperature: dynamics.temperature,
    where: '--atoms',
  });
  trajectory.close();
  const whitening = await estimateWhitening(set, 1);
  return whitening ? { ...set, whitening } : set;
}

/** Mean square of the whitened residuals on validation frames, and its standard error from ten parts of the frames in their order. */
async function heldOutError(folder: string, set: TrainingSet): Promise<{ weighted: number; error: number }> {
  const registry = await loadRegistry();
  const model = await readModel(loadStageFolder(folder, folder).stage.folder, folder);
  const { structure } = set;
  const every = Math.max(1, Math.ceil(set.validation.length / mostFrames));
  const frames = set.validation.filter((_, k) => k % every === 0);
  const box = set.box(frames[0]);
  const forces = registry.get('model', model.type).forces(model, structure, box);
  const system = { structure, positions: set.positions(frames[0]).slice(), velocities: null, box, forces };
  const dynamics = describeDynamics({ integrator: 'langevin', timestep: 0.001, temperature: set.temperature, friction: 1 }, 1);
  const context: Context = await compileOn(choice, { system, dynamics, registry });
  const errors = frames.map((frame) => {
    context.positions.set(set.positions(frame));
    context.scaleBox([1, 1, 1]); // positions have changed: lists and forces are made anew
    const residual = context.forces.map((f, k) => f - set.forces(frame)[k]);
    if (set.whitening) whiten(residual, set.whitening, set.positions(frame), set.box(frame));
    return residual.reduce((sum, r) => sum + r * r, 0) / residual.length;
  });
  const parts = Array.from({ length: 10 }, (_, p) => mean(errors.filter((_e, k) => Math.floor((10 * k) / errors.length) === p)));
  const all = mean(errors);
  return { weighted: all, error: Math.sqrt(mean(parts.map((part) => (part - all) ** 2)) / 9) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

async function speed(model: string, timestep: string, copies: number, seconds: number) {
  const registry = await loadRegistry();
  const { temperature } = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')) as { readonly temperature: number };
  const benchmark: BenchCase = {
    name: basename(model),
    summary: '',
    scenario: () => ({
      name: 'model',
      seed: 7,
      system: { from: model, replicate: [copies, copies, copies] },
      dynamics: { integrator: 'langevin', timestep, temperature, friction: '1 /ps' },
      run: { steps: 1 },
    }),
    equilibration: [],
    warmUp: 0,
  };
  const { system, dynamics } = await buildCase(benchmark, 'full');
  const context = await compileOn(choice, { system, dynamics, registry });
  context.drawVelocities(temperature);
  context.advance(200);
  let [steps, from] = [0, process.cpuUsage()];
  // By the processor time of this one thread: others may have the machine.
  const used = (): number => process.cpuUsage(from).user / 1e6;
  for (from = process.cpuUsage(); used() < seconds; steps += 50) context.advance(50);
  const perSecond = steps / used();
  const molecules = system.structure.molecule[system.structure.mass.length - 1] + 1;
  return { steps: perSecond, perDay: (perSecond * dynamics.timestep * 86400) / 1000, molecules };
}

await main();
