/** Threads of the wasm platform: the same bits for any number, errors from any thread, and a process that ends. */
import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ForceDescription } from '../../../engine/forces/description.ts';
import { sortByRange } from '../../../engine/platforms/wasm/bonded-sets.ts';
import type { WasmContext } from '../../../engine/platforms/wasm/context.ts';
import { pairParts, particleRanges, usefulThreads } from '../../../engine/platforms/wasm/parts.ts';
import type { SharedKernel } from '../../../engine/threads/module.ts';
import { boardBytes, Threads, work } from '../../../engine/threads/threads.ts';
import { ljMelt, nve } from '../../support/systems.ts';
import { chains, langevin, onThreads, rigidWater, stateHash, threadCases, trajectories } from '../../support/threads.ts';

const quick = [
  'a melt at constant energy',
  'chains across the ranges in a heat bath',
  'rigid water with a mesh in a Nosé-Hoover bath',
];
for (const { name, make, dynamics } of threadCases.filter((of) => quick.includes(of.name))) {
  test(`${name} has the same trajectory on 1, 2 and 3 threads`, async () => {
    // Long enough for lists to be pruned and built anew.
    const runs = await trajectories(make, dynamics, [1, 2, 3], 40, 'mixed');
    assert.is(new Set(runs).size, 1, runs.join('\n'));
  });
}

/** (module (func (export "kick"))) */
const kickModule = () =>
  new WebAssembly.Module(
    Uint8Array.of(
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      1,
      4,
      1,
      96,
      0,
      0,
      3,
      2,
      1,
      0,
      7,
      8,
      1,
      4,
      107,
      105,
      99,
      107,
      0,
      0,
      10,
      4,
      1,
      2,
      0,
      11,
    ),
  );

/** A thread's life in this thread: whenever it falls asleep, the next of `wakings` happens. Returns how often it was kicked. */
function live(wakings: ((team: Threads, load: () => void) => void)[], receive?: () => never): number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const board = new SharedArrayBuffer(boardBytes);
  const module = kickModule();
  let kicks = 0;
  const kernel = {
    arenaAddress: () => 0,
    catchUp: () => undefined,
    joinTeam: () => undefined,
    kick: () => kicks++,
  } as SharedKernel;
  const team = new Threads({ count: 1, send: () => undefined }, board);
  const wait = Atomics.wait;
  Atomics.wait = ((..._: unknown[]) => {
    const next = wakings.shift();
    if (!next) throw new Error('it did not end');
    next(team, () => team.give(0, -1, []));
    return 'ok';
  }) as typeof Atomics.wait;
  try {
    work(board, 1, receive ?? (() => ({ module, memory, threads: 2, kernel })), () => undefined);
  } finally {
    Atomics.wait = wait;
  }
  assert.is(wakings.length, 0);
  return kicks;
}

test('a thread that is woken without a new job does nothing, and ends when it is told to', () => {
  // The call that wakes a thread can come after the thread has seen the job, done it and fallen asleep again.
  const nothing = () => undefined;
  const kick = (team: Threads) => team.give(0, 0, []);
  const kicks = live([(_, load) => load(), kick, nothing, nothing, kick, nothing, (team) => team.stop()]);
  assert.is(kicks, 2);
});

test('a thread that cannot load a kernel says so, and nobody waits for it', () => {
  const failing = () => {
    throw new Error('no memory');
  };
  assert.is(live([(_, load) => load(), (team) => team.join(), (team) => team.stop()], failing), 0);
});

test('threads do not keep a process from ending, whether or not their context was closed', () => {
  const code = `
    import { onThreads } from '${new URL('../../support/threads.js', import.meta.url)}';
    import { ljMelt, nve } from '${new URL('../../support/systems.js', import.meta.url)}';
    for (const closed of [true, false]) {
      const context = await onThreads(3, ljMelt(9), nve);
      context.advance(2);
      if (closed) context.close();
    }
    console.log('done');`;
  // Half a second where nothing else runs.
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 60_000 });
  assert.is(output, 'done\n');
});

test('a run that is continued on another number of threads has the bits of one that was not interrupted', async () => {
  const whole = await onThreads(1, chains(8, 700), langevin);
  whole.drawVelocities(1);
  whole.advance(57);
  const half = await onThreads(2, chains(8, 700), langevin);
  half.drawVelocities(1);
  half.advance(20);
  const continued = await onThreads(3, chains(8, 700), langevin);
  continued.load(half.save());
  continued.advance(37);
  assert.is(stateHash(continued), stateHash(whole));
  assert.is(continued.observe().conserved, whole.observe().conserved);
  for (const context of [half, continued]) context.close();
});

test('a broken bond, a lost particle and a torn molecule on any thread end the run with an explanation', async () => {
  const one = chains(8, 700);
  const atoms = Int32Array.of(3, 4, 2040, 2041);
  const fene: ForceDescription = { kind: 'bonded', term: 'fene-bond', atoms, parameters: Float64Array.of(30, 20, 30, 1e-3) };
  const broken = await onThreads(2, { ...one, forces: [...one.forces, fene] }, langevin);
  assert.throws(() => broken.observe(), /fene-bond between particles 2040 \(A\), 2041 \(A\) is undefined at distance/);
  const lost = await onThreads(2, ljMelt(8), nve);
  lost.positions[3 * 1900] = Number.NaN;
  assert.throws(() => lost.advance(1), /energy is not finite, first at particle 1900/);
  const torn = await onThreads(3, rigidWater(), { ...nve, timestep: 0.002 });
  torn.velocities[3 * 2100] = 500;
  assert.throws(() => torn.advance(3), /At step 0 the constraint between particles 2100 \(O of HOH 700\) and 210/);
  for (const context of [broken, lost, torn]) context.close();
});

test('too little memory is said to be that', async () => {
  for (const threads of [1, 2]) {
    let context: WasmContext | null = null;
    try {
      context = await onThreads(threads, ljMelt(20), nve, { memory: 16 });
      context.advance(1);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /no more memory: it holds 1\d MB/);
    }
    context?.close();
  }
});

test('small systems use fewer threads', async () => {
  assert.is(usefulThreads(70, 8), 1);
  assert.is(usefulThreads(2048, 8), 2);
  assert.is(usefulThreads(32000, 8), 8);
  const small = await onThreads(8, ljMelt(4), nve);
  assert.is(small.statistics().threads, 1);
});

test('ranges begin at multiples of four and at molecules where they can', () => {
  const water = Int32Array.from({ length: 6000 }, (_, i) => Math.floor(i / 3));
  const ranges = particleRanges(water);
  assert.is(ranges.length, 12);
  assert.ok([...ranges].every((i) => i % 12 === 0));
  assert.is(ranges[11], 6000);
  assert.equal([...particleRanges(new Int32Array(2001))], [0, 668, 1336, 2001]);
  assert.is(pairParts(70), 1);
});

test('tuples go to the range that holds all their atoms, others behind', () => {
  const { order, starts } = sortByRange(Int32Array.of(5, 6, 0, 1, 3, 4, 4, 5, 1, 2), 2, Int32Array.of(0, 4, 8));
  assert.equal([...order], [1, 4, 0, 3, 2]);
  assert.equal([...starts], [0, 2, 4, 5]);
});

test.run();
