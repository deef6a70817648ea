/** The stage `train-potential`: from an atomistic run and a mapping to a coarse-grained potential that other stages simulate with. */
import {
  type Assembly,
  type AssemblyStart,
  type FinishedStage,
  InputError,
  Interrupted,
  openTrajectory,
  type Registry,
  type Schema,
  type Settings,
  type StageContext,
  type StageKind,
} from '../../engine/index.ts';
import { MappedTrajectory, readMapping } from '../coarse-graining/index.ts';
import {
  chooseForceMap,
  type ForceMapReport,
  type ForceMapType,
  floorsInWords,
  usualForceMap,
  withNoiseFloors,
} from './force-map.ts';
import type { NoiseFloor, TrainedModel, TrainingSet } from './model.ts';
import { readModel, type StoredModel, writeModel } from './model-file.ts';
import type { Priors } from './priors.ts';
import { estimateNoiseFloor } from './spline/fit.ts';
import { measureTrainingRange } from './training-range.ts';
import { loadTrainingSet } from './training-set.ts';
import { watchdogForce } from './watchdog.ts';
import { estimateWhitening } from './whitening.ts';

interface StageSettings {
  readonly model: Settings & { readonly type: string };
  readonly blocks: number;
  readonly validationFraction: number;
  readonly stride: number;
  readonly maxFrames: number;
  readonly temperature?: number;
  readonly whitening: number;
  readonly forceMap?: ForceMapType;
}

async function run(context: StageContext): Promise<void> {
  const settings = context.settings as unknown as StageSettings;
  const kind = context.registry.get('model', settings.model.type, `${context.where}.model.type`);
  const note = (line: string): void => context.progress.note(line);
  if (!kind.parallel) context.uses?.(1);
  const { set: plain, start, stride, forceMap: chosen } = await load(context, settings, note);
  const whitening = settings.whitening > 0 ? await estimateWhitening(plain, settings.whitening, context) : null;
  const set: TrainingSet = whitening ? { ...plain, whitening } : plain;
  note(
    `training set: ${set.training.length} frames to train on and ${set.validation.length} to validate, in ${settings.blocks} time blocks; ` +
      `${set.structure.mass.length} sites; ${set.temperature} ${set.structure.units === 'md' ? 'K' : '(reduced)'}`,
  );
  const noiseFloor = await estimateNoiseFloor(plain, undefined, context);
  const meanSquareForce = meanSquare(set);
  note(
    `mean square force a component ${meanSquareForce.toPrecision(5)}, noise floor at most ${noiseFloor.value.toPrecision(5)} ` +
      `+- ${noiseFloor.error.toPrecision(2)} ${set.structure.units === 'md' ? '(kJ/mol/nm)^2' : ''}`,
  );
  const forceMap = withNoiseFloors(chosen, noiseFloor.value);
  note(`noise floor of each force map: ${floorsInWords(forceMap)}`);
  const rows: Readonly<Record<string, number>>[] = [];
  const save = (): Promise<void> => context.folder.write('training.csv', trainingCsv(rows, noiseFloor));
  let trained: TrainedModel;
  try {
    trained = await kind.train(set, settings.model, {
      seed: context.seed,
      registry: context.registry,
      progress: context.progress,
      signal: context.signal,
      folder: context.folder,
      ...(kind.parallel && { threads: context.threads, uses: (threads: number) => context.uses?.(threads) }),
      record: (row) => rows.push(row),
      noiseFloor,
    });
  } finally {
    await save();
  }
  if (context.signal.aborted) throw new Interrupted('stopped while training; run again to start this stage over');
  const { errors, description } = trained;
  note(
    `${kind.name}: mean square force error ${errors.training.toPrecision(5)} in training, ${errors.validation.toPrecision(5)} in validation: ` +
      `${(errors.validation / noiseFloor.value).toFixed(3)} times the noise floor`,
  );
  const excludedBonds = (description.priors as Priors | undefined)?.excludedBonds;
  await writeModel(context.folder, {
    type: kind.name,
    temperature: set.temperature,
    kT: set.kT,
    structure: set.structure,
    frames: { training: set.training.length, validation: set.validation.length, blocks: settings.blocks, stride },
    meanSquareForce,
    noiseFloor,
    errors,
    forceMap,
    whitening: whitening && { strength: settings.whitening, covariance: [...whitening.covariance], along: [...whitening.along] },
    trainingRange: measureTrainingRange(set, excludedBonds),
    description,
    weights: trained.weights,
    start,
  });
}

/** Reads the run through the mapping; `start` is its very last frame, whatever the stride. */
async function load(
  context: StageContext,
  settings: StageSettings,
  note: (line: string) => void,
): Promise<{ set: TrainingSet; start: StoredModel['start']; stride: number; forceMap: ForceMapReport }> {
  const { from } = context.inputs;
  const mapping = await readMapping(context.inputs.mapping);
  const atoms = await openTrajectory(from.folder.path);
  const chosen = chooseForceMap(
    settings.forceMap ?? usualForceMap(atoms, mapping, from),
    atoms,
    mapping,
    from,
    `${context.where}.from`,
  );
  note(chosen.line);
  const trajectory = new MappedTrajectory(atoms, mapping, chosen.map);
  try {
    if (trajectory.length === 0) throw new InputError(`${context.where}.from`, `the stage "${from.name}" stored no frames`);
    const set = await loadTrainingSet(trajectory, {
      ...settings,
      temperature: settings.temperature ?? temperatureOf(from, context),
      where: `${context.where}.from`,
      onFrame: async (done, total) => {
        if (done % 100 !== 0) return;
        context.progress.update(done, total, 'frames read');
        await new Promise((resolve) => setTimeout(resolve));
        if (context.signal.aborted) throw new Interrupted('stopped while reading frames; run again to start this stage over');
      },
    });
    const { positions, box } = trajectory.frame(trajectory.length - 1);
    const stride = Math.max(settings.stride, Math.ceil(trajectory.length / settings.maxFrames));
    return { set, start: { positions, box }, stride, forceMap: chosen.report };
  } finally {
    trajectory.close();
  }
}

/** For stages that learn from a run, beside `temperatureOf`. */
export const temperatureSchema: Schema = {
  quantity: 'temperature',
  exclusiveMinimum: 0,
  description: 'temperature of the run, where its settings do not say it',
};

/** The temperature that the training run was kept at. */
export function temperatureOf(from: FinishedStage, context: StageContext): number {
  const dynamics = from.settings.dynamics as Settings | undefined;
  const name = dynamics?.integrator;
  const ofIntegrator =
    typeof name === 'string' ? context.registry.get('integrator', name).temperature(dynamics as Settings) : null;
  const thermostat = dynamics?.thermostat as Settings | undefined;
  const found = ofIntegrator ?? thermostat?.temperature ?? dynamics?.temperature;
  if (typeof found === 'number' && found > 0) return found;
  throw new InputError(
    `${context.where}.temperature`,
    `the stage "${from.name}" was not kept at a temperature, and a coarse-grained potential is valid at one only; ` +
      'train on a run with a thermostat, or give the temperature here',
  );
}

function meanSquare(set: TrainingSet): number {
  let [sum, count] = [0, 0];
  for (let f = 0; f < set.frames; f++) {
    for (const force of set.forces(f)) sum += force * force;
    count += set.forces(f).length;
  }
  return sum / count;
}

function trainingCsv(rows: readonly Readonly<Record<string, number>>[], noiseFloor: NoiseFloor): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => [...columns.map((column) => row[column] ?? ''), noiseFloor.value].join(','));
  return `${[[...columns, 'noise_floor'].join(','), ...lines].join('\n')}\n`;
}

async function assemble(stage: FinishedStage, registry: Registry, start: AssemblyStart): Promise<Assembly> {
  if (start.box === 'mean')
    throw new InputError(
      start.where,
      `"mean" is for simulations; a potential starts in the box of the last frame that it learned from. Leave it out`,
    );
  const model = await readModel(stage.folder, stage.name);
  const kind = registry.get('model', model.type, `${stage.name}/model.json`);
  return {
    structure: model.structure,
    positions: model.start.positions,
    velocities: null,
    box: model.start.box,
    forces: (structure, box) => [...kind.forces(model, structure, box), watchdogForce(model.trainingRange)],
  };
}

export const trainPotential: StageKind = {
  name: 'train-potential',
  summary: 'Learns a coarse-grained potential from the forces of an atomistic run seen through a mapping.',
  status: 'validated',
  parallel: true,
  schema: {
    properties: {
      from: {
        reference: { stage: ['simulate', 'mean-forces'] },
        description: 'the atomistic run to learn from; it must have stored forces',
      },
      mapping: { reference: { stage: ['train-mapping', 'train-jointly'] }, description: 'which atoms belong to which site' },
      model: { registered: { kind: 'model', key: 'type' }, default: { type: 'spline' }, description: 'what is trained' },
      blocks: {
        type: 'integer',
        minimum: 2,
        default: 10,
        description: 'blocks of consecutive frames that the run is split into',
      },
      validationFraction: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 0.9,
        default: 0.2,
        description: 'fraction of the blocks that is not trained on, spread evenly over the run',
      },
      stride: { type: 'integer', minimum: 1, default: 1, description: 'every so many stored frames are used' },
      maxFrames: {
        type: 'integer',
        minimum: 4,
        default: 5000,
        description: 'upper limit on the frames used; the stride grows until it is kept',
      },
      whitening: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 1,
        description:
          'how far the weights of force errors follow the inverse covariance of their noise within a molecule: 0 weighs all alike (least ' +
          'squares), 1 fully (generalised least squares)',
      },
      forceMap: {
        enum: ['sum', 'optimal', 'local'],
        description:
          "the force on a site: the sum of its atoms' forces, the linear combination of its molecule's forces that has the least noise, or that " +
          'less forces along hidden motions, with less noise still; the last if absent, where no bonds between sites are rigid',
      },
      temperature: temperatureSchema,
    },
    required: ['from', 'mapping'],
  },
  run,
  assemble,
};
