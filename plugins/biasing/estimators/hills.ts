/** Free energies as minus the sum of hills. */
import { InputError, type Settings } from '../../../engine/index.ts';
import { addHill, HillShape } from '../hill-form.ts';
import { checkForm, type HillsOfFile, mergeHills, readHills } from '../hills-file.ts';
import { biasComponents, componentsOf } from '../runs.ts';
import type { Estimator, Request } from './estimator.ts';
import { chosenBias } from './mean-force.ts';
import { middlesOf } from './reweight.ts';

/**
 * F(s) = -gamma/(gamma - 1) V(s) with all hills so far; gamma infinite for hills of constant height. Errors are those between sums up to
 * different times in the second half of the run; hills that it began with are in all of them.
 */
export async function sumOfHills(request: Request): Promise<Estimator> {
  const { runs, where } = request;
  const [run] = runs;
  const chosen = runs.map((each) => chosenBias({ ...request, runs: [each] }, 'metadynamics').settings);
  checkShared(request, chosen);
  const [settings] = chosen;
  const components = componentsOf(run, biasComponents(run, settings), where);
  const axes = request.axes(components);
  const files: HillsOfFile[] = [];
  for (const [k, { stage }] of runs.entries()) {
    const file = chosen[k].file as string;
    if (!stage.folder.exists(file))
      throw new InputError(where, `the stage "${stage.name}" has left no hills: there is no ${file} in its folder`);
    const found = readHills(await stage.folder.readText(file), components, `${stage.name}/${file}`);
    checkForm(found.form, files[0]?.form ?? found.form, `${stage.name}/${file}`);
    files.push(found);
  }
  const [{ form }] = files;
  const shape = new HillShape(form, components.length);
  const hills = files.length === 1 ? files[0].hills : mergeHills(files.map((file) => file.hills));
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
      const time = times[Math.min(run.table.rows - 1, run.first + Math.round(to * run.rows) - 1)];
      // Those that were there from the start may have any order, but none is later than 0.
      const later = to >= 1 ? -1 : hills.findIndex((hill) => hill.time > Math.max(0, time));
      const wanted = later < 0 ? hills.length : later;
      if (wanted < done) {
        grid = middlesOf(axes);
        done = 0;
      }
      for (; done < wanted; done++) addHill(grid, form, shape, hills[done]);
      return Float64Array.from({ length: grid.points }, (_, p) => (-scale * grid.at(p)) / run.kT);
    },
  };
}

/** @throws InputError for several runs that did not build one bias together */
function checkShared({ runs, where }: Request, chosen: readonly Settings[]): void {
  const [first] = chosen;
  runs.forEach(({ stage }, k) => {
    const [mine, theirs] = [chosen[k].walkers, first.walkers] as (Settings | undefined)[];
    if (k === 0 || (mine && theirs && mine.folder === theirs.folder && mine.id !== theirs.id)) {
      if (chosen[k].biasFactor === first.biasFactor) return;
      throw new InputError(where, `"${runs[0].stage.name}" and "${stage.name}" have different bias factors`);
    }
    throw new InputError(
      where,
      `"${runs[0].stage.name}" and "${stage.name}" did not share their hills ("walkers" of one folder with different ids), so that the sum of both is no ` +
        'free energy: take one of them, one that continued the other with "from", or "method": "reweight"',
    );
  });
}
