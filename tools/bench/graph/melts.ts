/** Distributions of the atoms, and of a melt that a model runs, in time blocks. */
import { type Context, SimulationError } from '../../../engine/index.ts';
import { type TrainingSet, timeBlocks } from '../../../plugins/potentials/index.ts';
import { SiteHistogram } from '../../../plugins/potentials/refinement/histogram.ts';
import { histogramOptions } from '../../../plugins/potentials/refinement/refine.ts';
import { largestCutoff } from '../../../plugins/potentials/training-set.ts';
import { type Built, buildCase, compileOn, type PlatformChoice } from '../build.ts';
import type { BenchCase } from '../case.ts';
import { type Blocks, type DistributionError, errorOfDifference } from './distributions.ts';
import type { ModelPoint } from './models-plot.ts';

export interface Target {
  readonly histogram: SiteHistogram;
  readonly blocks: Blocks;
}

const choice: PlatformChoice = { platform: 'wasm', threads: 1, set: [] };
const blocksOfRun = 8;
const samplesOfRun = 200;

/** As inversion has them: pairs to 1 nm or 3 sigma. */
function histogramOf(set: TrainingSet, structure = set.structure): SiteHistogram {
  const cutoff = Math.min(set.structure.units === 'lj' ? 3 : 1, largestCutoff(set));
  return new SiteHistogram(set, histogramOptions(set, cutoff), structure);
}

/** Of all frames, whether a model was trained on them or not. */
export function atomsDistributions(set: TrainingSet): Target {
  const histogram = histogramOf(set);
  const frames = [...set.training, ...set.validation].sort((a, b) => a - b);
  const blocks = timeBlocks(frames, blocksOfRun).map((block) => {
    const counts = new Float64Array(histogram.nodes);
    for (const frame of block) histogram.add(set.positions(frame), set.box(frame), counts);
    return counts.map((count) => count / block.length);
  });
  return { histogram, blocks };
}

/**
 * Runs the melt for `run.equilibrate`, then counts during `run.time`; counts are those of as many molecules as the atoms had. Null, and a line that
 * says when and why, where the model breaks its molecules.
 */
export async function beadsDistributions(benchmark: BenchCase, set: TrainingSet): Promise<Blocks | null> {
  const { context, system, dynamics, run } = await started(benchmark);
  const histogram = histogramOf(set, system.structure);
  const steps = (time: unknown): number => Math.round((time as number) / dynamics.timestep);
  const every = Math.max(1, Math.round(steps(run.time) / samplesOfRun));
  const part = set.structure.mass.length / system.structure.mass.length;
  const blocks = Array.from({ length: blocksOfRun }, () => new Float64Array(histogram.nodes));
  try {
    advance(context, steps(run.equilibrate), every);
    for (let k = 0; k < samplesOfRun; k++) {
      context.advance(every);
      histogram.add(context.positions, context.box, blocks[Math.floor((k * blocksOfRun) / samplesOfRun)]);
    }
    context.observe(); // throws if anything is not finite
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    const when = (context.step * dynamics.timestep).toFixed(1);
    process.stdout.write(
      `${benchmark.name}: its run ended after ${when} of ${run.equilibrate} + ${run.time}: ${error.message}\n`,
    );
    return null;
  }
  return blocks.map((counts) => counts.map((count) => (count * part * blocksOfRun) / samplesOfRun));
}

/** In pieces, so that one that fails tells when. */
function advance(context: Context, steps: number, piece: number): void {
  for (let done = 0; done < steps; done += piece) context.advance(Math.min(piece, steps - done));
}

/** The system of a case with velocities, on one thread. */
export async function started(
  benchmark: BenchCase,
): Promise<Pick<Built, 'system' | 'dynamics' | 'run'> & { readonly context: Context }> {
  const { system, dynamics, registry, run } = await buildCase(benchmark, 'full');
  const context = await compileOn(choice, { system, dynamics, registry });
  context.drawVelocities((benchmark.scenario('full').dynamics as { readonly temperature: number }).temperature);
  return { context, system, dynamics, run };
}

/** By how much the distributions of each model are farther off than those of the best, with the standard error of that; null for runs that failed. */
export function distributionsAboveBest(
  points: readonly ModelPoint[],
  runs: readonly (Blocks | null)[],
  target: Target,
): ([number, number] | null)[] {
  const errors = points.map(({ distributions }) => distributions?.error ?? Number.POSITIVE_INFINITY);
  const best = errors.indexOf(Math.min(...errors));
  const ofBest = runs[best];
  return points.map(({ name }, k) => {
    const run = runs[k];
    if (!run || !ofBest) return null;
    const uncertainty = k === best ? 0 : errorOfDifference(target.histogram, target.blocks, run, ofBest);
    const found: [number, number] = [errors[k] - errors[best], uncertainty];
    process.stdout.write(
      `${name.padEnd(24)} distributions above ${points[best].name}: ${found[0].toFixed(4)} +- ${found[1].toFixed(4)}\n`,
    );
    return found;
  });
}

export function inWords({ error, uncertainty, noise }: DistributionError): string {
  return `${error.toFixed(4)} +- ${uncertainty.toFixed(4)} (noise ${noise.toFixed(4)})`;
}
