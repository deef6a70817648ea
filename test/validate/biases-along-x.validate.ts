/**
 * The Mueller-Brown potential times 0.15 at kT 1 along x alone, which does not tell its two channels apart: a bias that takes two thirds of the free energy
 * off, and a run long enough for the walk to change channels some fifty times by itself. ln P of a side is known to 2/sqrt(crossings) then, 0.3, and F(x) to half of
 * that. Some thirty minutes of processor time a bias; words after the command name some.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readColumns } from '../../tools/report/read.ts';
import { MuellerBrown, pathOf, profile, result, run, type Stage, scenario } from './bias-runs.ts';

const test = suite('biases along x');
const exact = new MuellerBrown();
const steps = 4_000_000_000;
const asked = process.argv.slice(2);

const ends = { from: -1.5, to: 1.2 };
const settings = {
  metadynamics: { type: 'metadynamics', sigma: 0.1, height: 0.2, everySteps: 1000 },
  opes: { type: 'opes', sigma: 0.1, barrier: 15, everySteps: 1000 },
  abf: { type: 'abf', width: 0.02, ...ends },
  eabf: { type: 'eabf', width: 0.02, sigma: 0.03, time: 0.3, friction: 1, ...ends },
};
const methods = { metadynamics: 'reweight', opes: 'reweight', abf: 'abf', eabf: 'czar' };

/** A run along x, F(x) as the bias gives it, and F(y) by weights. */
function stagesOf(bias: keyof typeof settings): Stage[] {
  const first = scenario('mueller-brown-bias').stages.find(({ name }) => name === 'metadynamics') as Stage;
  const rows = { method: 'reweight', discard: 0.2 * steps * 0.01, blocks: 10 };
  const overX =
    methods[bias] === 'reweight' ? { ...rows, range: { x: [-1.5, 1.2] }, bins: 108 } : { method: methods[bias], blocks: 10 };
  return [
    {
      ...first,
      name: bias,
      biases: { bias: { ...settings[bias], variables: ['x'], biasFactor: 3 } },
      run: { steps },
      output: { everySteps: steps / 1000, logEverySteps: 5000 },
    },
    { name: `${bias}-x`, do: 'free-energy', from: bias, variables: ['x'], ...overX },
    {
      name: `${bias}-y`,
      do: 'free-energy',
      from: bias,
      variables: ['y'],
      ...rows,
      range: { y: [-0.4, 1.9] },
      bins: 115,
      regions: { upper: { y: [0.75, 3] }, lower: { y: [-2, 0.75] } },
    },
  ];
}

/** How often the walk goes from y > 1.2 to y < 0.2 or back. */
function crossingsOf(name: string, bias: string): number {
  const log = readColumns(pathOf(name, bias, 'log.csv'));
  if (!log) throw new Error(`${name}/${bias} has no log.csv`);
  let [side, crossings] = [0, 0];
  for (const y of log.values.y) {
    const now = y > 1.2 ? 1 : y < 0.2 ? -1 : side;
    if (side !== 0 && now !== side) crossings++;
    side = now;
  }
  return crossings;
}

for (const bias of Object.keys(settings) as (keyof typeof settings)[]) {
  if (asked.length > 0 && !asked.includes(bias)) continue;
  test(`${bias} along x alone: P(y < 0.75) and F(x) within three of their errors`, async () => {
    const name = `mueller-brown-along-x-${bias}`;
    await run({ ...scenario('mueller-brown-bias'), stages: stagesOf(bias) }, name);
    const [alongX, alongY] = [
      exact.error(profile(name, `${bias}-x`), (x) => x),
      exact.error(profile(name, `${bias}-y`), (_, y) => y),
    ];
    const { probability } = result(name, `${bias}-y`).regions.lower;
    const off = Math.log(probability / exact.lower);
    const crossings = crossingsOf(name, bias);
    const error = 2 / Math.sqrt(crossings);
    console.log(
      `${bias}: F(x) ${alongX.toFixed(3)}, F(y) ${alongY.toFixed(3)} kT; ln P(y < 0.75) ${off.toFixed(2)} off, error ${error.toFixed(2)} (${crossings} crossings)`,
    );
    assert.ok(crossings > 10, `${bias}: ${crossings} crossings`);
    assert.ok(Math.abs(off) < 3 * error, `${bias}: ${off}`);
    assert.ok(alongX < 1.5 * error, `${bias}: ${alongX}`);
  });
}

test.run();
