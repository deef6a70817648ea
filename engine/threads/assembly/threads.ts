/**
 * How threads work together. Each is an instance of this module on the one shared memory and runs the same functions in the same
 * order; globals of a module belong to its thread alone. Work is divided into parts whose number and bounds depend on the system only.
 * A phase is a loop over parts,
 *
 *     beginParts(count);
 *     for (let part = nextPart(); part >= 0; part = nextPart()) ...;
 *
 * which gives each part to one thread, whichever comes first. What one phase writes and another thread's part reads needs a `barrier`
 * in between. A phase that gives every part to the same thread in every step, `staticFirst()` to `staticEnd()`, needs none behind
 * itself towards the next phase of that kind.
 */
import { arenaArrived, arenaClaims, arenaFailed, arenaGeneration, arenaSleeping, mostParts } from './layout';
import { arena, catchUp } from './memory';

/** Sleeps until it is woken or some time has passed, if the word at `address` is `value`. */
// @ts-ignore: decorator
@external("env", "pause")
declare function pause(address: usize, value: i32): void;

/** The number of this thread, and how many there are. */
export let thread: i32 = 0;
export let threads: i32 = 1;

/** Number of the phase; the same on every thread, for all go through the same phases. */
let phase: i32 = 0;

export function joinTeam(index: i32, count: i32): void {
  thread = index;
  threads = count;
  phase = 0;
}

/**
 * Looks before a thread that waits lets go of its core: about a hundred microseconds. Parts of a system of ten thousand particles differ by less,
 * and to be woken takes as long.
 */
const patience: i32 = 200000;

/** Returns once the word at `address` is not `value`; whoever changes it calls `changed`. Stops where another thread has stopped. */
function waitWhile(address: usize, value: i32): void {
  for (let looks = 0; atomic.load<i32>(address) == value; ) {
    if ((++looks & 255) != 0) continue;
    if (atomic.load<i32>(arena() + arenaFailed) != 0) unreachable();
    if (looks < patience) continue;
    // Either whoever changes the word sees that somebody sleeps, or this thread sees the change before it falls asleep.
    atomic.add<i32>(arena() + arenaSleeping, 1);
    pause(address, value);
    atomic.sub<i32>(arena() + arenaSleeping, 1);
  }
}

/** Wakes those who wait for a change of the word at `address`. */
function changed(address: usize): void {
  if (atomic.load<i32>(arena() + arenaSleeping) != 0) atomic.notify(address, -1);
}

/** No thread leaves before all have arrived; what they wrote before, and the memory that they asked for, is seen by all. */
export function barrier(): void {
  if (threads == 1) return;
  const at = arena();
  const generation = atomic.load<i32>(at + arenaGeneration);
  if (atomic.add<i32>(at + arenaArrived, 1) == threads - 1) {
    atomic.store<i32>(at + arenaArrived, 0);
    atomic.add<i32>(at + arenaGeneration, 1);
    changed(at + arenaGeneration);
    catchUp();
    return;
  }
  waitWhile(at + arenaGeneration, generation);
  catchUp();
}

let partCount: i32 = 0;
let looked: i32 = 0;
let firstPart: i32 = 0;

/** Starts a phase of at most `mostParts` parts. */
export function beginParts(count: i32): void {
  if (count > mostParts) unreachable();
  phase++;
  partCount = count;
  looked = 0;
  firstPart = (thread * count) / threads;
}

/** A part that no thread has had in this phase, or -1. Each thread starts where it started last time, so that its caches serve. */
export function nextPart(): i32 {
  while (looked < partCount) {
    let part = firstPart + looked++;
    if (part >= partCount) part -= partCount;
    if (threads == 1) return part;
    const at = arena() + arenaClaims + <usize>part * 4;
    // A later phase may have claimed it already: then all parts of this one are taken.
    const last = atomic.load<i32>(at);
    if (last - phase < 0 && atomic.cmpxchg<i32>(at, last, phase) == last) return part;
  }
  return -1;
}

// @ts-ignore: decorator
@inline
export function staticFirst(count: i32): i32 {
  return (thread * count) / threads;
}

// @ts-ignore: decorator
@inline
export function staticEnd(count: i32): i32 {
  return ((thread + 1) * count) / threads;
}
