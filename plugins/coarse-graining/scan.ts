/** Several numbers of sites, and several weights of the forces, tried in one go; and which of them later stages get. */
import { InputError, SimulationError } from '../../engine/index.ts';
import type { Covariances } from './covariance.ts';
import { agreeing, equalBlocksReconstruction } from './describe.ts';
import type { Scan, ScanPoint } from './mapping.ts';
import { type SearchListener, type SearchOptions, type SearchResult, searchMapping } from './search.ts';

export interface ScanOptions extends Omit<SearchOptions, 'sites' | 'forceWeight'> {
  /** In increasing order. */
  readonly sites: readonly number[];
  /** In increasing order. */
  readonly forceWeights: readonly number[];
  readonly choose: Choice;
}

/** What the scenario says of the point to go on with; a rule decides what it leaves open (see `choosePoint`). */
export interface Choice {
  readonly sitesPerMolecule?: number;
  readonly forceWeight?: number;
  /** Most by which the forces may raise the reconstruction error, as a fraction. */
  readonly tolerance: number;
}

export interface ScanResult {
  readonly scan: Scan;
  /** The training of the chosen point. */
  readonly chosen: SearchResult;
}

/**
 * Trains every number of sites with every weight, each from all seeds.
 *
 * Points whose trainings leave sites empty are part of the result, but are not chosen unless `allowEmptySites`.
 * @param listener gets the number of the point before the seed's
 * @throws SimulationError if the chosen point, or every point, has empty sites that are not allowed
 */
export async function scanMappings(
  data: Covariances,
  bonds: Int32Array,
  options: ScanOptions,
  seed: number,
  listener: SearchListener,
): Promise<ScanResult> {
  const found: { readonly point: ScanPoint; readonly search: SearchResult }[] = [];
  for (const sites of options.sites) {
    const equalBlocks = equalBlocksReconstruction(data, sites, bonds);
    for (const forceWeight of options.forceWeights) {
      const search = await searchMapping(
        data,
        bonds,
        { ...options, sites, forceWeight, allowEmptySites: true, fill: !options.allowEmptySites },
        seed,
        {
          update: (k, epoch, loss) => listener.update(found.length * options.seeds + k, epoch, loss),
          note: () => {},
        },
      );
      const point = pointOf(search, sites, forceWeight, equalBlocks);
      found.push({ point, search });
      listener.note(pointLine(point));
    }
  }
  const points = found.map(({ point }) => point);
  const { index, because } = choosePoint(points, options.choose, options.allowEmptySites, options.where);
  const { sitesRequested, forceWeight } = points[index];
  return {
    scan: { chosen: { sitesPerMolecule: sitesRequested, forceWeight, because }, points },
    chosen: found[index].search,
  };
}

function pointOf(search: SearchResult, sitesRequested: number, forceWeight: number, equalBlocks: number | null): ScanPoint {
  const { sites, assignment, occupancy, loss, reconstruction, pcaBound, force, fragments } = search.best;
  return {
    sitesRequested,
    forceWeight,
    sites,
    assignment,
    occupancy,
    reconstruction,
    pcaBound,
    equalBlocks,
    force,
    fragments,
    loss,
    agreeing: agreeing(search.seeds, assignment),
    seeds: search.seeds,
  };
}

function pointLine(point: ScanPoint): string {
  const used = point.sites < point.sitesRequested ? ` (${point.sites} used)` : '';
  const force = point.force === null ? '' : `, force ${point.force.toPrecision(4)}`;
  return (
    `${point.sitesRequested} sites${used}, force weight ${point.forceWeight}: reconstruction ${point.reconstruction.toPrecision(4)}, ` +
    `PCA bound ${point.pcaBound.toPrecision(4)}${force}; ${point.agreeing} of ${point.seeds.length} seeds agree`
  );
}

/**
 * The point that later stages get. What the scenario does not say is decided by rule:
 *
 * * of the weights of the forces, for each number of sites, the largest that raises the reconstruction error by no more than
 *   `tolerance` over the best one of that number of sites;
 * * of the numbers of sites, the knee of the error: where its logarithm lies farthest below the straight line from the first to the last
 *   (Satopaa, Albrecht, Irwin & Raghavan, ICDCS Workshops 2011), the largest number if no point lies below the line.
 * @throws InputError if the scenario names a point that was not tried
 */
export function choosePoint(
  points: readonly ScanPoint[],
  choose: Choice,
  allowEmptySites: boolean,
  where: string,
): { readonly index: number; readonly because: string } {
  const usable = points.filter((point) => allowEmptySites || point.sites === point.sitesRequested);
  const wished = usable.filter(
    (point) =>
      (choose.sitesPerMolecule ?? point.sitesRequested) === point.sitesRequested &&
      (choose.forceWeight ?? point.forceWeight) === point.forceWeight,
  );
  checkChoice(points, choose, where);
  if (wished.length === 0)
    throw new SimulationError(
      `${where}: no training filled all sites${usable.length > 0 ? ' of the point to choose' : ''} (${points
        .map((point) => `${point.sites} of ${point.sitesRequested}`)
        .join(', ')}); ask for fewer, train longer ("epochs"), or accept empty sites with "allowEmptySites": true`,
    );
  const bySites = [...new Set(wished.map((point) => point.sitesRequested))].map((sites) =>
    largestWeight(
      wished.filter((point) => point.sitesRequested === sites),
      choose.tolerance,
    ),
  );
  const chosen = knee(bySites);
  const reasons = [
    reasonFor(
      'number of sites',
      choose.sitesPerMolecule,
      new Set(points.map((p) => p.sitesRequested)).size,
      'the knee of the error',
    ),
    reasonFor(
      'force weight',
      choose.forceWeight,
      new Set(points.map((p) => p.forceWeight)).size,
      `the largest that raises the error by at most ${+(100 * choose.tolerance).toPrecision(3)} %`,
    ),
  ].filter((reason) => reason !== null);
  return { index: points.indexOf(chosen), because: reasons.join('; ') };
}

function checkChoice(points: readonly ScanPoint[], choose: Choice, where: string): void {
  const tried = { sitesPerMolecule: points.map((p) => p.sitesRequested), forceWeight: points.map((p) => p.forceWeight) };
  for (const key of ['sitesPerMolecule', 'forceWeight'] as const) {
    const wish = choose[key];
    if (wish !== undefined && !tried[key].includes(wish))
      throw new InputError(
        `${where}.choose.${key}`,
        `is ${wish}, which is not tried; tried are ${[...new Set(tried[key])].join(', ')}`,
      );
  }
}

function reasonFor(what: string, wish: number | undefined, tried: number, rule: string): string | null {
  if (wish !== undefined) return `${what} as asked for`;
  return tried > 1 ? `${what}: ${rule}` : null;
}

function largestWeight(points: readonly ScanPoint[], tolerance: number): ScanPoint {
  const least = Math.min(...points.map((point) => point.reconstruction));
  const good = points.filter((point) => point.reconstruction <= (1 + tolerance) * least);
  return good.reduce((a, b) => (b.forceWeight > a.forceWeight ? b : a));
}

function knee(points: readonly ScanPoint[]): ScanPoint {
  const first = points[0];
  const last = points[points.length - 1];
  const height = (point: ScanPoint) => Math.log(Math.max(point.reconstruction, Number.MIN_VALUE));
  const below = (point: ScanPoint) => {
    const part = (point.sitesRequested - first.sitesRequested) / (last.sitesRequested - first.sitesRequested || 1);
    return height(first) + part * (height(last) - height(first)) - height(point);
  };
  return points.reduce((a, b) => (below(b) > below(a) + 1e-9 ? b : a), last);
}
