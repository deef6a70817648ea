/** Claims about the order and the number of tasks that run at once. */
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { schedule, type Task } from '../../../tools/runner/scheduler.ts';

const test = suite('scheduler');

/** Runs tasks of equal length; returns the order of starts, the threads given and the most that ran at once. */
async function trace(tasks: readonly Task[], cores: number, failing: readonly string[] = []) {
  const started: string[] = [];
  const threads: Record<string, number> = {};
  let running = 0;
  let most = 0;
  const start = async ({ name }: Task, given: number) => {
    started.push(name);
    threads[name] = given;
    most = Math.max(most, ++running);
    await setTimeout(5);
    running--;
    if (failing.includes(name)) throw new Error(`${name} failed`);
  };
  const errors = await schedule(tasks, cores, start, () => false);
  return { started, threads, most, errors };
}

const task = (name: string, ...after: string[]): Task => ({ name, after, parallel: true });

test('independent tasks run at once, but no more than there are cores', async () => {
  const tasks = [task('a'), task('b'), task('c'), task('d')];
  assert.is((await trace(tasks, 2)).most, 2);
  assert.is((await trace(tasks, 1)).most, 1);
  assert.is((await trace(tasks, 8)).most, 4);
});

test('a task starts after those it needs, and the one on which most others wait goes first', async () => {
  const tasks = [task('atoms'), task('side', 'atoms'), task('graph', 'atoms'), task('beads', 'graph'), task('compare', 'beads')];
  assert.equal((await trace(tasks, 1)).started, ['atoms', 'graph', 'beads', 'side', 'compare']);
});

test('free cores are shared among the tasks that start together', async () => {
  assert.equal((await trace([task('a'), task('b'), task('c', 'a', 'b')], 4)).threads, { a: 2, b: 2, c: 4 });
});

test('a task that can use one thread alone is given one, and leaves the others to those that run beside it', async () => {
  const tasks = [task('a'), { ...task('b'), parallel: false }, { ...task('c', 'a', 'b'), parallel: false }];
  assert.equal((await trace(tasks, 4)).threads, { a: 3, b: 1, c: 1 });
});

test('threads that a task does not keep serve those that wait', async () => {
  const beads = ['b1', 'b2', 'b3'];
  const tasks = [task('small'), task('short'), ...beads.map((name) => task(name, 'short'))];
  /** The most that run at once where the task `small` keeps so many of its two threads until all others are done. */
  const most = async (kept: number) => {
    let running = 0;
    let most = 0;
    let left = beads.length;
    let end = () => {};
    const othersDone = new Promise<void>((resolve) => {
      end = resolve;
    });
    const start = async ({ name }: Task, _threads: number, keep: (threads: number) => void) => {
      most = Math.max(most, ++running);
      if (name === 'small') {
        keep(kept);
        await othersDone;
      } else await setTimeout(5);
      if (beads.includes(name) && --left === 0) end();
      running--;
    };
    await schedule(tasks, 4, start, () => false);
    return most;
  };
  assert.is(await most(2), 3);
  assert.is(await most(1), 4);
});

test('after a failure nothing new starts', async () => {
  const { started, errors } = await trace([task('a'), task('b'), task('c'), task('d', 'a')], 2, ['a']);
  assert.equal(started, ['a', 'b']);
  assert.equal([...errors.keys()], ['a']);
});

test.run();
