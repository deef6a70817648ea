/** OPES, ABF and eABF that begin with what an earlier stage left, or with files: states, bits, free energies, and what is refused. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FinishedStage, InputError, parseFields, readCheckpoint, type Settings } from '../../../engine/index.ts';
import { scratch } from '../../support/fixtures.ts';
import { runStages } from '../../support/stages.ts';
import { platforms } from '../../support/systems.ts';
import { biased, plane, all as registry, report } from './support.ts';

const test = suite('starting');
const folder = scratch();

const y = { variables: ['y'] };
const xy = { variables: ['x', 'y'] };
const kernels = { everySteps: 20, barrier: 8 };
/** By name of the first stage: its bias, and how a later one names it. */
const cases: Readonly<Record<string, { readonly bias: Settings; readonly by: 'from' | 'fromStage' }>> = {
  opes: { bias: { ...xy, ...kernels, type: 'opes', sigma: [0.2, 0.1] }, by: 'from' },
  explore: { bias: { ...y, ...kernels, type: 'opes-explore', sigma: 0.1 }, by: 'from' },
  adaptive: { bias: { ...y, ...kernels, type: 'opes', sigma: 'adaptive', adaptiveSteps: 300 }, by: 'from' },
  abf: { bias: { ...y, type: 'abf', width: 0.05, fullSamples: 50 }, by: 'fromStage' },
  abf2: { bias: { ...xy, type: 'abf', width: 0.1, fullSamples: 20 }, by: 'fromStage' },
  eabf: { bias: { ...y, type: 'eabf', width: 0.05, sigma: 0.1, time: 1, fullSamples: 50 }, by: 'fromStage' },
  eabf2: {
    bias: { ...xy, type: 'eabf', width: 0.1, sigma: 0.2, time: 1, fullSamples: 20, from: [-2, -1], to: [2, 3] },
    by: 'fromStage',
  },
};
const first = {
  do: 'simulate',
  ...plane,
  run: { steps: 6000 },
  output: { everySteps: 3000, logEverySteps: 20, forces: false },
};
const stages = Object.entries(cases).flatMap(([name, { bias, by }]) => {
  const later = { ...first, system: { from: name, forces: plane.system.forces }, biases: { b: { ...bias, [by]: name } } };
  return [
    { name, ...first, biases: { b: bias } },
    { name: `${name}-later`, ...later },
  ];
});
const done: Record<string, FinishedStage> = {};

test('stages begin with the biases of stages before, and say with how much', async () => {
  const notes = await runStages({ name: 'start', units: 'lj', seed: 3, stages }, registry, folder, done);
  assert.ok(
    notes.some((note) => /^opes-later: b: starts with 299 kernels of opes\/KERNELS, \d+ after merging$/.test(note)),
    notes.join('\n'),
  );
  assert.ok(notes.includes('abf-later: b: starts with 6000 samples of the stage "abf"'), notes.join('\n'));
  assert.ok(notes.includes('eabf2-later: b: starts with 6000 samples of the stage "eabf2"'), notes.join('\n'));
});

/** A simulation on its own with the bias of a case that begins with something. */
function starting(name: string, start: object, platform = 'reference', stage: FinishedStage = done[name]) {
  const { bias } = cases[name];
  return biased(plane, { b: { ...bias, ...start } }, platform, {}, 1, {
    input: (property) => (property.slice('biases.b.'.length) in start ? stage : null),
    readText: async (path) => readFileSync(join(folder, path), 'utf8'),
  });
}
/** A path, as if the stage were one of another scenario. */
const fromStage = (name: string) => ({ [cases[name].by]: `./${name}` });

/** The state of the bias of a finished stage. */
function stateOf(name: string): Float64Array {
  const snapshot = readCheckpoint(join(folder, name), null)?.snapshot ?? {};
  return (snapshot.memory0 as Float64Array).slice(4);
}

for (const name of ['opes', 'explore', 'adaptive'])
  test(`${name}: the state of the stage to the bit; work and narrow kernels are counted anew`, async () => {
    const d = (cases[name].bias.variables as string[]).length;
    const { force } = await starting(name, fromStage(name));
    const [found, before] = [force.save().slice(4), stateOf(name)];
    const narrow = 7 + d + (name === 'adaptive' ? 1 + 2 * d : 0);
    assert.equal(found.slice(1, narrow), before.slice(1, narrow));
    assert.is(found[0], 0);
    assert.equal(found.slice(narrow + 6 + 3 * d), before.slice(narrow + 6 + 3 * d));
    assert.ok(found.length > narrow + 6 + 3 * d + 5 * (2 * d + 1), 'there are kernels');
  });

for (const name of ['opes', 'explore'])
  test(`${name}: the file of the kernels gives the same as the stage, and that of a later stage holds both`, async () => {
    const expected = (await starting(name, fromStage(name))).force.save();
    assert.equal((await starting(name, { restart: `${name}/KERNELS` })).force.save(), expected);
    const both = (await starting(name, { restart: `${name}-later/KERNELS` })).force.save().slice(4);
    const [end, own] = [stateOf(`${name}-later`), (cases[name].bias.variables as string[]).length];
    assert.is(end[1], 599);
    assert.equal(both.slice(1, 7 + own), end.slice(1, 7 + own));
    const { rows } = parseFields(readFileSync(join(folder, `${name}-later`, 'KERNELS'), 'utf8'), '');
    assert.is(rows, 598);
  });

for (const name of ['opes', 'explore', 'adaptive'])
  test(`${name}: the first row of the later stage is under the bias of the last one of the stage before`, () => {
    const [before, after] = [name, `${name}-later`].map((stage) =>
      parseFields(readFileSync(join(folder, stage, 'COLVAR'), 'utf8'), stage),
    );
    for (const column of ['y', 'b.bias', 'b.zed', 'b.neff', 'b.rct', 'b.kernels'])
      assert.is(after.columns[column][0], before.columns[column][before.rows - 1], column);
    assert.ok(Math.abs(after.columns['b.bias'][0]) > 0.1);
  });

const counts = (stage: string, ending: string): number =>
  readFileSync(join(folder, stage, `b.${ending}`), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/).pop()), 0);

for (const name of ['abf', 'abf2', 'eabf', 'eabf2'])
  test(`${name}: counts of the later stage are those of both, and so are its files, its history and its free energy`, async () => {
    assert.is(counts(`${name}-later`, 'count'), 12000);
    if (name.startsWith('eabf')) assert.is(counts(`${name}-later`, 'zcount'), 12000);
    const method = name.startsWith('eabf') ? 'czar' : 'abf';
    const F = { do: 'free-energy', from: `${name}-later`, variables: ['y'], method, blocks: 2 };
    const again = [
      { name: `F-${name}`, ...F },
      { name: `F-${name}-own`, ...F, discard: 1 },
    ];
    await runStages({ name: 'start', units: 'lj', seed: 3, stages: [...stages, ...again] }, registry, folder, done);
    const text = readFileSync(join(folder, `${name}-later`, 'b.history'), 'utf8');
    const samples = (k: number): number =>
      text
        .split('# time ')
        .slice(1)
        [k].trim()
        .split('\n')
        .slice(1)
        .reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
    assert.is(samples(0), 6000);
    // Bins that the first stage alone has been in are known, unless time is discarded, and what came before with it.
    const known = (stage: string): number =>
      readFileSync(join(folder, stage, 'free-energy.csv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .filter((line) => line.split(',')[1] !== '').length;
    assert.ok(known(`F-${name}`) >= known(`F-${name}-own`) && known(`F-${name}-own`) > 5);
    if (name !== 'abf') return;
    const rows = (file: string) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => /^ ?-?\d/.test(line))
        .map((line) => line.trim().split(/[ ,]/).map(Number));
    const pmf = new Map(rows(join(folder, 'abf-later', 'b.pmf')).map(([x, value]) => [x, value]));
    // History keeps nine digits.
    for (const [x, value] of rows(join(folder, 'F-abf', 'free-energy.csv')))
      assert.ok(Math.abs(value - (pmf.get(x) ?? Number.NaN)) < 1e-6, `${x}: ${value} ${pmf.get(x)}`);
  });

for (const name of ['abf', 'abf2', 'eabf', 'eabf2'])
  test(`${name}: files give what the stage gives, in the digits that quotients keep; of the springs without .zgrad, too`, async () => {
    const d = (cases[name].bias.variables as string[]).length;
    const of = async (start: object) => {
      const { force } = await starting(name, start);
      const all = force.save().slice(4);
      // Sizes of the bins stand behind steps and work, and for eabf heat, too, and what is waited for.
      const at = name.startsWith('eabf') ? 9 + 6 * d : 6 + 2 * d;
      const length = name.startsWith('eabf') ? all[6] + all[7] : all[4];
      return all.slice(at, at + length);
    };
    const expected = await of(fromStage(name));
    const close = (found: Float64Array) => {
      assert.is(found.length, expected.length);
      found.forEach(
        (x, k) =>
          void assert.ok(Math.abs(x - expected[k]) < 1e-7 * Math.max(1, Math.abs(expected[k])), `${k}: ${x} ${expected[k]}`),
      );
    };
    close(await of({ restart: `${name}/b` }));
    if (!name.startsWith('eabf')) return;
    const copy = `${name}-copy`;
    mkdirSync(join(folder, copy), { recursive: true });
    for (const ending of ['grad', 'count', 'zcount', 'czar.grad'])
      copyFileSync(join(folder, name, `b.${ending}`), join(folder, copy, `b.${ending}`));
    close(await of({ restart: `${copy}/b` }));
  });

for (const platform of platforms)
  for (const name of Object.keys(cases))
    test(`${platform}, ${name}: the bias acts from the start, and a run that is cut goes on to the bit`, async () => {
      const run = async () => (await starting(name, fromStage(name), platform)).context;
      const whole = await run();
      whole.drawVelocities(1);
      whole.advance(90);
      const cut = await run();
      cut.drawVelocities(1);
      cut.advance(47);
      const next = await run();
      next.load(cut.save());
      next.advance(43);
      const bits = (context: typeof whole) => [context.positions, context.velocities, context.forces].map((part) => part.slice());
      assert.equal(bits(next), bits(whole));
      const fresh = (await biased(plane, { b: cases[name].bias }, platform)).context;
      fresh.drawVelocities(1);
      fresh.advance(90);
      assert.not.equal(bits(fresh), bits(whole));
    });

test('what does not fit is refused, with the stage or the file and what is the matter', async () => {
  const refused = async (name: string, start: object, pattern: RegExp, stage?: FinishedStage) => {
    const error = await starting(name, start, 'reference', stage).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, InputError);
    assert.match((error as Error).message, pattern);
  };
  const other = (name: string, change: (settings: Settings) => Settings): FinishedStage => ({
    ...done[name],
    settings: change(done[name].settings),
  });
  const bias = (changes: object) => (settings: Settings) => ({
    ...settings,
    biases: { b: { ...(settings.biases as { b: object }).b, ...changes } },
  });
  await refused(
    'opes',
    { from: './abf' },
    /biases\.b\.from: the stage "abf" has no bias of the type "opes" over x, y; it has "b" \(abf over y\)/,
    done.abf,
  );
  await refused(
    'opes',
    { from: './opes', barrier: 9 },
    /biases\.b\.from: the stage "opes" had the bias factor 8, this one has 9/,
  );
  await refused('opes', { from: './opes', barrier: 9, biasFactor: 8 }, /had the barrier 8, this one has 9/);
  await refused('opes', { from: './opes', sigma: 0.1 }, /had the sigma 0\.2,0\.1, this one has 0\.1; set it as it was/);
  await refused('opes', { from: './opes', restart: 'opes/KERNELS' }, /found both "from" and "restart"/);
  await refused(
    'opes',
    { from: './opes' },
    /the stage "opes" is at 2, this one at 1/,
    other('opes', (s) => ({ ...s, dynamics: { ...(s.dynamics as object), temperature: 2 } })),
  );
  await refused(
    'opes',
    { from: './opes' },
    /the variable "y" of the stage "opes" is another one: .*"axis":"z".* there, .*"axis":"y".* here/,
    other('opes', (s) => ({ ...s, variables: { ...(s.variables as object), y: { type: 'position', axis: 'z' } } })),
  );
  await refused(
    'opes',
    { restart: 'nowhere/KERNELS' },
    /biases\.b\.restart: the kernels to start from are not there: "nowhere\/KERNELS" cannot be read/,
  );
  await refused(
    'explore',
    { restart: 'opes/KERNELS' },
    /opes\/KERNELS: is of the action OPES_METAD_kernels; those of "opes-explore" are of OPES_METAD_EXPLORE_kernels/,
  );
  await refused('opes', { restart: 'explore/KERNELS' }, /explore\/KERNELS: has no field x, sigma_x/);
  await refused('explore', { restart: 'explore/KERNELS', barrier: 9 }, /has the bias factor 8, the bias 9/);
  await refused('explore', { restart: 'explore/KERNELS', sigma: 0.2 }, /relative to a first sigma of 0\.1, and here it is 0\.2/);
  await refused('adaptive', { restart: 'adaptive/KERNELS' }, /biases\.b\.sigma: cannot be adaptive with "restart"/);
  await refused(
    'abf',
    { fromStage: './abf', width: 0.1 },
    /biases\.b\.fromStage: the stage "abf" had bins of the width 0\.05, this one has 0\.1/,
  );
  await refused('abf', { fromStage: './abf', from: 0, to: 1 }, /had bins of the width 0\.05, this one has 0\.05 from 0 to 1/);
  await refused('eabf', { fromStage: './eabf' }, /had the sigma 0\.2, this one has 0\.1/, other('eabf', bias({ sigma: 0.2 })));
  await refused(
    'abf',
    { restart: 'nowhere/b' },
    /biases\.b\.restart: the mean forces to start from are not there: "nowhere\/b\.count" cannot be read/,
  );
  await refused('abf', { restart: 'abf2/b' }, /abf2\/b\.count: is no grid in Colvars' format over y/);
  await refused(
    'abf',
    { restart: 'abf/b', width: 0.1 },
    /abf\/b\.count: has bins of "y" of the width 0\.05, and here they are of 0\.1/,
  );
});

test('kernels as PLUMED prints them, with fewer digits, are understood', async () => {
  const lines = readFileSync(join(folder, 'opes', 'KERNELS'), 'utf8').split('\n');
  const few = lines.map((line) =>
    line.startsWith('#') || line === ''
      ? line.replace(/(epsilon|kernel_cutoff) (.*)/, (_, name, value) => `${name} ${Number(value).toPrecision(6)}`)
      : ` ${line
          .trim()
          .split(/\s+/)
          .map((x) => Number(x).toPrecision(7))
          .join(' ')}`,
  );
  mkdirSync(join(folder, 'plumed'), { recursive: true });
  writeFileSync(join(folder, 'plumed', 'KERNELS'), few.join('\n'));
  const [ours, theirs] = [await starting('opes', fromStage('opes')), await starting('opes', { restart: 'plumed/KERNELS' })];
  for (const made of [ours, theirs]) made.context.advance(1);
  const [expected, found] = [report(ours), report(theirs)];
  assert.ok(Math.abs(found['b.bias'] - expected['b.bias']) < 1e-4, `${found['b.bias']} ${expected['b.bias']}`);
});

test.run();
