/** Free energies from mean forces: `abf` from those of the system, `czar` from those of springs to extended variables. */
import { InputError, type Settings } from '../../../engine/index.ts';
import { czar } from '../czar.ts';
import { ForceBins } from '../force-bins.ts';
import { integrate } from '../integrate.ts';
import { biasComponents, column, componentsOf } from '../runs.ts';
import { perComponent } from '../settings.ts';
import { logWeights, readMulticolumn } from '../weights.ts';
import { type Estimator, type Request, rowsOf } from './estimator.ts';

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

/** Gradients of all steps for the whole run, those of the rows of COLVAR for its parts; integrated by least squares. */
function meanForces(type: 'abf' | 'eabf'): (request: Request) => Promise<Estimator> {
  return async (request) => {
    const { runs, where } = request;
    if (runs.length > 1) throw new InputError(where, 'mean forces are those of one run; "from" names several');
    const [run] = runs;
    const { name, settings } = chosenBias(request, type);
    const names = biasComponents(run, settings);
    const components = componentsOf(run, names, where);
    const { folder } = run.stage;
    const prefix = type === 'abf' ? name : `${name}.czar`;
    const counts = readMulticolumn(await folder.readText(type === 'abf' ? `${name}.count` : `${name}.zcount`));
    const grad = readMulticolumn(await folder.readText(`${prefix}.grad`));
    const { axes } = counts;
    const columns = names.map((each) => column(run, each, where));
    const others = names.map((each) => column(run, `${name}.${each}_${type === 'abf' ? 'force' : 'extended'}`, where));
    const here = { components, where, units: run.stage.units };
    const sigma = type === 'eabf' ? perComponent(settings, 'sigma', here) : null;

    function fromRows(from: number, to: number): Float64Array {
      const bins = new ForceBins(components, axes, where);
      const point = new Float64Array(names.length);
      const force = new Float64Array(names.length);
      for (let r = from; r < to; r++) {
        for (let c = 0; c < names.length; c++) {
          point[c] = columns[c][r];
          const period = components[c].period;
          const length = period ? period.to - period.from : 0;
          const apart = others[c][r] - columns[c][r];
          const near = period ? apart - length * Math.round(apart / length) : apart;
          force[c] = sigma ? (near * run.kT) / (sigma[c] * sigma[c]) : others[c][r];
        }
        const bin = bins.indexOf(point);
        if (bin >= 0) bins.add(bin, force);
      }
      const slopes = sigma ? czar(bins, run.kT) : null;
      const d = axes.length;
      return integrate(
        axes,
        (bin, axis) => (slopes ? slopes[bin * d + axis] : -bins.mean(bin, axis)),
        (bin) => bins.samples[bin],
      );
    }

    return {
      components,
      axes,
      independent: true,
      weights: [await logWeights(run, where)],
      estimate(part) {
        const all = part.from === 0 && part.to === 1;
        const values = all
          ? integrate(
              axes,
              (bin, axis) => grad.values[axis][bin],
              (bin) => counts.values[0][bin],
            )
          : fromRows(...rowsOf(run, part));
        return values.map((value) => value / run.kT);
      },
    };
  };
}

export const abfForces = meanForces('abf');
export const czarForces = meanForces('eabf');
