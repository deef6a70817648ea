/** `model.json` and `weights.safetensors`: a trained potential as files that need nothing else, here or in Python. */
import {
  type Box,
  InputError,
  type StageFolder,
  type Structure,
  structureFromJson,
  structureToJson,
} from '../../engine/index.ts';
import type { ForceMapReport } from './force-map.ts';
import type { ForceErrors, NoiseFloor, TrainedModel } from './model.ts';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';
import type { TrainingRange } from './training-range.ts';

export const modelFile = 'model.json';
export const weightsFile = 'weights.safetensors';

/** A trained potential with all that is known of it. Energies in kJ/mol, lengths in nm, forces in kJ/(mol nm); or reduced. */
export interface StoredModel {
  /** Name of the model in the registry. */
  readonly type: string;
  /** K, or reduced: the temperature of the training run, at which the potential is valid. */
  readonly temperature: number;
  /** kB times temperature. */
  readonly kT: number;
  /** The sites of the training run: types, names, masses, bonds, molecules. */
  readonly structure: Structure;
  readonly frames: FrameCounts;
  /** Mean square mapped force a component: what a model that predicts nothing would leave. */
  readonly meanSquareForce: number;
  readonly noiseFloor: NoiseFloor;
  readonly errors: ForceErrors;
  /**
   * How the loss weighed the sites of a molecule: power, covariance (sites x sites, row-major) of the noise across the bonds, and the factor for
   * what stretches each bond of a molecule; null: all alike.
   */
  readonly whitening?: {
    readonly strength: number;
    readonly covariance: readonly number[];
    readonly along: readonly number[];
  } | null;
  /** How forces of atoms became forces of sites. */
  readonly forceMap?: ForceMapReport | null;
  readonly trainingRange: TrainingRange;
  readonly description: TrainedModel['description'];
  readonly weights: TrainedModel['weights'];
  /** A configuration to start from: sites of the last frame of the training run, molecules whole. */
  readonly start: { readonly positions: Float64Array; readonly box: Box };
}

export interface FrameCounts {
  readonly training: number;
  readonly validation: number;
  /** Time blocks that the run was split into. */
  readonly blocks: number;
  /** Frames of the stored trajectory from one frame used to the next. */
  readonly stride: number;
}

const format = 'md-potential';

const units = {
  md: { length: 'nm', energy: 'kJ mol-1', force: 'kJ mol-1 nm-1', mass: 'Da', angle: 'rad', temperature: 'K', time: 'ps' },
  lj: {
    length: 'sigma',
    energy: 'epsilon',
    force: 'epsilon sigma-1',
    mass: 'm',
    angle: 'rad',
    temperature: 'epsilon kB-1',
    time: 'tau',
  },
} as const;

const about =
  'A coarse-grained potential. "structure" holds the sites it was trained on; "description" what the model of this type needs besides the ' +
  'tensors of weights.safetensors, whose "start.positions" and "start.box" are a configuration to start from. Errors are of force components.';

/** Writes both files, the weights first: where there is a `model.json` there are weights. */
export async function writeModel(folder: StageFolder, model: StoredModel): Promise<void> {
  const { type, temperature, kT, structure, frames, meanSquareForce, noiseFloor, errors, trainingRange, description } = model;
  const tensors: Record<string, Tensor> = {
    ...model.weights,
    'start.positions': { shape: [structure.mass.length, 3], data: model.start.positions },
  };
  if (model.start.box.vectors) tensors['start.box'] = { shape: [3, 3], data: model.start.box.vectors };
  await folder.write(weightsFile, writeSafetensors(tensors, { format, model: type }));
  const unit = units[structure.units];
  const json = {
    format,
    version: 1,
    about,
    type,
    units: { system: structure.units, ...unit, 'force error': `(${unit.force})^2` },
    temperature,
    kT,
    frames,
    meanSquareForce,
    noiseFloor,
    training: { meanSquare: errors.training },
    validation: { meanSquare: errors.validation, meanAbsolute: errors.validationMeanAbsolute ?? null },
    forceMap: model.forceMap ?? null,
    whitening: model.whitening ?? null,
    trainingRange,
    structure: structureToJson(structure),
    description,
  };
  await folder.write(modelFile, `${JSON.stringify(json, null, 1)}\n`);
}

/** Reads what `writeModel` wrote. Throws InputError naming the file if something is missing or is not of this form. */
export async function readModel(folder: StageFolder, where: string): Promise<StoredModel> {
  for (const file of [modelFile, weightsFile])
    if (!folder.exists(file)) throw new InputError(`${where}/${file}`, 'is missing; train the potential again');
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(await folder.readText(modelFile)) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${where}/${modelFile}`, 'is not JSON; train the potential again', { cause });
  }
  if (json?.format !== format || json.version !== 1)
    throw new InputError(
      `${where}/${modelFile}`,
      `says format ${json?.format} version ${json?.version}; ${format} version 1 is read`,
    );
  const weights = readSafetensors(await folder.readBytes(weightsFile), `${where}/${weightsFile}`);
  const { 'start.positions': positions, 'start.box': box, ...rest } = weights;
  if (!positions) throw new InputError(`${where}/${weightsFile}`, 'holds no "start.positions"; train the potential again');
  const validation = json.validation as { meanSquare: number; meanAbsolute: number | null };
  return {
    type: json.type as string,
    temperature: json.temperature as number,
    kT: json.kT as number,
    structure: structureFromJson(json.structure, `${where}/${modelFile}`),
    frames: json.frames as FrameCounts,
    meanSquareForce: json.meanSquareForce as number,
    noiseFloor: json.noiseFloor as NoiseFloor,
    errors: {
      training: (json.training as { meanSquare: number }).meanSquare,
      validation: validation.meanSquare,
      ...(validation.meanAbsolute !== null && { validationMeanAbsolute: validation.meanAbsolute }),
    },
    trainingRange: json.trainingRange as TrainingRange,
    description: json.description as TrainedModel['description'],
    weights: rest,
    start: { positions: Float64Array.from(positions.data), box: { vectors: box ? Float64Array.from(box.data) : null } },
  };
}
