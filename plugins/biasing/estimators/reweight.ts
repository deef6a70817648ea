/** Free energies from weighted rows: a histogram, or a sum of Gaussian kernels. */
import { type Component, exp } from '../../../engine/index.ts';
import { type Bins, ForceBins } from '../force-bins.ts';
import { gaussianReach, HermiteGrid } from '../grid.ts';
import { binCount, freeEnergyOf } from '../profile.ts';
import { column, componentsOf } from '../runs.ts';
import { logWeights } from '../weights.ts';
import { type Estimator, type Part, type Request, rowsOf } from './estimator.ts';
import { checkPooling } from './pooling.ts';

/** Every row counts with the weight that takes its bias off (weights.ts). @throws InputError for runs whose rows cannot be pooled */
export async function reweight(request: Request): Promise<Estimator> {
  checkPooling(request.runs, request.where);
  const weights: Float64Array[] = [];
  for (const run of request.runs) weights.push(await logWeights(run, request.where));
  return weighted(request, () => weights, weights);
}

/** The estimator of rows with weights, which may depend on the part. */
export function weighted(
  request: Request,
  weightsOf: (part: Part) => readonly Float64Array[],
  weights: readonly Float64Array[],
): Estimator {
  const { runs, names, where, settings } = request;
  const components = componentsOf(runs[0], names, where);
  const axes = request.axes(components);
  const bandwidth = settings.bandwidth as readonly number[] | undefined;
  const columns = runs.map((run) => names.map((name) => column(run, name, where)));
  return {
    components,
    axes,
    independent: true,
    weights,
    estimate(part) {
      const found = weightsOf(part);
      let most = Number.NEGATIVE_INFINITY;
      const rows = runs.map((run) => rowsOf(run, part));
      rows.forEach((own, k) => {
        for (const r of own) most = Math.max(most, found[k][r]);
      });
      const density = bandwidth ? new KernelSum(components, axes, bandwidth) : new Histogram(components, axes, where);
      rows.forEach((own, k) => {
        for (const r of own)
          density.add(
            columns[k].map((values) => values[r]),
            exp(found[k][r] - most),
          );
      });
      return freeEnergyOf(density.values());
    },
  };
}

class Histogram {
  private readonly bins: ForceBins;
  private readonly sums: Float64Array;

  constructor(components: readonly Component[], axes: readonly Bins[], where: string) {
    this.bins = new ForceBins(components, axes, where);
    this.sums = new Float64Array(binCount(axes));
  }

  add(point: readonly number[], weight: number): void {
    const bin = this.bins.indexOf(point);
    if (bin >= 0) this.sums[bin] += weight;
  }

  values(): Float64Array {
    return this.sums;
  }
}

/** Gaussians on the middles of the bins. */
class KernelSum {
  private readonly grid: HermiteGrid;
  private readonly sigma: readonly number[];

  constructor(components: readonly Component[], axes: readonly Bins[], bandwidth: readonly number[]) {
    this.grid = middlesOf(axes);
    this.sigma = components.map((_, k) => bandwidth[k] ?? bandwidth[0]);
  }

  add(point: readonly number[], weight: number): void {
    // What lies beyond the reach of every bin adds nothing.
    const outside = this.grid.axes.some(
      ({ start, spacing, points, periodic }, k) =>
        !periodic &&
        (point[k] < start - gaussianReach * this.sigma[k] ||
          point[k] > start + spacing * (points - 1) + gaussianReach * this.sigma[k]),
    );
    if (!outside && weight > 0) this.grid.addGaussian(point, this.sigma, weight);
  }

  values(): Float64Array {
    return Float64Array.from({ length: this.grid.points }, (_, p) => this.grid.at(p));
  }
}

/** A grid whose points are the middles of bins. */
export function middlesOf(axes: readonly Bins[]): HermiteGrid {
  return new HermiteGrid(
    axes.map(({ start, width, count, periodic }) => ({ start: start + 0.5 * width, spacing: width, points: count, periodic })),
    '',
  );
}
