import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type FinishedStage,
  InputError,
  type IntegratorKind,
  type NonbondedForce,
  Registry,
  type Settings,
  type StageContext,
  type StageFolder,
  TrajectoryRecorder,
} from '../../../engine/index.ts';
import { plugin, readSafetensors, trainPotential } from '../../../plugins/potentials/index.ts';
import { scratch } from '../../support/fixtures.ts';
import { cutoff, dimerLiquid } from './synthetic.ts';

const root = scratch();
const set = dimerLiquid({ frames: 60, noise: 5 });
const sites = set.structure.mass.length;

function folder(name: string): StageFolder {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return {
    path,
    exists: (file) => existsSync(join(path, file)),
    readText: async (file) => readFileSync(join(path, file), 'utf8'),
    readBytes: async (file) => new Uint8Array(readFileSync(join(path, file))),
    write: async (file, content) => writeFileSync(join(path, file), content),
  };
}

function finished(name: string, kind: string, settings: Settings): FinishedStage {
  return { name, kind, units: 'lj', settings, folder: folder(name), inputs: {} };
}

/** A run whose molecules are broken across the box, with the forces of the synthetic liquid; `spoil` may damage a frame. */
async function storedRun(name: string, { forces = true, spoil = (_f: number, _forces: Float64Array): void => {} } = {}) {
  const stage = finished(name, 'simulate', { dynamics: { integrator: 'fixed', temperature: 1 } });
  const options = { periodic: true, velocities: false, forces, precision: 'f64', formats: [] } as const;
  const recorder = TrajectoryRecorder.create(stage.folder.path, set.structure, options);
  for (let f = 0; f < set.frames; f++) {
    const stored = set.forces(f).slice();
    spoil(f, stored);
    const positions = set.positions(f).map((x) => x - 5 * Math.floor(x / 5));
    recorder.append({
      step: 10 * f,
      time: 0.1 * f,
      positions,
      velocities: null,
      forces: forces ? stored : null,
      box: set.box(f),
    });
  }
  recorder.flush();
  await recorder.finish({ complete: true, version: '0' });
  return stage;
}

async function mapping(): Promise<FinishedStage> {
  const stage = finished('mapping', 'train-mapping', {});
  await stage.folder.write('mapping.json', JSON.stringify({ atomsPerMolecule: 2, sites: 2, assignment: [0, 1] }));
  return stage;
}

const registry = new Registry();
plugin.register(registry);
registry.add('integrator', {
  name: 'fixed',
  temperature: (settings: Settings) => (settings.temperature as number | undefined) ?? null,
} as unknown as IntegratorKind);

function contextFor(from: FinishedStage, map: FinishedStage, settings: Settings, notes: string[] = []): StageContext {
  return {
    name: 'spline',
    where: 'stages[2]',
    units: 'lj',
    settings: {
      model: { type: 'spline', cutoff },
      blocks: 10,
      validationFraction: 0.2,
      stride: 1,
      maxFrames: 5000,
      forceMap: 'optimal',
      ...settings,
    },
    inputs: { from, mapping: map },
    folder: folder('spline'),
    seed: 1,
    threads: 1,
    registry,
    progress: { update() {}, note: (line) => notes.push(line) },
    signal: new AbortController().signal,
    scenario: { folder: '', plugins: [] },
    resume: false,
    readText: async () => '',
  };
}

test('a run and a mapping become model.json, weights and training.csv, and the noise floor is printed beside the loss', async () => {
  const notes: string[] = [];
  const context = contextFor(await storedRun('atoms'), await mapping(), {}, notes);
  await trainPotential.run(context);
  const json = JSON.parse(await context.folder.readText('model.json'));
  assert.is(json.type, 'spline');
  assert.is(json.temperature, 1);
  assert.is(json.structure.particles, sites);
  assert.is(json.structure.bonds.length, 27);
  assert.equal(json.frames, { training: 48, validation: 12, blocks: 10, stride: 1 });
  assert.ok(Math.abs(json.noiseFloor.value / 25 - 1) < 0.06, `${json.noiseFloor.value}`); // 9720 components: 1.4% standard error
  assert.ok(Math.abs(json.validation.meanSquare / 25 - 1) < 0.15);
  assert.ok(Math.abs(json.validation.meanAbsolute / (5 * Math.sqrt(2 / Math.PI)) - 1) < 0.08);
  const { noiseFloor: floors, meanSquare } = json.forceMap;
  assert.ok(Math.abs(floors.optimal - json.noiseFloor.value) < 1e-9);
  assert.ok(Math.abs(floors.sum - floors.optimal - (meanSquare.sum - meanSquare.optimal)) < 1e-9);
  assert.ok(notes.some((line) => line.startsWith('noise floor of each force map: sum 2') && line.includes(', optimal 2')));
  // A site an atom: both maps are the identity.
  assert.equal(
    json.forceMap.weights.map((row: number[]) => row.map((w) => +w.toFixed(9))),
    [
      [1, 0],
      [0, 1],
    ],
  );
  const weights = readSafetensors(await context.folder.readBytes('weights.safetensors'));
  assert.equal(weights['start.positions'].shape, [sites, 3]);
  assert.equal([...weights['start.box'].data], [5, 0, 0, 0, 5, 0, 0, 0, 5]);
  const csv = (await context.folder.readText('training.csv')).trim().split('\n');
  assert.is(csv[0], 'blocks,training,validation,noise_floor');
  assert.is(csv.length, 9);
  assert.ok(notes.some((line) => /noise floor at most 2[3-7]/.test(line)));
  assert.ok(notes.some((line) => /validation: \d\.\d+ times the noise floor/.test(line)));
});

test('the trained stage is a system: the last frame with whole molecules, and forces for any number of them', async () => {
  const stage = { ...finished('spline', 'train-potential', {}) };
  const assembly = await trainPotential.assemble?.(stage, registry, { box: 'last', where: 'system.box' });
  assert.ok(assembly?.forces);
  const x = assembly.positions;
  for (let m = 0; m < sites / 2; m++) {
    const length = Math.hypot(...[0, 1, 2].map((c) => x[6 * m + 3 + c] - x[6 * m + c]));
    assert.ok(length > 0.5 && length < 1.2, `${length}`);
    for (let c = 0; c < 3; c++) {
      const shift = (x[6 * m + c] - set.positions(59)[6 * m + c]) / 5;
      assert.ok(Math.abs(shift - Math.round(shift)) < 1e-9);
    }
  }
  const forces = assembly.forces(assembly.structure, assembly.box);
  assert.equal(
    forces.map((f) => f.label),
    ['prior-bond', 'spline-bond', 'spline-pair', 'watchdog'],
  );
  const pair = forces[2] as NonbondedForce;
  assert.is(pair.cutoff, cutoff);
  assert.is(pair.exclusions.length, sites);
  await trainPotential.assemble?.(stage, registry, { box: 'mean', where: 'system.box' }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'system.box: "mean" is for simulations'),
  );
});

test('a number in the run that is not finite is an error naming frame and atom', async () => {
  const spoil = (f: number, forces: Float64Array): void => {
    if (f === 7) forces[3 * 11 + 1] = Number.NaN;
  };
  const context = contextFor(await storedRun('broken', { spoil }), await mapping(), {});
  try {
    await trainPotential.run(context);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, /^stages\[2\]\.from: frame 7, atom 11 \(.*\): the y component of its force is NaN/);
  }
});

test('runs without forces, too short or without a temperature are errors that say what to do', async () => {
  const message = async (context: StageContext): Promise<string> => {
    try {
      await trainPotential.run(context);
    } catch (error) {
      assert.instance(error, InputError);
      return (error as Error).message;
    }
    return 'none';
  };
  const map = await mapping();
  assert.match(await message(contextFor(await storedRun('silent', { forces: false }), map, {})), /stored no forces/);
  const atoms = finished('atoms', 'simulate', { dynamics: { integrator: 'fixed', temperature: 1 } });
  assert.match(await message(contextFor(atoms, map, { stride: 10 })), /60 frames, of which 6 would be used; .* at least 20/);
  const adiabatic = finished('atoms', 'simulate', { dynamics: { integrator: 'fixed' } });
  assert.match(await message(contextFor(adiabatic, map, {})), /^stages\[2\]\.temperature: .* not kept at a temperature/);
  const wide = contextFor(atoms, map, { model: { type: 'spline', cutoff: 2.6 } });
  assert.match(await message(wide), /model\.cutoff: is 2\.6, but the box of the training run allows at most 2\.5/);
});

test('a plain sum over sites that a rigid bond joins is refused, with the way out', async () => {
  const stage = await storedRun('rigid');
  const from = { ...stage, settings: { ...stage.settings, system: { constraints: 'bonds' } } };
  const context = contextFor(from, await mapping(), { forceMap: 'sum' });
  let message = '';
  try {
    await trainPotential.run(context);
  } catch (error) {
    assert.instance(error, InputError);
    message = (error as Error).message;
  }
  assert.match(message, 'held at a fixed distance but belong to different sites');
  assert.match(message, '"forceMap": "optimal"');
  // With an atom a site even the optimal map has nothing to choose from.
  try {
    await trainPotential.run(contextFor(from, await mapping(), { forceMap: 'optimal' }));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'two sites hold nothing but atoms of the same rigid groups');
  }
});

test.run();
