/** Free energies as minus the sum of hills. */
import { InputError } from '../../../engine/index.ts';
import { type Hill, readHills } from '../hills.ts';
import { biasComponents, componentsOf } from '../runs.ts';
import type { Estimator, Request } from './estimator.ts';
import { chosenBias } from './mean-force.ts';
import { middlesOf } from './reweight.ts';

/**
 * F(s) = -gamma/(gamma - 1) V(s) with all hills so far; gamma infinite for hills of constant height. Errors are those between sums up to
 * different times in the second half of the run.
 */
export async function sumOfHills(request: Request): Promise<Estimator> {
  const { runs, where } = request;
  if (runs.length > 1) throw new InputError(where, 'a sum of hills is that of one run; "from" names several');
  const [run] = runs;
  const { name, settings } = chosenBias(request, 'metadynamics');
  const components = componentsOf(run, biasComponents(run, settings), where);
  const axes = request.axes(components);
  const file = settings.file as string;
  if (!run.stage.folder.exists(file))
    throw new InputError(
      where,
      `the stage "${run.stage.name}" has left no hills of "${name}": there is no ${file} in its folder`,
    );
  const text = await run.stage.folder.readText(file);
  const hills: Hill[] = readHills(text, components, `${run.stage.name}/${file}`);
  const biasFactor = (settings.biasFactor as number | undefined) ?? null;
  const scale = biasFactor === null ? 1 : biasFactor / (biasFactor - 1);
  let grid = middlesOf(axes);
  let done = 0;
  const times = run.table.columns.time;
  return {
    components,
    axes,
    independent: false,
    weights: null,
    estimate({ to }) {
      const part = times[Math.min(run.table.rows - 1, run.first + Math.round(to * run.rows) - 1)] / times[run.table.rows - 1];
      const wanted = to >= 1 ? hills.length : Math.round(part * hills.length);
      if (wanted < done) {
        grid = middlesOf(axes);
        done = 0;
      }
      for (; done < wanted; done++) grid.addGaussian(hills[done].centre, hills[done].sigma, hills[done].height);
      return Float64Array.from({ length: grid.points }, (_, p) => (-scale * grid.at(p)) / run.kT);
    },
  };
}
