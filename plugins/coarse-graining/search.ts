/** Trains mappings from several seeds, says what each arrived at, and picks the best. */
import { SimulationError } from '../../engine/index.ts';
import { selectBackend } from '../learning/index.ts';
import type { AutoencoderProblem } from './autoencoder.ts';
import type { Covariances } from './covariance.ts';
import { compact, occupancy, type SeedReport } from './mapping.ts';
import { trace } from './matrix.ts';
import { hardMap } from './quality.ts';
import { type TrainedAutoencoder, type TrainingOptions, type TrainingRow, trainAutoencoder } from './training.ts';

export interface SearchOptions extends TrainingOptions {
  /** JSON path for error messages. */
  readonly where: string;
  readonly sites: number;
  readonly seeds: number;
  /** Whether a mapping may use fewer sites than asked for. */
  readonly allowEmptySites: boolean;
}

/** Told of what goes on; `update` may throw to stop the search. */
export interface SearchListener {
  update(seed: number, epoch: number, loss: number): Promise<void> | void;
  note(line: string): void;
}

export interface SearchResult {
  readonly best: SeedReport;
  readonly seeds: readonly SeedReport[];
  /** Training history of the best. */
  readonly rows: readonly TrainingRow[];
  readonly backend: string;
}

/**
 * Trains one autoencoder a seed and keeps the one whose hard assignment has the lowest loss among those that fill all sites
 * (among all, if empty sites are allowed).
 * @param bonds bonds of a molecule, flat pairs
 * @throws SimulationError if no seed fills all sites and empty ones are not allowed.
 */
export async function searchMapping(
  data: Covariances,
  bonds: Int32Array,
  options: SearchOptions,
  seed: number,
  listener: SearchListener = { update: () => {}, note: () => {} },
): Promise<SearchResult> {
  // Two matrices of a molecule's size: every other backend spends longer on handing them over than on the work.
  const backend = await selectBackend(['cpu']);
  listener.note(`tfjs backend: ${backend.name}`);
  const problem = normalised(data, options.sites);
  const reports: SeedReport[] = [];
  const rows: (readonly TrainingRow[])[] = [];
  for (let k = 0; k < options.seeds; k++) {
    const trained = await trainAutoencoder(backend, problem, options, `${seed}/${k}`, (row) =>
      listener.update(k, row.epoch, row.loss),
    );
    const report = reportOf(trained, k, data, bonds, options);
    reports.push(report);
    rows.push(trained.rows);
    listener.note(
      `seed ${k}: ${report.sites} of ${options.sites} sites used, reconstruction ${report.reconstruction.toPrecision(4)}, ` +
        `loss ${report.loss.toPrecision(4)}`,
    );
  }
  const filled = reports.filter((report) => report.sites === options.sites);
  if (filled.length === 0 && !options.allowEmptySites) throw emptySites(reports, options);
  const candidates = filled.length > 0 && !options.allowEmptySites ? filled : reports;
  const best = candidates.reduce((a, b) => (b.loss < a.loss ? b : a));
  return { best, seeds: reports, rows: rows[best.seed], backend: backend.name };
}

/** Matrices of trace 1, so that one learning rate and one force weight serve all molecules and units. */
export function normalised(data: Covariances, sites: number): AutoencoderProblem {
  const scaled = (matrix: Float64Array) => {
    const total = trace(matrix, data.atoms);
    return total > 0 ? matrix.map((value) => value / total) : matrix;
  };
  return { atoms: data.atoms, sites, positions: scaled(data.positions), forces: data.forces && scaled(data.forces) };
}

function reportOf(
  trained: TrainedAutoencoder,
  seed: number,
  data: Covariances,
  bonds: Int32Array,
  options: SearchOptions,
): SeedReport {
  const { sites, assignment } = compact(trained.assignment);
  const { reconstruction, pcaBound, force, fragments } = hardMap(data, assignment, sites, bonds);
  const variance = trace(data.positions, data.atoms) / data.atoms;
  const atomicForce = data.forces ? trace(data.forces, data.atoms) : 0;
  const relativeForce = force !== null && atomicForce > 0 ? (force * sites) / (3 * atomicForce) : 0;
  return {
    seed,
    sites,
    assignment,
    occupancy: occupancy(assignment, sites),
    loss: reconstruction / variance + options.forceWeight * relativeForce,
    reconstruction,
    softReconstruction: trained.reconstruction * variance,
    pcaBound,
    force,
    fragments,
  };
}

function emptySites(reports: readonly SeedReport[], options: SearchOptions): SimulationError {
  const used = reports.map((report) => `seed ${report.seed} uses ${report.sites}`).join(', ');
  const most = Math.max(...reports.map((report) => report.sites));
  return new SimulationError(
    `${options.where}: no training filled all ${options.sites} sites (${used}); set "sitesPerMolecule" to at most ${most}, ` +
      'train longer ("epochs"), or accept a mapping to fewer sites with "allowEmptySites": true',
  );
}

/** training.csv: `reconstruction` in length^2 per atom and coordinate; `loss` and `force` as the optimiser sees them, as fractions. */
export function trainingTable(rows: readonly TrainingRow[], data: Covariances): string {
  const variance = trace(data.positions, data.atoms) / data.atoms;
  const header = 'epoch,loss,reconstruction,force,temperature,entropy';
  const line = (row: TrainingRow) =>
    [row.epoch, row.loss, row.reconstruction * variance, row.force, row.tau, row.entropy]
      .map((value) => +value.toPrecision(7))
      .join(',');
  return `${header}\n${rows.map(line).join('\n')}\n`;
}
