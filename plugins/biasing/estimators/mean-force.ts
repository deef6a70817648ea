/** Free energies from mean forces: `abf` from those of the system, `czar` from those of springs to extended variables. */
import { InputError, type Settings } from '../../../engine/index.ts';
import { czarEnergy } from '../czar.ts';
import { ForceBins } from '../force-bins.ts';
import { readHistory, type WrittenHistory } from '../force-history.ts';
import { integrate } from '../integrate.ts';
import { biasComponents, componentsOf } from '../runs.ts';
import { logWeights, readMulticolumn } from '../weights.ts';
import type { Estimator, Request } from './estimator.ts';

/** The bias that was asked for, or the only one of the type. @throws InputError naming those that there are */
export function chosenBias({ runs, bias, where }: Request, type: string): { readonly name: string; readonly settings: Settings } {
  const [run] = runs;
  const fitting = Object.entries(run.biases).filter(([name, own]) => own.type === type && (bias === null || name === bias));
  if (fitting.length === 1) return { name: fitting[0][0], settings: fitting[0][1] };
  const known = Object.entries(run.biases).map(([name, own]) => `${name} (${own.type as string})`);
  throw new InputError(
    where,
    `the stage "${run.stage.name}" has ${fitting.length === 0 ? 'no bias' : 'several biases'} of the type "${type}"${bias === null ? '' : ` called "${bias}"`}; ` +
      `it has ${known.join(', ') || 'none'}${fitting.length > 1 ? '. Name one with "bias"' : ''}`,
  );
}

/** The snapshot nearest to a fraction of what is not discarded; -1 is the beginning, before anything that the run began with. */
function snapshotFinder({ times }: WrittenHistory, discard: number): (fraction: number) => number {
  const total = times[times.length - 1];
  // What the run began with, if anything, came before everything that is discarded.
  const before = discard > 0 && times[0] === 0 ? 0 : -1;
  return (fraction) => {
    const time = discard + fraction * (total - discard);
    let best = before;
    times.forEach((known, k) => {
      if (Math.abs(known - time) < Math.abs((best < 0 ? 0 : times[best]) - time)) best = k;
    });
    return best;
  };
}

/** From the sums that the bias kept at some twenty times of the run, in which all steps count; integrated by least squares. */
function meanForces(type: 'abf' | 'eabf'): (request: Request) => Promise<Estimator> {
  return async (request) => {
    const { runs, where, settings } = request;
    if (runs.length > 1) throw new InputError(where, 'mean forces are those of one run; "from" names several');
    const [run] = runs;
    const chosen = chosenBias(request, type);
    const components = componentsOf(run, biasComponents(run, chosen.settings), where);
    const { folder } = run.stage;
    const { axes } = readMulticolumn(await folder.readText(type === 'abf' ? `${chosen.name}.count` : `${chosen.name}.zcount`));
    const file = `${chosen.name}.history`;
    const history = readHistory(await folder.readText(file), axes, `${run.stage.name}/${file}`);
    const snapshotAt = snapshotFinder(history, settings.discard as number);
    return {
      components,
      axes,
      independent: true,
      weights: [await logWeights(run, where)],
      estimate(part) {
        const bins = new ForceBins(components, axes, where);
        const add = (snapshot: number, sign: 1 | -1): void => {
          if (snapshot < 0) return;
          history.samples[snapshot].forEach((n, bin) => {
            bins.samples[bin] += sign * n;
          });
          history.sums[snapshot].forEach((sum, k) => {
            bins.sums[k] += sign * sum;
          });
        };
        const sign = part.except ? -1 : 1;
        add(Math.max(0, snapshotAt(part.to)), sign);
        add(snapshotAt(part.from), sign === 1 ? -1 : 1);
        if (part.except) {
          add(snapshotAt(1), 1);
          add(snapshotAt(0), -1);
        }
        const values =
          type === 'eabf'
            ? czarEnergy(bins, run.kT)
            : integrate(
                axes,
                (bin, axis) => -bins.mean(bin, axis),
                (bin) => bins.samples[bin],
              );
        return values.map((value) => value / run.kT);
      },
    };
  };
}

export const abfForces = meanForces('abf');
export const czarForces = meanForces('eabf');
