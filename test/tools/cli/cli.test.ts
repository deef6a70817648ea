/** Claims about the command `md` as a user meets it: real processes, their output and their exit codes. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunManifest } from '../../../tools/runner/manifest.ts';
import { md, noStack, type RunningCommand, startMd } from '../../support/command.ts';
import { fixture, readJson, scratch } from '../../support/fixtures.ts';

const here = dirname(fileURLToPath(import.meta.url));
const fakeStages = join(here, '..', '..', 'support', 'fake-stages.js');
const test = suite('md');

/** A folder with `case.json` of the given stages. */
function folderWith(stages: readonly object[], further: object = {}): string {
  const folder = scratch();
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ name: 'case', plugins: [fakeStages], stages, ...further }));
  return folder;
}

test('md alone and md --help show how to start, without an error', async () => {
  const alone = await md(scratch());
  assert.is(alone.code, 0);
  assert.match(alone.out, /md run scenarios\/ethane\.json/);
  assert.match(alone.out, /Exit codes: 0 done, 2 bad input/);
  assert.is((await md(scratch(), '--help')).out, alone.out);
});

test('every command has help with an example', async () => {
  const commands = ['run', 'check', 'energy', 'compare', 'report', 'bench', 'list', 'schema', 'doctor'];
  const results = await Promise.all(commands.map((command) => md(scratch(), command, '--help')));
  for (const [i, { code, out }] of results.entries()) {
    assert.is(code, 0, commands[i]);
    assert.match(out, new RegExp(`Examples?:\\n  md ${commands[i]}`), commands[i]);
  }
});

test('an unknown command or option is bad input, with the nearest one', async () => {
  const command = await md(scratch(), 'rum');
  assert.is(command.code, 2);
  assert.match(command.err, /Did you mean run\?/);
  const option = await md(scratch(), 'run', 'x.json', '--contine');
  assert.is(option.code, 2);
  assert.match(option.err, /Did you mean --continue\?/);
  assert.is((await md(scratch(), 'run', 'x.json', '--threads', '0')).code, 2);
});

test('md run runs, says what was done and where to look, and the second time runs nothing', async () => {
  const folder = folderWith([
    { name: 'a', do: 'fake-count', steps: 2 },
    { name: 'b', do: 'fake-sum', from: 'a' },
  ]);
  const first = await md(folder, 'run', 'case.json');
  assert.is(first.code, 0, first.err);
  assert.match(first.out, /case: done in/);
  assert.match(first.out, /results {2}runs\/case/);
  assert.match(first.out, /a: not validated yet: stage fake-count \(experimental\)/);
  assert.equal(readJson(join(folder, 'runs/case/b/result.json')), { steps: 2 });
  const second = await md(folder, 'run', 'case.json');
  assert.match(second.out, /a: finished earlier with the same inputs, not run again/);
  assert.match(second.out, /b +done earlier/);
});

test('--set changes a setting, --out the folder, --quiet the noise', async () => {
  const folder = folderWith([{ name: 'a', do: 'fake-count' }]);
  const result = await md(
    folder,
    'run',
    'case.json',
    '--set',
    'stages[0].steps=7',
    '--set',
    'seed=5',
    '--out',
    'there',
    '--quiet',
  );
  assert.equal([result.code, result.out, result.err], [0, '', '']);
  assert.is(readJson<{ steps: number }>(join(folder, 'there/a/result.json')).steps, 7);
  const { seed, stages } = readJson<RunManifest>(join(folder, 'there/run.json'));
  assert.is(seed, 5);
  assert.is(stages[0].settings.steps, 7);
});

test('bad input is one clear message with its place, exit code 2 and no stack trace', async () => {
  const cases: [string, RegExp][] = [
    [
      JSON.stringify({ name: 'x', plugins: [fakeStages], stages: [{ name: 'a', do: 'fake-count', stepz: 1 }] }),
      /stages\[0\]\.stepz.*steps/,
    ],
    [
      JSON.stringify({ name: 'x', plugins: [fakeStages], stages: [{ name: 'a', do: 'fake-cont' }] }),
      /stages\[0\]\.do.*fake-count/,
    ],
    ['{ "name": "x",\n  "stages": [ }', /bad\.json:2:/],
  ];
  for (const [text, message] of cases) {
    const folder = scratch();
    writeFileSync(join(folder, 'bad.json'), text);
    for (const result of await Promise.all(['run', 'check'].map((command) => md(folder, command, 'bad.json')))) {
      assert.is(result.code, 2);
      assert.match(result.err, message);
      noStack(result);
    }
    assert.not.ok(existsSync(join(folder, 'runs')), 'nothing was started');
  }
  const missing = await md(scratch(), 'run', 'nowhere.json');
  assert.is(missing.code, 2);
  assert.match(missing.err, /nowhere\.json: the scenario cannot be read: ENOENT/);
});

test('a stage that finds bad input ends with 2, one that breaks with 3; both leave finished stages usable and show no stack', async () => {
  const good = { name: 'good', do: 'fake-count' };
  const cases = [
    { how: 'input', code: 2, message: /stages\[1\]\.how: this word cannot be used/ },
    { how: 'simulation', code: 3, message: /the bond between particles 3 and 4 broke/ },
    { how: 'bug', code: 3, message: /unexpected error: undefined is not a function\n.*MD_DEBUG=1/ },
  ];
  const folder = folderWith([good]);
  await md(folder, 'run', 'case.json');
  for (const { how, code, message } of cases) {
    const stages = [good, { name: 'bad', do: 'fake-fail', how, from: 'good' }];
    writeFileSync(join(folder, 'case.json'), JSON.stringify({ name: 'case', plugins: [fakeStages], stages }));
    const result = await md(folder, 'run', 'case.json');
    assert.is(result.code, code);
    assert.match(result.err, message);
    assert.match(result.err, /stage "bad" failed/);
    assert.match(result.err, /Finished stages stay usable in runs\/case: good\./);
    if (how === 'bug') assert.not.match(result.err, /^\s+at /m);
    else noStack(result);
  }
});

test('a file that a scenario names and that does not exist is named, with where it was looked for', async () => {
  const result = await md(folderWith([{ name: 'a', do: 'fake-count', file: 'words.txt' }]), 'run', 'case.json');
  assert.is(result.code, 2);
  assert.match(result.err, /there is no file "words\.txt".*Looked in/);
});

test('a plugin from npm is found beside the scenario; one without the export, or not installed, is refused', async () => {
  const folder = scratch();
  const install = (name: string) => join(folder, 'node_modules', name);
  cpSync(fixture('runner', 'md-example'), install('md-example'), { recursive: true });
  mkdirSync(install('md-empty'), { recursive: true });
  writeFileSync(join(install('md-empty'), 'index.js'), 'exports.something = 1;');
  writeFileSync(join(folder, 'text.txt'), 'three small words');
  const write = (plugin: string) =>
    writeFileSync(
      join(folder, 'case.json'),
      JSON.stringify({ name: 'case', plugins: [plugin], stages: [{ name: 'a', do: 'count-words', file: 'text.txt' }] }),
    );
  write('md-example');
  const result = await md(folder, 'run', 'case.json');
  assert.is(result.code, 0, result.err);
  assert.equal(readJson(join(folder, 'runs/case/a/words.json')), { words: 3 });
  write('md-empty');
  assert.match((await md(folder, 'run', 'case.json')).err, /plugins\[0\]: "md-empty" is not a plugin: it must export `plugin`/);
  write('md-missing');
  assert.match((await md(folder, 'run', 'case.json')).err, /plugins\[0\]: the plugin "md-missing" is not installed/);
});

/** Starts `md run` on a slow stage and waits until the stage has made its first checkpoint. */
async function startSlow(folder: string): Promise<RunningCommand> {
  const command = startMd(folder, 'run', 'case.json');
  const checkpoint = join(folder, 'runs/case/a/checkpoint.json');
  for (let wait = 0; wait < 200 && !existsSync(checkpoint); wait++) await setTimeout(50);
  return command;
}

const slow = [{ name: 'a', do: 'fake-count', steps: 300, delay: 50 }];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} saves, ends with 130 and names --continue, which goes on from the checkpoint`, async () => {
    const folder = folderWith(slow);
    const { child, end } = await startSlow(folder);
    child.kill(signal);
    const result = await end;
    assert.is(result.code, 130);
    assert.match(result.err, /interrupted: .*Go on with: md run case\.json --continue/);
    noStack(result);
    assert.is(readJson<RunManifest>(join(folder, 'runs/case/run.json')).stages[0].status, 'interrupted');
    const reached = readFileSync(join(folder, 'runs/case/a/checkpoint.json'), 'utf8');
    assert.is((await md(folder, 'run', 'case.json', '--continue')).code, 0);
    const diary = readFileSync(join(folder, 'runs/case/diary.txt'), 'utf8');
    assert.match(diary, new RegExp(`a stopped at ${reached}\na from ${reached}\n`));
  });
}

test('a runner killed outright leaves no orphan: its stage saves and stops, and --continue goes on', async () => {
  const folder = folderWith(slow);
  const { child, end } = await startSlow(folder);
  child.kill('SIGKILL');
  await end;
  assert.is(readJson<RunManifest>(join(folder, 'runs/case/run.json')).stages[0].status, 'running');
  assert.is((await md(folder, 'run', 'case.json', '--continue')).code, 0);
  assert.match(readFileSync(join(folder, 'runs/case/diary.txt'), 'utf8'), /a stopped at (\d+)\na from \1\n/);
});

test('--max-hours saves and stops', async () => {
  const folder = folderWith(slow);
  const result = await md(folder, 'run', 'case.json', '--max-hours', '0.0004');
  assert.is(result.code, 130);
  assert.match(result.err, /the time limit of 0\.0004 h/);
});

test('a second run in a folder where one is at work is refused', async () => {
  const folder = folderWith(slow);
  const { child, end } = await startSlow(folder);
  const second = await md(folder, 'run', 'case.json');
  assert.is(second.code, 2);
  assert.match(second.err, /process \d+ is still running in this folder/);
  child.kill('SIGINT');
  assert.is((await end).code, 130);
});

/** Argon's potential on the lattice of LAMMPS' bench/in.lj: one particle type, cut-off 2.5, density 0.8442. */
const lattice = (cells: number) => ({
  build: 'lattice',
  lattice: 'fcc',
  density: 0.8442,
  cells: [cells, cells, cells],
  particle: { type: 'A', mass: 1 },
  forces: [{ type: 'lennard-jones', sigma: 1, epsilon: 1 }],
  nonbonded: { cutoff: 2.5 },
});
const liquid = (name: string, further: object = {}) => ({
  name,
  do: 'simulate',
  system: lattice(3),
  dynamics: { integrator: 'langevin', timestep: 0.005, temperature: 1, friction: 1 },
  run: { steps: 40 },
  output: { everySteps: 2 },
  ...further,
});

test('md energy gives the energy of the fcc lattice to the digits of LAMMPS, and a force a particle', async () => {
  const folder = folderWith([liquid('a')], { units: 'lj', plugins: [] });
  const { code, out, err } = await md(folder, 'energy', 'case.json', '--json', '--forces', 'forces.csv');
  assert.is(code, 0, err);
  const found = JSON.parse(out);
  assert.is((found.potential / found.particles).toFixed(7), '-6.7733681');
  // in.lj prints -5.0197073 with its kinetic part, rho T (N - 1)/N at T 1.44 and N 32000
  assert.is((found.pressure + (0.8442 * 1.44 * 31999) / 32000).toFixed(7), '-5.0197073');
  assert.is(readFileSync(join(folder, 'forces.csv'), 'utf8').trim().split('\n').length, 1 + 108);
  const words = await md(folder, 'energy', 'case.json');
  assert.match(words.out, /lennard-jones +-731\.5/);
  assert.is((await md(folder, 'energy', 'case.json', '--stage', 'b')).code, 2);
});

test('md check prints a scenario that can be run, and finds a box smaller than twice the cut-off before anything runs', async () => {
  const good = folderWith([liquid('a'), { name: 'b', do: 'compare', reference: 'a', candidate: 'a' }], {
    units: 'lj',
    plugins: [],
  });
  const checked = await md(good, 'check', 'case.json');
  assert.is(checked.code, 0, checked.err);
  assert.match(checked.err, /a: 108 particles .* it can start/);
  writeFileSync(join(good, 'resolved.json'), checked.out);
  assert.is((await md(good, 'check', 'resolved.json')).out, checked.out);
  const small = await md(folderWith([liquid('a', { system: lattice(2) })], { units: 'lj', plugins: [] }), 'check', 'case.json');
  assert.is(small.code, 2);
  assert.match(small.err, /cut-?off/);
  noStack(small);
});

test('md run, md compare and md report work on real simulations', async () => {
  const folder = folderWith([liquid('a'), liquid('b')], { units: 'lj', plugins: [] });
  const run = await md(folder, 'run', 'case.json');
  assert.is(run.code, 0, run.err);
  assert.match(run.out, /a +done .*temperature .* tau\/day/);
  const compared = await md(folder, 'compare', 'runs/case/a', 'runs/case/b', '--out', 'side-by-side');
  assert.is(compared.code, 0, compared.err);
  assert.match(compared.out, /g\(r\) A-A: mean error/);
  assert.ok(existsSync(join(folder, 'side-by-side/compare/compare.json')));
  const report = await md(folder, 'report', 'runs/case');
  assert.equal([report.code, report.out], [0, 'runs/case/report.html\n']);
  const ambiguous = await md(folder, 'compare', 'runs/case', 'runs/case/b');
  assert.is(ambiguous.code, 2);
  assert.match(ambiguous.err, /has several simulations; give one of: runs\/case\/a, runs\/case\/b/);
});

test('md list names what is registered, and an unknown name the nearest', async () => {
  const all = await md(scratch(), 'list');
  assert.is(all.code, 0);
  assert.match(all.out, /^integrator\n/m);
  assert.match(all.out, /langevin +\w+ +\S/);
  const one = await md(scratch(), 'list', 'integrator', 'langevin');
  assert.match(one.out, /"dynamics": \{ "integrator": "langevin"/);
  assert.match(one.out, /friction: a rate \(a number in/);
  const wrong = await md(scratch(), 'list', 'integrator', 'langevn');
  assert.is(wrong.code, 2);
  assert.match(wrong.err, /did you mean "langevin"/);
});

test('md doctor says what there is and which tfjs backend would be used', async () => {
  const { code, out } = await md(scratch(), 'doctor', '--json');
  assert.is(code, 0);
  const found = JSON.parse(out);
  assert.is(found.node, process.versions.node);
  assert.is(found.wasm.simd, true);
  assert.is(found.tfjs.cpu, null);
  assert.is(found.tfjs[found.tfjsUsed], null);
  assert.match(found.h5wasm, /works/);
});

test('md schema is a JSON Schema that knows the stages', async () => {
  const { code, out } = await md(scratch(), 'schema');
  assert.is(code, 0);
  assert.match(JSON.stringify(JSON.parse(out)), /"simulate"/);
});

test.run();
