/** What OPES may begin with: an earlier stage of the same bias, or a file of kernels. */
import { type BiasContext, type EarlierBias, exp, InputError, type Settings } from '../../engine/index.ts';
import type { WrittenKernel } from './kernels-file.ts';
import { type OpesTarget, opesTarget } from './opes-target.ts';
import { positivePerComponent } from './settings.ts';

/** Of the first kernel, as the settings say. */
export function firstWidths(settings: Settings, context: BiasContext, { explore, biasFactor }: OpesTarget): Float64Array {
  const wide = explore ? Math.sqrt(biasFactor) : 1;
  return positivePerComponent(settings, 'sigma', context).map((s) => s * wide);
}

/**
 * Heights are relative to the first width, and a density under a bias, or its floor, is that of its target: sigma, barrier and bias factor have to agree.
 * @throws InputError naming the one that does not
 */
export function checkSettings(
  settings: Settings,
  { settings: before, stage }: EarlierBias,
  context: BiasContext,
  target: OpesTarget,
): void {
  const where = `${context.where}.from`;
  const then = opesTarget(before, { ...context, where }, target.explore);
  const differs = (what: string, there: unknown, here: unknown): InputError =>
    new InputError(
      where,
      `the stage "${stage.name}" had the ${what} ${String(there)}, this one has ${String(here)}; set it as it was`,
    );
  if (then.biasFactor !== target.biasFactor) throw differs('bias factor', then.biasFactor, target.biasFactor);
  if (then.epsilon !== target.epsilon) throw differs('barrier', before.barrier, settings.barrier);
  const [adaptive, now] = [before.sigma === 'adaptive', settings.sigma === 'adaptive'];
  const same =
    adaptive === now &&
    (now || String(firstWidths(before, { ...context, where }, then)) === String(firstWidths(settings, context, target)));
  if (!same) throw differs('sigma', before.sigma, settings.sigma);
}

/** How far the first widths may be off: files of others have few digits. */
const tolerance = 0.05;

/** @throws InputError at `path` where heights of kernels are relative to another first width than that of the settings */
export function checkWidths(
  kernels: readonly WrittenKernel[],
  sigma: Float64Array,
  { explore, biasFactor }: OpesTarget,
  path: string,
): void {
  const mean = (product: number): number => product ** (1 / sigma.length) / (explore ? Math.sqrt(biasFactor) : 1);
  const expected = mean(sigma.reduce((product, s) => product * s, 1));
  const first = ({ sigma: own, height, logWeight }: WrittenKernel): number =>
    mean(Array.from(own).reduce((product, s) => product * s, explore ? height : height / exp(logWeight)));
  const odd = kernels.map(first).find((found) => Math.abs(found / expected - 1) > tolerance);
  if (odd !== undefined)
    throw new InputError(
      path,
      `its heights are relative to a first sigma of ${Number(odd.toPrecision(4))}${sigma.length > 1 ? ' (geometric mean over the variables)' : ''}, and here it is ` +
        `${Number(expected.toPrecision(4))}: set "sigma" as it was`,
    );
}

/** Text of the kernels that an earlier stage wrote. @throws InputError if the file is gone */
export async function writtenBy({ stage, settings }: EarlierBias, where: string): Promise<string> {
  const file = settings.file as string;
  if (stage.folder.exists(file)) return stage.folder.readText(file);
  throw new InputError(where, `the stage "${stage.name}" has left no kernels: there is no ${file} in its folder; run it again`);
}
