/** A run that was killed or stopped, and continued, leaves what one leaves that was not: for every integrator and thermostat. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrajectory } from '../../engine/index.ts';
import { readCheckpoint } from '../../engine/trajectory/checkpoint.ts';
import type { RunManifest } from '../../tools/runner/manifest.ts';
import { loadRegistry } from '../../tools/runner/plugins.ts';
import { md, noStack, startMd, write } from '../support/command.ts';
import { readJson, scratch } from '../support/fixtures.ts';

const test = suite('continue');

/** Checkpoints as often as the loop looks up, so that every kill finds one. */
const output = { everySteps: 7, logEverySteps: 10, velocities: true, precision: 'double', checkpointSeconds: 0.01 };

/** The Lennard-Jones liquid: 108 particles of argon, far from its lattice soon. */
const argon = {
  build: 'lattice',
  density: '1.374 g/cm3',
  cells: [3, 3, 3],
  particle: { mass: 39.948 },
  forces: [{ type: 'lennard-jones', sigma: 0.3405, epsilon: 0.99604 }],
  nonbonded: { cutoff: 0.7, lennardJones: { modifier: 'switch' } },
};
/** Molecules with every bonded term, charges, and a start that is packed and minimised. */
const ethane = {
  build: 'pack',
  molecules: [{ structure: 'molecules/ethane.pdb', count: 12 }],
  density: '0.5 g/cm3',
  forceField: ['opls-aa-alkanes.xml'],
  nonbonded: { cutoff: '0.45 nm', coulomb: { method: 'reaction-field' } },
};
/** A ring in open boundaries. */
const ring = {
  build: 'ring',
  beads: 40,
  bondLength: 0.3,
  particle: { mass: 10 },
  forces: [{ type: 'harmonic-bond', length: 0.3, k: 5000 }],
};

interface Case {
  readonly name: string;
  readonly [setting: string]: unknown;
}

function simulate(name: string, system: object, dynamics: object, run: object, further: object = {}): Case {
  // The slow platform, so that there is time to kill a stage between its first checkpoint and its end.
  return { name, do: 'simulate', platform: 'reference', system, dynamics, run, output: { ...output, ...further } };
}

const verlet = (thermostat?: object) => ({
  integrator: 'velocity-verlet',
  timestep: '5 fs',
  ...(thermostat ? { thermostat } : {}),
});
const stages: readonly Case[] = [
  simulate('velocity-verlet', argon, verlet(), { temperature: 120, steps: 1000 }, { formats: ['dcd', 'extxyz'] }),
  simulate('nose-hoover', argon, verlet({ type: 'nose-hoover', temperature: 95, time: 0.5 }), { steps: 1000 }),
  simulate('velocity-rescaling', argon, verlet({ type: 'velocity-rescaling', temperature: 95, time: 0.1 }), { steps: 1000 }),
  simulate('berendsen', argon, verlet({ type: 'berendsen', temperature: 95, time: 0.5 }), { steps: 1000 }),
  simulate(
    'langevin',
    ethane,
    { integrator: 'langevin', timestep: '1 fs', temperature: 143, friction: 1 },
    { minimise: true, equilibrateSteps: 500, steps: 700 },
  ),
  simulate(
    'overdamped-langevin',
    ring,
    { integrator: 'overdamped-langevin', timestep: '2 fs', temperature: 300, friction: 50 },
    { steps: 10000 },
    { everySteps: 99 },
  ),
];

const scenario = { name: 'case', seed: 11, stages };

/** What `run.json` says of the stages, once the run of that process has written it. */
function recordsOf(folder: string, pid: number | undefined): RunManifest['stages'] {
  const path = join(folder, 'runs/case/run.json');
  if (!existsSync(path)) return [];
  const { process, stages: records } = readJson<RunManifest>(path);
  return process?.pid === pid ? records : [];
}

test('every integrator and thermostat that can be named is tried', async () => {
  const registry = await loadRegistry();
  const names = [...registry.names('integrator'), ...registry.names('thermostat')].sort();
  assert.equal(names, stages.map((stage) => stage.name).sort());
});

/** Rounds after which a machine that is too fast or too busy to catch every stage is said to be so. */
const mostRounds = 40;

/**
 * Runs the scenario to its end: kills it (SIGKILL) when stages that were not killed before have made a checkpoint, then stops it by
 * SIGINT and by SIGTERM wherever it is, then kills it again as long as stages have been spared. Stages that ended before they could be
 * killed are run anew. Returns which were killed with a checkpoint, and what happened when.
 */
async function runStopped(folder: string, random: () => number): Promise<{ killed: Set<string>; diary: string[] }> {
  const killed = new Set<string>();
  const diary: string[] = [];
  const stageFolder = (name: string) => join(folder, 'runs/case', name);
  const saved = (name: string) => existsSync(join(stageFolder(name), 'checkpoint.bin'));
  const signals = ['SIGKILL', 'SIGINT', 'SIGTERM'] as const;
  for (let round = 0; round < mostRounds; round++) {
    const signal = signals[round] ?? 'SIGKILL';
    const words = round === 0 ? [] : ['--continue'];
    const command = startMd(folder, 'run', 'case.json', '--threads', '6', ...words);
    let ended = false;
    const end = command.end.then((result) => {
      ended = true;
      return result;
    });
    const atWork = () =>
      recordsOf(folder, command.child.pid).flatMap(({ status, process, name }) =>
        status === 'running' && process !== null ? [name] : [],
      );
    let ripeSince = Number.POSITIVE_INFINITY;
    const ripe = () => {
      const spared = atWork().filter((name) => signal !== 'SIGKILL' || !killed.has(name));
      if (signal !== 'SIGKILL') return spared.length > 0;
      if (!spared.some(saved)) return false;
      ripeSince = Math.min(ripeSince, Date.now());
      // All at once if they come within a moment of each other; but none is to end before it is killed.
      return spared.every(saved) || Date.now() - ripeSince > 600;
    };
    while (!ended && !ripe()) await setTimeout(10);
    await setTimeout((signal === 'SIGKILL' ? 60 : 1000) * random());
    const caught = ended ? [] : atWork().filter(saved);
    if (!ended && signal === 'SIGKILL') command.killAll();
    else if (!ended) command.child.kill(signal);
    const result = await end;
    diary.push(`${signal}: ${caught.join(' ')} -> ${result.code}`);
    if (result.code !== 0) noStack(result);
    if (signal === 'SIGKILL') {
      // One that had ended, with all its processes, when the signal came was not killed.
      if (result.code !== 0) for (const name of caught) killed.add(name);
    } else if (result.code !== 0) {
      assert.is(result.code, 130, result.err);
      assert.match(result.err, /interrupted: .* Go on with: md run case\.json --continue/);
    }
    if (result.code !== 0) continue;
    const spared = stages.map((stage) => stage.name).filter((name) => !killed.has(name));
    if (spared.length === 0) return { killed, diary };
    for (const name of spared) rmSync(stageFolder(name), { recursive: true });
  }
  throw new Error(`not done: ${diary.join('; ')}`);
}

/** The log without its last column, the speed, which is wall time. */
function logOf(folder: string): string {
  return readFileSync(join(folder, 'log.csv'), 'utf8').replaceAll(/,[^,\n]*\n/g, '\n');
}

async function framesOf(folder: string) {
  const trajectory = await openTrajectory(join(folder, 'trajectory.h5'));
  try {
    return Array.from({ length: trajectory.length }, (_, i) => {
      const { step, time, positions, velocities, forces, box } = trajectory.frame(i);
      return [Float64Array.of(step, time), positions, velocities, forces, box.vectors].map(bits);
    });
  } finally {
    trajectory.close();
  }
}

/** Bits of an array as text: equal only if equal to the last bit, the sign of zero included. */
function bits(values: Float64Array | null | undefined): string {
  return values ? Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64') : 'none';
}

function stateOf(folder: string, particles: number) {
  const checkpoint = readCheckpoint(folder, { particles });
  assert.ok(checkpoint);
  const { seconds: _wallTime, ...metadata } = checkpoint.metadata;
  const values = Object.entries(checkpoint.snapshot).map(([name, value]) => [
    name,
    bits(typeof value === 'number' ? Float64Array.of(value) : value),
  ]);
  return { metadata, values };
}

const whole = scratch();
const broken = scratch();

test('runs that are killed and stopped at random moments and continued reach their end', async () => {
  for (const folder of [whole, broken]) write(folder, 'case.json', scenario);
  const undisturbed = await md(whole, 'run', 'case.json', '--threads', '2');
  assert.is(undisturbed.code, 0, undisturbed.err);
  const { killed, diary } = await runStopped(broken, seedrandom('kill'));
  if (process.env.VERBOSE) console.log(diary.join('\n'));
  assert.equal([...killed].sort(), stages.map((stage) => stage.name).sort(), diary.join('; '));
});

for (const { name } of stages) {
  test(`${name}: log, frames and final state are those of the run that was left alone, to the bit`, async () => {
    const [a, b] = [whole, broken].map((folder) => join(folder, 'runs/case', name));
    assert.is(logOf(b), logOf(a));
    const [frames, expected] = [await framesOf(b), await framesOf(a)];
    assert.ok(expected.length > 100);
    assert.is(frames.length, expected.length);
    const wrong = frames.findIndex((frame, i) => frame.some((part, k) => part !== expected[i][k]));
    assert.is(wrong, -1, `frame ${wrong} differs`);
    const { mass } = readJson<{ mass: number[] }>(join(a, 'structure.json'));
    assert.equal(stateOf(b, mass.length), stateOf(a, mass.length));
    for (const file of ['structure.json', 'trajectory.dcd', 'trajectory.xyz']) {
      assert.is(existsSync(join(b, file)), existsSync(join(a, file)));
      if (existsSync(join(a, file)))
        assert.ok(readFileSync(join(b, file)).equals(readFileSync(join(a, file))), `${file} differs`);
    }
    assert.not.ok(existsSync(join(b, 'trajectory.journal')), 'the journal is gone');
  });
}

test.run();
