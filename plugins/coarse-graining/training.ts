/** Training one autoencoder: the temperature schedule, the noise, and Adam steps on tfjs variables. */
import seedrandom from 'seedrandom';
import { exp, log, SimulationError } from '../../engine/index.ts';
import type { LearningBackend } from '../learning/index.ts';
import { Autoencoder, type AutoencoderLoss, type AutoencoderProblem } from './autoencoder.ts';

/** tau(epoch) = start exp(-epoch / decay) + floor, after Wang & Gomez-Bombarelli 2019, who use 4, 320 and 0.2. */
export interface Annealing {
  readonly start: number;
  readonly decay: number;
  readonly floor: number;
}

export interface TrainingOptions {
  readonly epochs: number;
  readonly learningRate: number;
  /** Weight of the force term, which is on during the second half. */
  readonly forceWeight: number;
  readonly annealing: Annealing;
}

export interface TrainingRow extends AutoencoderLoss {
  readonly epoch: number;
  readonly tau: number;
}

/** The encoder as it was at one epoch, without noise. */
export interface EncoderSnapshot {
  readonly epoch: number;
  readonly tau: number;
  /** Row-major sites x atoms, rows add up to 1. */
  readonly encoder: Float64Array;
}

export interface TrainedAutoencoder {
  /** The most probable site of each atom; sites may be empty. */
  readonly assignment: number[];
  /** The encoder from the start to the end, at the fractions `snapshotsAt` of the training. */
  readonly course: readonly EncoderSnapshot[];
  /** Unexplained fraction of the soft assignment at the end, without noise at the last temperature. */
  readonly reconstruction: number;
  readonly rows: readonly TrainingRow[];
}

export function temperature(annealing: Annealing, epoch: number): number {
  return annealing.start * exp(-epoch / annealing.decay) + annealing.floor;
}

/** Gradients of a loss that is a fraction, shared by all logits, come near tfjs' usual 1e-7 for rings: smaller, so that it changes nothing. */
const adamEpsilon = 1e-10;
/** Width of the uniform distribution that initial logits are drawn from: small beside the noise, so that no atom starts decided. */
const initialSpread = 0.1;
/** Rows of training.csv kept of a training. */
const rowsKept = 200;
const epochsBetweenBreaths = 100;
/** Parts of the training after which the encoder is kept: most is decided while the temperature falls, in the first half. */
const snapshotsAt = [0, 0.125, 0.25, 0.5, 1];

/**
 * Trains one model from one seed. The matrices are so small that the analytic gradient in plain loops is much faster than tfjs' tape;
 * the variable and its optimiser are tfjs'.
 * @param every called from time to time with the epoch and the last losses, to report progress or to stop by throwing
 * @throws SimulationError if the loss is not a finite number.
 */
export async function trainAutoencoder(
  backend: LearningBackend,
  problem: AutoencoderProblem,
  options: TrainingOptions,
  seed: string,
  every: (row: TrainingRow) => Promise<void> | void = () => {},
): Promise<TrainedAutoencoder> {
  const { tf } = backend;
  const { atoms, sites } = problem;
  const random = seedrandom(seed);
  const model = new Autoencoder(problem);
  const noise = new Float64Array(atoms * sites);
  const logits = share(
    Float64Array.from(noise, () => initialSpread * (random() - 0.5)),
    problem,
  );
  const shape: [number, number] = [atoms, sites];
  const variable = tf.variable(tf.tensor2d(Float32Array.from(logits), shape));
  logits.set(variable.dataSync());
  const optimizer = tf.train.adam(options.learningRate, 0.9, 0.999, adamEpsilon);
  const rows: TrainingRow[] = [];
  const course: EncoderSnapshot[] = [];
  const keepEvery = Math.max(1, Math.floor(options.epochs / rowsKept));
  const snapshotEpochs = new Set(snapshotsAt.map((part) => Math.round(part * options.epochs)));
  const look = (epoch: number) => {
    const tau = temperature(options.annealing, epoch);
    const { reconstruction } = model.evaluate(logits, null, tau, 0);
    if (snapshotEpochs.has(epoch)) course.push({ epoch, tau, encoder: model.encoder.slice() });
    return reconstruction;
  };
  try {
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      if (snapshotEpochs.has(epoch)) look(epoch);
      for (let k = 0; k < noise.length; k++) noise[k] = -log(-log(random() || Number.MIN_VALUE));
      share(noise, problem);
      const tau = temperature(options.annealing, epoch);
      const weight = epoch >= options.epochs / 2 ? options.forceWeight : 0;
      const row = { epoch, tau, ...model.evaluate(logits, noise, tau, weight) };
      if (!Number.isFinite(row.loss))
        throw new SimulationError(
          `the loss of the mapping is ${row.loss} at epoch ${epoch} (seed ${seed}); lower "learningRate", and check that the atoms of a ` +
            'molecule move relative to each other in the run',
        );
      if (epoch % keepEvery === 0 || epoch === options.epochs - 1) rows.push(row);
      if (epoch % epochsBetweenBreaths === 0) await every(row);
      tf.tidy(() => {
        const gradient = tf.tensor2d(Float32Array.from(average(model.gradient, problem)), shape);
        optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
      });
      logits.set(variable.dataSync());
    }
    const reconstruction = look(options.epochs);
    return { assignment: mostProbable(logits, atoms, sites), course, reconstruction, rows };
  } finally {
    variable.dispose();
    optimizer.dispose();
  }
}

/** Gives every atom the row of the first atom of its unit; `values` is atoms x sites, changed in place. */
function share(values: Float64Array, { units, sites }: AutoencoderProblem): Float64Array {
  units?.forEach((first, atom) => {
    values.copyWithin(atom * sites, first * sites, (first + 1) * sites);
  });
  return values;
}

/** Gives every atom of a unit the mean of their rows: the gradient of logits that they share, up to the size of the unit, which Adam takes out. */
function average(values: Float64Array, problem: AutoencoderProblem): Float64Array {
  const { units, sites } = problem;
  if (!units) return values;
  const sizes = new Float64Array(units.length);
  units.forEach((first, atom) => {
    sizes[first]++;
    for (let site = 0; first !== atom && site < sites; site++) values[first * sites + site] += values[atom * sites + site];
  });
  units.forEach((first, atom) => {
    for (let site = 0; first === atom && site < sites; site++) values[atom * sites + site] /= sizes[atom];
  });
  return share(values, problem);
}

function mostProbable(logits: Float64Array, atoms: number, sites: number): number[] {
  return Array.from({ length: atoms }, (_, j) => {
    const row = logits.subarray(j * sites, (j + 1) * sites);
    return row.indexOf(Math.max(...row));
  });
}
