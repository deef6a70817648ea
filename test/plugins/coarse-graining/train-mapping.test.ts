/** The stage `train-mapping`, from the files of one run to the files of another. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FinishedStage, Registry, type StageContext, type Trajectory, TrajectoryRecorder } from '../../../engine/index.ts';
import { type Mapping, plugin, readMapping } from '../../../plugins/coarse-graining/index.ts';
import type { EncoderCourse } from '../../../plugins/coarse-graining/mapping.ts';
import { openStageFolder } from '../../../tools/runner/stage-folder.ts';
import { scratch } from '../../support/fixtures.ts';
import { copies, failure, frameOf, inMemory, twoBlobs } from './support.ts';

const belongs = [0, 1, 0, 1, 1, 0, 0, 1];
const registry = new Registry();
plugin.register(registry);
const stage = registry.get('stage', 'train-mapping');

/** The folder of a finished simulation that holds the trajectory, precision f32 as by default. */
function simulated(trajectory: Trajectory, forces = true): FinishedStage {
  const folder = openStageFolder(scratch());
  const options = { periodic: false, velocities: false, forces, precision: 'f32', formats: [] } as const;
  const recorder = TrajectoryRecorder.create(folder.path, trajectory.structure, options);
  for (let t = 0; t < trajectory.length; t++) recorder.append({ ...trajectory.frame(t), step: t, time: t });
  recorder.close();
  return { name: 'atoms', kind: 'simulate', units: 'md', settings: {}, folder, inputs: {} };
}

async function run(from: FinishedStage, settings: Record<string, unknown>, signal = new AbortController().signal) {
  const folder = openStageFolder(join(scratch(), 'mapping'));
  const notes: string[] = [];
  const context: StageContext = {
    name: 'mapping',
    where: 'stages[1]',
    units: 'md',
    settings: { from: 'atoms', ...settings },
    inputs: { from },
    folder,
    seed: 3,
    threads: 1,
    registry,
    progress: { update: () => {}, note: (line) => notes.push(line) },
    signal,
    scenario: { folder: '', plugins: [] },
    resume: false,
    readText: () => Promise.reject(new Error('no file is read')),
  };
  await stage.run(context);
  const finished: FinishedStage = { name: 'mapping', kind: 'train-mapping', units: 'md', settings, folder, inputs: { from } };
  return { finished, folder, notes };
}

const atoms = simulated(twoBlobs(200, 1, belongs));

test('the stage writes a mapping that says everything, and its training', async () => {
  const { finished, folder, notes } = await run(atoms, { sitesPerMolecule: 2, seeds: 3 });
  const mapping = await readMapping(finished);
  assert.equal(mapping.assignment, belongs);
  assert.is(mapping.atomsPerMolecule, 8);
  assert.is(mapping.sites, 2);
  assert.equal(mapping.occupancy, [4, 4]);
  assert.ok(mapping.reconstruction >= 0.999 * mapping.pcaBound && mapping.pcaBound > 0);
  assert.ok((mapping.force as number) > 0);
  assert.equal(mapping.fragments, [1, 1]);
  assert.equal(mapping.siteNames, ['S0', 'S1']);
  assert.equal(mapping.siteTypes, ['C4', 'C4']);
  assert.is(mapping.seeds.length, 3);
  for (const seed of mapping.seeds) assert.ok(seed.reconstruction >= 0.999 * seed.pcaBound);
  assert.is(mapping.frames, 200);
  mapping.encoder.forEach((row, site) => {
    assert.equal(
      row,
      belongs.map((blob) => (blob === site ? 0.25 : 0)),
    );
  });
  assert.is(mapping.decoder.length, 8);
  assert.match((await folder.readText('training.csv')).split('\n')[0], 'epoch,loss,reconstruction');
  assert.ok(notes.some((line) => line.includes('tfjs backend')));
  assert.match(notes[notes.length - 1], '8 atoms to 2 sites (C4, C4)');
});

test('atoms on rigid bonds share a site unless that is lifted', async () => {
  // every bond of this molecule is rigid, so it is one unit
  const rigid = { ...atoms, settings: { system: { constraints: 'bonds' } } };
  const error = await failure(() => run(rigid, { sitesPerMolecule: 2, seeds: 1 }));
  assert.is(error.name, 'InputError');
  assert.match(error.message, 'a molecule has 1 units of atoms that rigid bonds hold together');
  const { finished } = await run(rigid, { sitesPerMolecule: 2, seeds: 1, keepRigid: false });
  assert.equal((await readMapping(finished)).assignment, belongs);
});

test('a mapping given by hand is evaluated, not trained', async () => {
  const { finished, folder } = await run(atoms, { assignment: [0, 0, 0, 0, 1, 1, 2, 2] });
  const mapping = await readMapping(finished);
  assert.is(mapping.sites, 3);
  assert.equal(mapping.seeds, []);
  assert.ok(mapping.reconstruction > 10 * mapping.pcaBound);
  assert.not.ok(folder.exists('training.csv'));
});

test('a scan writes every point, says which it chose and why, and the course of its encoder', async () => {
  const { finished, folder, notes } = await run(atoms, {
    sitesPerMolecule: [2, 3],
    forceWeight: [0, 0.1],
    seeds: 2,
    choose: { sitesPerMolecule: 2 },
  });
  const mapping = await readMapping(finished);
  assert.equal(
    mapping.scan?.points.map((point) => [point.sitesRequested, point.forceWeight]),
    [
      [2, 0],
      [2, 0.1],
      [3, 0],
      [3, 0.1],
    ],
  );
  assert.is(mapping.scan?.chosen.sitesPerMolecule, 2);
  assert.equal(mapping.assignment, belongs);
  assert.match(mapping.scan?.chosen.because ?? '', 'number of sites as asked for; force weight: the largest');
  assert.ok(notes.some((line) => line.startsWith('chosen: 2 sites')));
  const course = JSON.parse(await folder.readText('encoder-course.json')) as EncoderCourse;
  assert.equal(
    course.snapshots.map((snapshot) => snapshot.epoch),
    [0, 250, 500, 1000, 2000],
  );
  for (const { encoder } of course.snapshots)
    for (const row of encoder) assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-3); // four digits
  const last = course.snapshots[4].encoder;
  mapping.assignment.forEach((site, atom) => {
    assert.ok(last[site][atom] > 0.1, `atom ${atom} ends in site ${site} as in mapping.json`);
  });
});

test('lists of atoms and a rule give mappings with the same figures', async () => {
  const lists = [
    [0, 2, 5, 6],
    ['C1', 3, 4, 7],
  ];
  const byHand = await readMapping((await run(atoms, { assignment: lists })).finished);
  assert.equal(byHand.assignment, belongs);
  assert.is(byHand.origin, 'given');
  const byRule = await readMapping((await run(atoms, { rule: '4:1' })).finished);
  assert.is(byRule.origin, '4:1');
  assert.is(byRule.atomsPerMolecule, 8);
  assert.ok(byRule.reconstruction >= 0.999 * byRule.pcaBound);
  assert.equal(byRule.occupancy, [4, 4]);
});

const bad: [string, Record<string, unknown>, string][] = [
  ['neither sites nor assignment', {}, 'stages[1]: needs "sitesPerMolecule"'],
  ['a rule beside an assignment', { rule: '2:1', assignment: [0] }, 'stages[1].rule: decides all by itself'],
  ['numbers and lists', { assignment: [0, [1, 2]] }, 'stages[1].assignment: mixes numbers and lists'],
  [
    'a choice that is not tried',
    { sitesPerMolecule: [2, 3], seeds: 1, epochs: 5, choose: { sitesPerMolecule: 4 } },
    'is 4, which is not tried',
  ],
  ['more sites than atoms', { sitesPerMolecule: 9 }, 'stages[1].sitesPerMolecule: is 9, but a molecule has 8 atoms'],
  ['an assignment of the wrong length', { assignment: [0, 1] }, 'names a site for 2 atoms, but a molecule has 8'],
  ['an empty site', { assignment: [0, 0, 0, 0, 2, 2, 2, 2] }, 'stages[1].assignment: site 1 of 3 holds no atom'],
  ['a site out of range', { sitesPerMolecule: 2, assignment: [0, 0, 0, 0, 1, 1, 1, 2] }, 'atom 7 is assigned to site 2'],
];
for (const [name, settings, message] of bad)
  test(`bad input is one clear error: ${name}`, async () => {
    const error = await failure(() => run(atoms, settings));
    assert.is(error.name, 'InputError');
    assert.match(error.message, message);
  });

test('a run without forces trains only when the forces have no weight', async () => {
  const forceless = simulated(twoBlobs(50, 1, belongs), false);
  const error = await failure(() => run(forceless, { sitesPerMolecule: 2 }));
  assert.is(error.name, 'InputError');
  assert.match(error.message, 'the run stored no forces');
  const { finished } = await run(forceless, { sitesPerMolecule: 2, forceWeight: 0, seeds: 2 });
  const mapping = await readMapping(finished);
  assert.equal(mapping.assignment, belongs);
  assert.is(mapping.force, null);
});

test('atoms that never move relative to each other, or are alone, are a clear error', async () => {
  const still = twoBlobs(1, 1, belongs).frame(0);
  const frozen = { ...still, positions: new Float64Array(24) };
  const { structure } = twoBlobs(1, 1, belongs);
  const error = await failure(() => run(simulated(inMemory(structure, [frozen])), { sitesPerMolecule: 2, seeds: 1 }));
  assert.is(error.name, 'SimulationError');
  assert.match(error.message, 'the loss of the mapping is NaN at epoch 0');
  const alone = copies({ elements: ['Ar'], masses: [40], bonds: [] }, 3);
  const argon = simulated(inMemory(alone, [frameOf(new Float64Array(9), new Float64Array(9))]));
  const single = await failure(() => run(argon, { sitesPerMolecule: 1 }));
  assert.is(single.name, 'InputError');
  assert.match(single.message, 'give "assignment": [0] instead');
  assert.is((await readMapping((await run(argon, { assignment: [0] })).finished)).reconstruction, 0);
});

test('an interrupted training stops at once and leaves nothing', async () => {
  const controller = new AbortController();
  controller.abort();
  const error = await failure(() => run(atoms, { sitesPerMolecule: 2 }, controller.signal));
  assert.is(error.name, 'Interrupted');
});

test('a mapping that is missing or damaged is an error that names the stage', async () => {
  const { finished, folder } = await run(atoms, { assignment: belongs });
  const missing = await failure(() => readMapping(atoms));
  assert.match(missing.message, 'the stage "atoms" (simulate) left no mapping');
  await folder.write('mapping.json', '{"assignment": [0');
  assert.match((await failure(() => readMapping(finished))).message, 'mapping/mapping.json: is not JSON');
  const short: Partial<Mapping> = { atomsPerMolecule: 8, sites: 2, assignment: [0, 1] };
  await folder.write('mapping.json', JSON.stringify(short));
  assert.is((await failure(() => readMapping(finished))).name, 'InputError');
});

test.run();
