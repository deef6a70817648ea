/** The scenarios of liquids (hexane's has the stages of polyethylene's) go through all their stages, made small: what one stage leaves, the next can read. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { md } from '../support/command.ts';
import { readJson, root, scratch } from '../support/fixtures.ts';

interface Small {
  /** Molecules and cut-off of each stage that builds a system; other stages read those of the first. */
  readonly counts: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly cutoff: number;
  readonly simulations: readonly string[];
}

const scenarios: Readonly<Record<string, Small>> = {
  water: { counts: { tip3p: [[0, 120]], spce: [[0, 120]] }, cutoff: 0.65, simulations: ['tip3p', 'spce'] },
  polyethylene: { counts: { npt: [[0, 3]] }, cutoff: 0.7, simulations: ['npt', 'nvt'] },
  'alanine-dipeptide-water': { counts: { npt: [[1, 120]] }, cutoff: 0.65, simulations: ['npt', 'nvt'] },
};

for (const [name, { counts, cutoff, simulations }] of Object.entries(scenarios))
  test(`${name}.json, small and short, ends with densities and pressures`, async () => {
    const folder = scratch();
    const settings = simulations.flatMap((stage) => [
      `${stage}.system.nonbonded.cutoff=${cutoff}`,
      `${stage}.run.equilibrate=0.02 ps`,
      `${stage}.run.time=0.1 ps`,
      `${stage}.output.every=0.02 ps`,
    ]);
    for (const [stage, molecules] of Object.entries(counts))
      for (const [k, count] of molecules) settings.push(`${stage}.system.molecules[${k}].count=${count}`);
    const words = settings.flatMap((setting) => ['--set', setting]);
    const { code, err } = await md(folder, 'run', join(root, 'scenarios', `${name}.json`), '--out', 'out', ...words);
    assert.is(code, 0, err);
    const { stages } = readJson<{ stages: { name: string; status: string }[] }>(join(folder, 'out', 'run.json'));
    assert.ok(stages.every(({ status }) => status === 'done'));
    for (const stage of simulations) {
      const { averages } = readJson<{ averages: Record<string, { mean: number; unit: string }> }>(
        join(folder, 'out', stage, 'summary.json'),
      );
      assert.is(averages.density.unit, 'g/cm3');
      assert.ok(averages.density.mean > 0.2 && averages.density.mean < 1.2, `density ${averages.density.mean}`);
      assert.ok(Number.isFinite(averages.pressure.mean));
    }
  });

test.run();
