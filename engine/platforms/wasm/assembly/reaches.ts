/**
 * Where a particle may go before the inner list is renewed: a sphere around the middle of its path, as foreseen for `horizon` evaluations by its
 * velocity and, where forces change slowly, its acceleration. The radius is its reach: the longer half of the path and a `margin` for what is not
 * foreseen. Particles whose middles are farther apart than cutoff + both reaches do not meet while both are in their spheres. Most particles are slow,
 * so that reaches are a third of what the fastest needs, which one length for all would have to be. Nothing but the time between prunes depends on how well
 * paths are foreseen, for every particle is looked at in every step.
 */
import { integrator, inverseMass, timestep } from './dynamics';
import { overdampedLangevin, recordBytes, sumLists } from './layout';
import { coordinate } from './records';
import { PairPart, PairSet } from './set';
import { forces, partEnd, partFirst, particleParts, particles, positions, sumsOf, velocities } from './state';
import { staticEnd, staticFirst } from '../../../threads/assembly/threads';

/** Of the outer buffer a particle may reach so much: two of them stay within it. */
const mostOfOuter: f64 = 0.45;
/** Least margin as a part of the cut-off: what starts at rest moves too. */
const leastMargin: f64 = 1e-3;

/** Which of a range's sums of lists: the two largest of reach and way of the middle since the build, the two largest reaches, all reaches. */
const sumNeeded: i32 = sumLists;
const sumReach: i32 = sumLists + 2;
const sumAll: i32 = sumLists + 4;

/** The two largest of the numbers entered since `start`. */
let largest: f64 = 0;
let second: f64 = 0;

function start(): void {
  largest = 0;
  second = 0;
}

// @ts-ignore: decorator
@inline
function enter(x: f64): void {
  if (x > largest) {
    second = largest;
    largest = x;
  } else if (x > second) {
    second = x;
  }
}

/** The paths and reaches of this thread's particles from the present positions, and what the ranges' sums say of them. Forces are those of the step before. */
export function foresee(set: PairSet): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) foreseeRange(set, p);
}

function foreseeRange(set: PairSet, part: i32): void {
  const moves = inverseMass != 0 && integrator != overdampedLangevin && set.horizon > 0;
  const time = moves ? set.horizon * timestep : 0;
  const half = 0.5 * time;
  // Velocities are those of half a step ago: after s the particle has gone s (v + a (s + dt)/2).
  const before = set.smooth ? 0.5 * half + 0.5 * timestep : 0;
  const behind = set.smooth ? 1.5 * half + 0.5 * timestep : 0;
  const most = set.infinite ? Infinity : mostOfOuter * set.outer;
  const margin = set.infinite ? Infinity : set.margin;
  let largestReach: f64 = 0;
  let secondReach: f64 = 0;
  let all: f64 = 0;
  start();
  for (let i = <usize>partFirst(part); i < <usize>partEnd(part); i++) {
    const x = positions + i * 24;
    let reach = margin;
    let px: f64 = 0;
    let py: f64 = 0;
    let pz: f64 = 0;
    if (moves) {
      const v = velocities + i * 24;
      const f = forces + i * 24;
      const w = load<f64>(inverseMass + i * 8);
      const vx = load<f64>(v);
      const vy = load<f64>(v, 8);
      const vz = load<f64>(v, 16);
      const ax = w * load<f64>(f);
      const ay = w * load<f64>(f, 8);
      const az = w * load<f64>(f, 16);
      px = half * (vx + before * ax);
      py = half * (vy + before * ay);
      pz = half * (vz + before * az);
      const qx = half * (vx + behind * ax);
      const qy = half * (vy + behind * ay);
      const qz = half * (vz + behind * az);
      reach += Math.sqrt(Math.max(px * px + py * py + pz * pz, qx * qx + qy * qy + qz * qz));
      if (!(reach < most)) {
        reach = most;
        px = py = pz = 0;
      }
    }
    const path = set.paths + i * 16;
    store<f32>(path, <f32>px);
    store<f32>(path, <f32>py, 4);
    store<f32>(path, <f32>pz, 8);
    store<f32>(path, <f32>reach, 12);
    all += reach;
    if (reach > secondReach) {
      secondReach = Math.min(reach, largestReach);
      largestReach = Math.max(reach, largestReach);
    }
    const b = set.builtAt + i * 24;
    const dx = load<f64>(x) + px - load<f64>(b);
    const dy = load<f64>(x, 8) + py - load<f64>(b, 8);
    const dz = load<f64>(x, 16) + pz - load<f64>(b, 16);
    enter(reach + Math.sqrt(dx * dx + dy * dy + dz * dz));
  }
  const to = sumsOf(part);
  store<f64>(to + sumNeeded * 8, largest);
  store<f64>(to + sumNeeded * 8, second, 8);
  store<f64>(to + sumReach * 8, largestReach);
  store<f64>(to + sumReach * 8, secondReach, 8);
  store<f64>(to + sumAll * 8, all);
}

/** What the two particles that need most need of the outer list; after `foresee` by all threads. */
export function neededOfOuter(): f64 {
  return twoLargest(sumNeeded);
}

/** By one thread, after `foresee` by all. */
export function measureReaches(set: PairSet): void {
  if (set.infinite) return;
  set.inner = twoLargest(sumReach);
  let all: f64 = 0;
  for (let p = 0; p < particleParts; p++) all += load<f64>(sumsOf(p) + sumAll * 8);
  set.meanReach = all / <f64>particles;
}

function twoLargest(sum: i32): f64 {
  start();
  for (let p = 0; p < particleParts; p++) {
    enter(load<f64>(sumsOf(p) + sum * 8));
    enter(load<f64>(sumsOf(p) + sum * 8, 8));
  }
  return largest + second;
}

/**
 * Steers the margin so that lists last for the horizon: before it those end them that were not foreseen, after it those that were.
 * By one thread, at the end of a list that has served `served` evaluations.
 */
export function steerMargin(set: PairSet, served: f64): void {
  if (set.fixedBuffers || set.horizon == 0) return;
  const change = Math.max(0.9, Math.min(1.15, Math.sqrt(set.horizon / Math.max(served, 1))));
  set.margin = Math.max(leastMargin * set.cutoff, Math.min(0.3 * set.cutoff, set.margin * change));
}

/** Writes middles and reaches of the particles of a part to `recordsAtPrune`. */
export function placeReaches(set: PairSet, part: PairPart): void {
  let order = set.order.at + <usize>part.first * 16;
  let to = set.recordsAtPrune.at + <usize>part.first * recordBytes;
  for (let k = part.first; k < part.end; k++) {
    const a = path(set, order);
    const b = path(set, order + 4);
    const c = path(set, order + 8);
    const d = path(set, order + 12);
    const lowAB = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const lowCD = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const highAB = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const highCD = i32x4.shuffle(c, d, 2, 6, 3, 7);
    store<v128>(to, f32x4.add(coordinate(set, k, 0), i32x4.shuffle(lowAB, lowCD, 0, 1, 4, 5)));
    store<v128>(to, f32x4.add(coordinate(set, k, 1), i32x4.shuffle(lowAB, lowCD, 2, 3, 6, 7)), 16);
    store<v128>(to, f32x4.add(coordinate(set, k, 2), i32x4.shuffle(highAB, highCD, 0, 1, 4, 5)), 32);
    store<v128>(to, i32x4.shuffle(highAB, highCD, 2, 3, 6, 7), 48);
    order += 16;
    to += recordBytes;
  }
}

/** Of the particle in a slot; padding, the particle behind the last, stays where it is. */
// @ts-ignore: decorator
@inline
function path(set: PairSet, order: usize): v128 {
  return load<v128>(set.paths + <usize>load<u32>(order) * 16);
}
