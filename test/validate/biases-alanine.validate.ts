/** The scenarios `alanine-dipeptide-bias`, `-bias-learned` and `-loop` against published free energies: three seeds, after 2, 5 and 10 ns. */
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson } from '../support/fixtures.ts';
import { pathOf, profile, result, rows, run, type Scenario, scenario, sumHills } from './bias-runs.ts';

const test = suite('biases of alanine dipeptide');
const seeds = [5, 1, 2];
const times = [2, 5, 10];

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));

/**
 * The scenario with free energies over phi from the beginning on beside those that leave it out: `whole-` instead of `F-`. Of metadynamics along phi
 * and psi they are sums of hills: weights of its first rows are those of a bias far from what it becomes.
 * @param discard time that is left out of these too
 */
function fromTheBeginning(json: Scenario, seed: number, discard = '0 ns'): Scenario {
  const whole = json.stages
    .filter(({ name }) => /^F-.*-phi$/.test(name))
    .map((stage) => ({
      ...stage,
      discard,
      name: stage.name.replace('F-', 'whole-'),
      ...(json.name === 'alanine-dipeptide-bias' && stage.from === 'metadynamics' ? { method: 'hills', bins: [180, 180] } : {}),
    }));
  return { ...json, seed, stages: [...json.stages, ...whole] } as Scenario;
}

/** Differences 0 < phi < 2.3 against the rest after some times (ns): of twenty rows, one a twentieth of what was not left out, the nearest. */
function course(name: string, stage: string): number[] {
  const table = rows(pathOf(name, stage, 'convergence.csv'));
  const nearest = (time: number) => table.reduce((a, b) => (Math.abs(b[0] - time) < Math.abs(a[0] - time) ? b : a));
  return times.map((time) => nearest(1000 * time)[3]);
}

/** Highest points between C7eq and C7ax on the short way, at -4 degrees, and on the long one, at 130; C7ax and C5 between them. */
function landmarks(name: string, stage: string): number[] {
  const table = profile(name, stage);
  const between = (from: number, to: number) =>
    table.filter(([phi]) => (phi * 180) / Math.PI > from && (phi * 180) / Math.PI < to).map(([, F]) => F);
  return [
    Math.max(...between(-45, 35)),
    Math.max(...between(100, 160)),
    Math.min(...between(40, 90)),
    Math.min(...between(-160, -130)),
  ];
}

/** Says what each bias gave for every seed, and returns the means after 10 ns. @param around whether the barrier at 130 degrees was crossed too */
function table(names: readonly string[], biases: readonly string[], around: boolean): Map<string, number> {
  const found = new Map<string, number>();
  for (const bias of biases) {
    const courses = names.map((name) => course(name, `whole-${bias}-phi`));
    const [short, other, c7ax, c5] = [0, 1, 2, 3].map((k) => names.map((name) => landmarks(name, `F-${bias}-phi`)[k]));
    const last = names.map((name) => result(name, `F-${bias}-phi`).regions.inside.freeEnergy);
    console.log(
      `${bias}: after ${times.join(', ')} ns ${times
        .map((_, k) => courses.map((each) => each[k]))
        .map((values) => `${mean(values).toFixed(2)} +- ${deviation(values).toFixed(2)}`)
        .join(
          ', ',
        )}; without the beginning ${mean(last).toFixed(2)} +- ${(deviation(last) / Math.sqrt(last.length)).toFixed(2)} (${last.map((v) => v.toFixed(2)).join(', ')}); barrier ${mean(short).toFixed(1)}, ` +
        `C7ax ${mean(c7ax).toFixed(1)}, C5 ${mean(c5).toFixed(1)}, other barrier ${mean(other).toFixed(1)} kJ/mol`,
    );
    assert.ok(Math.abs(mean(short) - 35.9) < 1.5, `${bias}: ${short}`);
    if (around) assert.ok(Math.abs(mean(other) - 62.0) < 1.5, `${bias}: ${other}`);
    found.set(bias, mean(last));
  }
  return found;
}

/** Within 1 kJ/mol of the middle of what is published, 9.0 to 10.0, and of each other within 0.4. */
function check(found: ReadonlyMap<string, number>): void {
  const values = [...found.values()];
  for (const [bias, value] of found) assert.ok(value > 8.5 && value < 10.5, `${bias}: ${value}`);
  assert.ok(Math.max(...values) - Math.min(...values) < 0.4, values.join(', '));
}

test('along phi and psi: differences, barriers and minima in phi', async () => {
  const names = seeds.map((seed) => `alanine-dipeptide-bias-${seed}`);
  for (const [k, name] of names.entries()) await run(fromTheBeginning(scenario('alanine-dipeptide-bias'), seeds[k]), name);
  check(table(names, ['metadynamics', 'opes', 'abf', 'eabf'], true));
});

test('hills over phi and psi, summed by an independent reader, are the bias of every row and the free energy', () => {
  const name = `alanine-dipeptide-bias-${seeds[0]}`;
  const found = sumHills(pathOf(name, 'metadynamics'), pathOf(name, 'F-metadynamics-hills', 'fes.dat'));
  if (!found) return console.log('not compared: there is no numpy');
  console.log(`hills: bias off by ${found.bias.toExponential(1)}, free energy by ${found.freeEnergy.toExponential(1)} kJ/mol`);
  // Cubic interpolation of the bias; of the free energy what is left off beyond 1e-8 of 10 000 hills.
  assert.ok(found.bias < 1e-4 * found.greatestBias && found.freeEnergy < 1e-3);
});

test('hills that are kept one by one give the bias of an independent reader to 1e-8', async () => {
  const [first] = scenario('alanine-dipeptide-bias').stages;
  const biases = { bias: { ...(first.biases as { bias: object }).bias, grid: false } };
  const stages = [{ ...first, biases, run: { minimise: true, time: '400 ps' }, output: { every: '20 ps', logEvery: '1 ps' } }];
  await run({ name: 'hills', stages });
  const found = sumHills(pathOf('hills', first.name));
  if (!found) return console.log('not compared: there is no numpy');
  console.log(`hills one by one: bias off by ${found.bias.toExponential(1)} of up to ${found.greatestBias.toFixed(1)} kJ/mol`);
  assert.ok(found.bias < 1e-8 && found.greatestBias > 10);
});

test('along a learned variable: the same differences and barriers, by three seeds that share one training', async () => {
  const json = scenario('alanine-dipeptide-bias-learned');
  const names = [1, 2, 3].map((seed) => `${json.name}-${seed}`);
  const learned = { type: 'learned', from: resolve(pathOf(names[0], 'train')) };
  const others = json.stages
    .filter(({ name }) => name !== 'sample' && name !== 'train')
    .map((stage) => (stage.do === 'simulate' ? { ...stage, variables: { ...(stage.variables as object), xi: learned } } : stage));
  for (const [k, name] of names.entries())
    await run(fromTheBeginning(k === 0 ? json : { ...json, stages: others }, k + 1, '1 ns'), name);
  check(table(names, ['metadynamics', 'opes', 'eabf'], false));
});

test('the loop, which knows nothing of phi and psi, converges to the same in less than 15 minutes', async () => {
  const name = 'alanine-dipeptide-loop';
  const start = Date.now();
  await run(scenario(name));
  const minutes = (Date.now() - start) / 60_000;
  const { converged, rounds } = readJson<{ converged: boolean; rounds: { findings: { text: string }[] }[] }>(
    pathOf(name, 'learn', 'loop.json'),
  );
  const { freeEnergy, error } = result(name, `learn/rounds/profile-${rounds.length}`).regions.inside;
  console.log(
    `loop: ${rounds.length} rounds in ${minutes.toFixed(1)} min; ${freeEnergy.toFixed(2)} +- ${error.toFixed(2)} kJ/mol; ` +
      rounds[rounds.length - 1].findings.map(({ text }) => text).join('; '),
  );
  assert.ok(converged && minutes < 15);
  assert.ok(Math.abs(freeEnergy - 9.5) < 1.5, `${freeEnergy}`);
});

test.run();
