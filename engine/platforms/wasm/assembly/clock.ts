/** The time by task, as the first thread sees it: what the others do at the same time is not counted twice. */
import { taskCount } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { particles } from './state';
import { thread } from '../../../threads/assembly/threads';

/** Milliseconds. */
// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

/** f64 a task: milliseconds. */
export let times: usize = 0;
/** Steps between two that are timed; their times count for all. */
let timedEvery: i32 = 1;
let calls: i32 = 0;
let lastTime: f64 = 0;
let timing: bool = false;
let rareFrom: f64 = 0;

export function createClock(): void {
  times = allocate(taskCount * 8);
  timedEvery = particles < 200 ? 16 : 1;
}

function add(task: i32, time: f64): void {
  addAt(times + <usize>task * 8, time);
}

function addAt(at: usize, time: f64): void {
  store<f64>(at, load<f64>(at) + time);
}

/** Starts the clock, in a step of `another` number where it is time to look at it again. */
export function startTiming(another: bool = true): void {
  if (another) timing = thread == 0 && calls++ % timedEvery == 0;
  if (timing) lastTime = now();
}

export function stopTiming(): void {
  timing = false;
}

/** Counts the time since the last call for a task. */
export function took(task: i32): void {
  tookAt(times + <usize>task * 8);
}

/** The same where the sum (f64) lies elsewhere. */
export function tookAt(sum: usize): void {
  if (!timing) return;
  const time = now();
  addAt(sum, (time - lastTime) * <f64>timedEvery);
  lastTime = time;
}

/** What does not happen in every step is timed whenever it happens, and left out of the time of the step. */
export function startRare(): void {
  if (thread == 0) rareFrom = now();
}

export function tookRare(task: i32): void {
  if (thread != 0) return;
  const time = now() - rareFrom;
  add(task, time);
  if (timing) lastTime += time;
}
