/**
 * Extended variables that springs tie to real ones, and the bins of the forces on both: a step of the bias `eabf` (AssemblyScript, compiled by
 * tools/build/assembly.mjs). In a small molecule the code for it is cold in every step, and then costs by its length: here it is a tenth of what
 * a compiler of JavaScript makes of it.
 */
import { normalsAhead } from '../../../engine/random/assembly/ahead';
import { fitEnergy, partTaken } from './fit';
import {
  along, attentionDue, axes, axisBytes, axisCount, axisStart, axisWidth, componentBytes, componentSlope, componentValue, extendedOutside, fitDue, force, forceBefore, greatest, high, least, low, mass, periodFrom, periodLength, real,
  realOutside, samples, scale, spread, spring, stepsAhead, stiffness, sums, value, valueBefore, variableBytes, velocity,
} from './layout';

/** Set by JavaScript: addresses of the variables, of the bins of the extended and the real ones, of the key of the noise and of room for it. */
export let variables: usize = 0;
export let extendedBins: usize = 0;
export let realBins: usize = 0;
/** Bins with the energy that is taken off (projected-force.ts); 0 where it is the mean force itself. */
export let energy: usize = 0;
export let noiseKey: usize = 0;
export let noise: usize = 0;
export let count: i32 = 0;
export let timestep: f64 = 0;
/** What the bath leaves of a velocity in a step. */
export let decay: f64 = 0;
/** Samples in a bin from which on the most of its mean force is taken off, and that part. */
export let fullSamples: f64 = 0;
export let most: f64 = 1;
/** Room for a fit of that energy, and how well it has to fit. */
export let fitRoom: usize = 0;
export let tolerance: f64 = 0;
/** Samples since the last fit of the energy in bins that are not full, and the step of the fit; the least wait for the next (projected-force.ts). */
export let fresh: f64 = 0;
export let fitted: f64 = 0;
export let wait: f64 = 0;
/** Whether they have been put somewhere; before, there is neither spring nor bias. */
export let started: i32 = 0;
/** The step before which JavaScript has something to do; none is sampled before. */
export let attention: f64 = 0;
/** Samples taken. */
export let steps: f64 = 0;
/** Of the springs, as `biasVariables` found it. */
export let springEnergy: f64 = 0;
/** Taken in from the bath; done by the bias until the last `move`. */
export let heat: f64 = 0;
export let work: f64 = 0;
/** Where the extended variables are, as `pull` found; -1 outside all bins, or not known. */
export let bin: i32 = -1;

/** The first of the steps that there is noise for. */
let ahead: f64 = -1e300;

export function heapBase(): usize {
  return __heap_base;
}

/** Fits the energy to the mean forces of the extended variables. */
export function fit(): void {
  fitEnergy(extendedBins, energy, variables, count, fullSamples, most, tolerance, fitRoom);
}

/** The shortest way from one value to another. */
// @ts-ignore: decorator
@inline
function difference(d: f64, length: f64): f64 {
  return length == 0 ? d : d - length * nearest(d / length);
}

// @ts-ignore: decorator
@inline
function wrapped(x: f64, from: f64, length: f64): f64 {
  return length == 0 ? x : x - length * Math.floor((x - from) / length);
}

/** The bin of the points that lie at this place of each variable; -1 outside. */
function indexOf(bins: usize, place: usize): i32 {
  let index: f64 = 0;
  let stride: f64 = 1;
  let axis = bins + axes;
  for (let v = variables, end = v + <usize>count * variableBytes; v < end; v += variableBytes, axis += axisBytes) {
    const length = load<f64>(v, periodLength);
    const many = load<f64>(axis, axisCount);
    let i = Math.floor((wrapped(load<f64>(v + place), load<f64>(v, periodFrom), length) - load<f64>(axis, axisStart)) / load<f64>(axis, axisWidth));
    if (length != 0 && i == many) i = 0; // rounding at the end of the period
    if (!(i >= 0 && i < many)) return -1;
    index += stride * i;
    stride *= many;
  }
  return <i32>index;
}

/** Adds the forces of the springs, times a sign, to a bin. */
function add(bins: usize, at: i32, sign: f64): void {
  const n = <usize>load<i32>(bins, samples) + (<usize>at << 3);
  store<f64>(n, load<f64>(n) + 1);
  let sum = <usize>load<i32>(bins, sums) + <usize>at * (<usize>count << 3);
  for (let v = variables, end = v + <usize>count * variableBytes; v < end; v += variableBytes, sum += 8) store<f64>(sum, load<f64>(sum) + sign * load<f64>(v, spring));
}

/** Whether the energy is to be fitted in this step: `FitClock.due`. */
export function needsFit(step: f64): bool {
  const since = step - fitted;
  return energy != 0 && since >= wait && (fresh >= 0.5 * fullSamples || since >= 0.1 * step);
}

/**
 * The beginning of a step: samples the forces at the values of now, and moves. Where points lie outside their bins it says so, has not sampled
 * there, and has not moved.
 */
export function begin(step: f64): i32 {
  if (step >= attention) return attentionDue;
  steps = step + 1;
  let outside = 0;
  for (let v = variables, end = v + <usize>count * variableBytes; v < end; v += variableBytes) {
    const x = load<f64>(v, real);
    if (x < load<f64>(v, least)) store<f64>(v, x, least);
    if (x > load<f64>(v, greatest)) store<f64>(v, x, greatest);
  }
  const own = indexOf(realBins, real);
  if (own >= 0) add(realBins, own, -1);
  else outside = realOutside;
  const extended = bin >= 0 ? bin : indexOf(extendedBins, value);
  bin = -1;
  if (extended >= 0) {
    add(extendedBins, extended, 1);
    if (load<f64>(<usize>load<i32>(extendedBins, samples) + (<usize>extended << 3)) < fullSamples) fresh++;
  } else outside |= extendedOutside;
  if (outside != 0) return outside;
  move(step);
  return needsFit(step) ? fitDue : 0;
}

/** `begin` as a call of a platform's loop of steps (engine/platforms/wasm/assembly/calls.ts). */
export function updateVariables(_: usize, step: f64): i32 {
  return begin(step);
}

/** What follows the values of the real variables, as such a call: `components` says where these are, and where their slopes. */
export function biasVariables(components: usize, _: f64): i32 {
  const end = variables + <usize>count * variableBytes;
  for (let v = variables, c = components; v < end; v += variableBytes, c += componentBytes)
    store<f64>(v, load<f64>(<usize>load<i32>(c, componentValue)), real);
  if (!started) return 0;
  springEnergy = pull();
  for (let v = variables, c = components; v < end; v += variableBytes, c += componentBytes) {
    const slope = <usize>load<i32>(c, componentSlope);
    store<f64>(slope, load<f64>(slope) + load<f64>(v, spring));
  }
  return 0;
}

/** BAOAB: the last half kick of the step before, the first of this one, and half a drift before and after the noise. */
export function move(step: f64): void {
  const groups = (count + 2) / 3;
  if (!(step >= ahead && step < ahead + <f64>stepsAhead)) {
    ahead = step - <f64>(<i64>step % stepsAhead);
    for (let g = 0; g < groups; g++) normalsAhead(noiseKey, ahead, stepsAhead, g, noise + <usize>g * 24, groups * 24);
  }
  const dt = timestep;
  let deviate = noise + <usize>(step - ahead) * (<usize>groups * 24);
  for (let v = variables, end = v + <usize>count * variableBytes; v < end; v += variableBytes, deviate += 8) {
    const x = load<f64>(v, value), f = load<f64>(v, force), m = load<f64>(v, mass), length = load<f64>(v, periodLength);
    work += 0.5 * (f + load<f64>(v, forceBefore)) * difference(x - load<f64>(v, valueBefore), length);
    store<f64>(v, f, forceBefore);
    store<f64>(v, x, valueBefore);
    const before = load<f64>(v, velocity) + (dt * (load<f64>(v, spring) + f)) / m;
    const after = decay * before + load<f64>(v, spread) * load<f64>(deviate);
    heat += 0.5 * m * after * after - 0.5 * m * before * before;
    store<f64>(v, after, velocity);
    store<f64>(v, wrapped(x + 0.5 * dt * before + 0.5 * dt * after, load<f64>(v, periodFrom), length), value);
  }
}

/** The forces of the springs and of the bias; returns the energy of the springs. */
export function pull(): f64 {
  let sum: f64 = 0;
  for (let v = variables, end = v + <usize>count * variableBytes; v < end; v += variableBytes) {
    const k = load<f64>(v, stiffness);
    const d = difference(load<f64>(v, real) - load<f64>(v, value), load<f64>(v, periodLength));
    sum += 0.5 * k * d * d;
    store<f64>(v, k * d, spring);
  }
  bin = indexOf(extendedBins, value);
  if (energy != 0) takeOffEnergy();
  else takeOffMean();
  return sum;
}

/** Minus the mean force in the bin. Where the extended variables are and no real one has been, nothing is taken off. */
function takeOffMean(): void {
  const end = variables + <usize>count * variableBytes;
  let part: f64 = 0;
  let n: f64 = 1;
  let sum: usize = 0;
  if (bin >= 0) {
    n = load<f64>(<usize>load<i32>(extendedBins, samples) + (<usize>bin << 3));
    part = partTaken(n, fullSamples, most);
    sum = <usize>load<i32>(extendedBins, sums) + <usize>bin * (<usize>count << 3);
  }
  for (let v = variables; v < end; v += variableBytes) if (load<f64>(v, value) < load<f64>(v, least) || load<f64>(v, value) > load<f64>(v, greatest)) part = 0;
  for (let v = variables; v < end; v += variableBytes, sum += 8) store<f64>(v, part == 0 ? 0 : -part * (load<f64>(sum) / n), force);
}

/** The slope of an energy that is multilinear between the middles of bins, as `ProjectedForce.forceAt` finds it. */
function takeOffEnergy(): void {
  const end = variables + <usize>count * variableBytes;
  placeAmongMiddles(end);
  const energies = <usize>load<i32>(energy, samples);
  if (count == 2) return slopesOfTwo(energies, variables, variables + variableBytes);
  for (let corner = 0; corner < 1 << count; corner++) {
    let index = 0;
    for (let v = variables, c = 0; v < end; v += variableBytes, c++) index += (corner >> c) & 1 ? load<i32>(v, high) : load<i32>(v, low);
    const e = load<f64>(energies + (<usize>index << 3));
    for (let v = variables, c = 0; v < end; v += variableBytes, c++) {
      let share = (corner >> c) & 1 ? load<f64>(v, scale) : -load<f64>(v, scale);
      for (let other = variables, o = 0; other < end; other += variableBytes, o++) {
        if (other != v) share *= (corner >> o) & 1 ? load<f64>(other, along) : 1 - load<f64>(other, along);
      }
      store<f64>(v, load<f64>(v, force) + share * e, force);
    }
  }
}

/** The same sums for two variables, the commonest number, without loops and conditions: a processor guesses badly at what has been out of its sight for a step. */
function slopesOfTwo(energies: usize, v: usize, w: usize): void {
  const v0 = energies + (<usize>load<i32>(v, low) << 3), v1 = energies + (<usize>load<i32>(v, high) << 3);
  const w0 = <usize>load<i32>(w, low) << 3, w1 = <usize>load<i32>(w, high) << 3;
  const e00 = load<f64>(v0 + w0), e10 = load<f64>(v1 + w0), e01 = load<f64>(v0 + w1), e11 = load<f64>(v1 + w1);
  const a = load<f64>(v, along), b = load<f64>(w, along), p = load<f64>(v, scale), q = load<f64>(w, scale);
  const p0 = p * (1 - b), p1 = p * b, q0 = q * (1 - a), q1 = q * a;
  store<f64>(v, p0 * e10 - p0 * e00 - p1 * e01 + p1 * e11, force);
  store<f64>(w, -(q0 * e00) - q1 * e10 + q0 * e01 + q1 * e11, force);
}

function placeAmongMiddles(end: usize): void {
  let stride: f64 = 1;
  let axis = energy + axes;
  for (let v = variables; v < end; v += variableBytes, axis += axisBytes) {
    const x = load<f64>(v, value), first = load<f64>(v, least), last = load<f64>(v, greatest), length = load<f64>(v, periodLength);
    const width = load<f64>(axis, axisWidth), many = load<f64>(axis, axisCount);
    const inside = x >= first && x <= last;
    const at = inside ? x : x < first ? first : last;
    const u = (wrapped(at, load<f64>(v, periodFrom), length) - load<f64>(axis, axisStart)) / width - 0.5;
    const i = Math.floor(u);
    store<f64>(v, 0, force);
    store<f64>(v, u - i, along);
    store<f64>(v, inside ? 1 / width : 0, scale);
    store<i32>(v, <i32>(stride * neighbour(i, many, length != 0)), low);
    store<i32>(v, <i32>(stride * neighbour(i + 1, many, length != 0)), high);
    stride *= many;
  }
}

/** A place along an axis, in the period or no farther than the ends. */
// @ts-ignore: decorator
@inline
function neighbour(i: f64, many: f64, periodic: bool): f64 {
  return periodic ? i - many * Math.floor(i / many) : Math.max(0, Math.min(many - 1, i));
}
