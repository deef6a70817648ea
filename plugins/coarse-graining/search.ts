/** Trains mappings from several seeds, says what each arrived at, and picks the best. */
import { SimulationError } from '../../engine/index.ts';
import { selectBackend } from '../learning/index.ts';
import type { AutoencoderProblem } from './autoencoder.ts';
import type { Covariances } from './covariance.ts';
import { compact, type EncoderCourse, occupancy, type SeedReport } from './mapping.ts';
import { toRows, trace } from './matrix.ts';
import { polish } from './polish.ts';
import { hardMap } from './quality.ts';
import { SiteMoments } from './site-moments.ts';
import { type TrainedAutoencoder, type TrainingOptions, type TrainingRow, trainAutoencoder } from './training.ts';

/**
 * What the force weight multiplies: the mean square force of the sites, or that over their mass. <F^2> / M is kT times the mean square frequency of a site's
 * motion in the force (<F^2> = kT <V''>), which is what limits the timestep. A single hydrogen has the smallest force of all sites and the highest frequency.
 */
export type ForceTerm = 'square' | 'frequency';

export interface SearchOptions extends TrainingOptions {
  /** JSON path for error messages. */
  readonly where: string;
  readonly sites: number;
  readonly seeds: number;
  /** Whether a mapping may use fewer sites than asked for. */
  readonly allowEmptySites: boolean;
  /** Whether atoms, one at a time and in groups, are moved after the training while that lowers the loss. */
  readonly polish: boolean;
  readonly forceTerm: ForceTerm;
  /** Whether the polishing fills all sites; if absent, where none may be empty. */
  readonly fill?: boolean;
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
  readonly course: EncoderCourse;
  readonly backend: string;
}

/**
 * Trains one autoencoder a seed, polishes what each arrives at, and keeps the one whose hard assignment has the lowest loss among those that fill all sites
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
  const problem = normalised(data, options.sites, options.forceTerm);
  const reports: SeedReport[] = [];
  const trainings: { readonly rows: readonly TrainingRow[]; readonly course: EncoderCourse }[] = [];
  for (let k = 0; k < options.seeds; k++) {
    const trained = await trainAutoencoder(backend, problem, options, `${seed}/${k}`, (row) =>
      listener.update(k, row.epoch, row.loss),
    );
    const found = finish(trained, problem, options);
    const report = reportOf(found, trained, k, data, bonds, options);
    reports.push(report);
    trainings.push({ rows: trained.rows, course: courseOf(trained, k, found.original, options.sites) });
    listener.note(
      `seed ${k}: ${report.sites} of ${options.sites} sites used, reconstruction ${report.reconstruction.toPrecision(4)}, ` +
        `loss ${report.loss.toPrecision(4)}`,
    );
  }
  const filled = reports.filter((report) => report.sites === options.sites);
  if (filled.length === 0 && !options.allowEmptySites) throw emptySites(reports, options);
  const candidates = filled.length > 0 && !options.allowEmptySites ? filled : reports;
  const best = candidates.reduce((a, b) => (b.loss < a.loss ? b : a));
  return { best, seeds: reports, ...trainings[best.seed], backend: backend.name };
}

/** Matrices of trace 1, so that one learning rate and one force weight serve all molecules and units. */
export function normalised(data: Covariances, sites: number, forceTerm: ForceTerm): AutoencoderProblem {
  const { atoms, positions, forces } = data;
  const masses = forceTerm === 'frequency' ? data.masses : null;
  const scaled = (matrix: Float64Array, of: Float64Array | null) => {
    let total = 0;
    for (let i = 0; i < atoms; i++) total += matrix[i * atoms + i] / (of ? of[i] : 1);
    return total > 0 ? matrix.map((value) => value / total) : matrix;
  };
  return {
    atoms,
    sites,
    positions: scaled(positions, null),
    forces: forces && scaled(forces, masses),
    masses,
    ...(data.units && { units: data.units }),
  };
}

interface Finished {
  readonly sites: number;
  readonly assignment: readonly number[];
  readonly moves: number;
  readonly regroupings: number;
  /** The site of the training that each site was, or became another. */
  readonly original: readonly number[];
}

/** The assignment that a training hands over: polished if that is wished for, its sites numbered by their first atoms. */
function finish(trained: TrainedAutoencoder, problem: AutoencoderProblem, options: SearchOptions): Finished {
  const { assignment, ...made } = options.polish
    ? polish(problem, trained.assignment, options.forceWeight, { fill: options.fill ?? !options.allowEmptySites })
    : { assignment: trained.assignment, moves: 0, regroupings: 0 };
  return { ...compact(assignment), ...made };
}

function courseOf(trained: TrainedAutoencoder, seed: number, original: readonly number[], sites: number): EncoderCourse {
  const others = Array.from({ length: sites }, (_, site) => site).filter((site) => !original.includes(site));
  return {
    seed,
    snapshots: trained.course.map(({ epoch, tau, encoder }) => {
      const rows = toRows(encoder, sites).map((row) => row.map((weight) => +weight.toPrecision(4)));
      return { epoch, temperature: tau, encoder: [...original, ...others].map((site) => rows[site]) };
    }),
  };
}

function reportOf(
  { sites, assignment, moves, regroupings }: Finished,
  trained: TrainedAutoencoder,
  seed: number,
  data: Covariances,
  bonds: Int32Array,
  options: SearchOptions,
): SeedReport {
  const { reconstruction, pcaBound, force, fragments } = hardMap(data, assignment, sites, bonds);
  const variance = trace(data.positions, data.atoms) / data.atoms;
  return {
    seed,
    sites,
    assignment,
    occupancy: occupancy(assignment, sites),
    loss: new SiteMoments(normalised(data, sites, options.forceTerm), assignment, options.forceWeight).loss(),
    reconstruction,
    softReconstruction: trained.reconstruction * variance,
    polishMoves: moves,
    regroupings,
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
