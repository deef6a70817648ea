/**
 * Error against speed of trained potentials of one system: held-out force error and time a step of each model, as a table, a CSV file and one
 * plot. `node dist/tools/bench/graph/models.js --atoms runs/x/atoms --mapping runs/x/mapping --out FOLDER runs/x/MODEL ...`
 *
 * With `--time "40 ps"` every model is also run for so long, after `--equilibrate`, and its distributions are held against those of the atoms.
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
import { compileOn, type PlatformChoice } from '../build.ts';
import type { BenchCase } from '../case.ts';
import { type Blocks, distributionError } from './distributions.ts';
import { atomsDistributions, beadsDistributions, distributionsAboveBest, inWords, started } from './melts.ts';
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
      equilibrate: { type: 'string', default: '20 ps' },
      time: { type: 'string' },
    },
  });
  if (!values.atoms || !values.mapping || positionals.length === 0)
    throw new Error('give --atoms and --mapping (folders of finished stages), and the folders of trained models');
  const set = await validationSet(resolve(values.atoms), resolve(values.mapping));
  const points: ModelPoint[] = [];
  const parts: number[][] = [];
  const runs: (Blocks | null)[] = [];
  const length = values.time === undefined ? null : { equilibrate: values.equilibrate, time: values.time };
  const target = length && atomsDistributions(set);
  for (const folder of positionals.map((path) => resolve(path))) {
    const held = await heldOutError(folder, set);
    parts.push(held);
    const benchmark = caseOf(folder, values.timestep, Number(values.replicate), length);
    const { steps, perDay, molecules } = await speed(benchmark, Number(values.seconds));
    const run = length ? await beadsDistributions(benchmark, set) : null;
    runs.push(run);
    const distributions = run && target ? distributionError(target.histogram, target.blocks, run) : undefined;
    points.push({
      name: basename(folder),
      error: mean(held),
      uncertainty: standardError(held),
      stepsPerSecond: steps,
      nanosecondsPerDay: perDay,
      molecules,
      distributions,
    });
    process.stdout.write(
      `${basename(folder).padEnd(24)} error ${mean(held).toFixed(1)} +- ${standardError(held).toFixed(1)}, ${molecules} molecules: ${steps.toFixed(1)} steps/s, ` +
        `${perDay.toFixed(1)} ns/day${distributions ? `, distributions ${inWords(distributions)}` : ''}\n`,
    );
  }
  mkdirSync(values.out, { recursive: true });
  const excess = aboveBest(points, parts);
  const excessOfRuns = target ? distributionsAboveBest(points, runs, target) : [];
  const header =
    'model,weighted_validation_error,standard_error,above_best,standard_error_of_difference,molecules,steps_per_second,ns_per_day' +
    (length ? ',distributions,distributions_error,distributions_noise,distributions_above_best,error_of_that' : '');
  const rows = points.map((p, k) => {
    const ofRun = p.distributions
      ? [p.distributions.error, p.distributions.uncertainty, p.distributions.noise, ...(excessOfRuns[k] ?? [])]
      : [];
    return [p.name, p.error, p.uncertainty, ...excess[k], p.molecules, p.stepsPerSecond, p.nanosecondsPerDay, ...ofRun].join(',');
  });
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

/** By how much each model's error is above the least, frame by frame, with the standard error of that difference: the noise of the frames is shared. */
function aboveBest(points: readonly ModelPoint[], parts: readonly (readonly number[])[]): [number, number][] {
  const best = points.reduce((least, p, k) => (p.error < points[least].error ? k : least), 0);
  return points.map(({ name }, k) => {
    const differences = parts[k].map((part, p) => part - parts[best][p]);
    const found: [number, number] = [mean(differences), standardError(differences)];
    process.stdout.write(`${name.padEnd(24)} above ${points[best].name}: ${found[0].toFixed(1)} +- ${found[1].toFixed(1)}\n`);
    return found;
  });
}

/** Means of the squares of the whitened residuals on validation frames, in ten parts of these frames in their order. */
async function heldOutError(folder: string, set: TrainingSet): Promise<number[]> {
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
  const part = (p: number): number[] => errors.filter((_e, k) => Math.floor((10 * k) / errors.length) === p);
  return Array.from({ length: Math.min(10, errors.length) }, (_, p) => mean(part(p)));
}

/** Of the mean of independent parts. */
function standardError(parts: readonly number[]): number {
  const all = mean(parts);
  return Math.sqrt(mean(parts.map((part) => (part - all) ** 2)) / (parts.length - 1));
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

/** A melt of this model, so many times as large along each edge as the system it was trained on. */
function caseOf(model: string, timestep: string, copies: number, length: Readonly<Record<string, string>> | null): BenchCase {
  const { temperature } = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')) as { readonly temperature: number };
  return {
    name: basename(model),
    summary: '',
    scenario: () => ({
      name: 'model',
      seed: 7,
      system: { from: model, replicate: [copies, copies, copies] },
      dynamics: { integrator: 'langevin', timestep, temperature, friction: '1 /ps' },
      run: length ?? { steps: 1 },
    }),
    equilibration: [],
    warmUp: 0,
  };
}

async function speed(benchmark: BenchCase, seconds: number) {
  const { context, system, dynamics } = await started(benchmark);
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
