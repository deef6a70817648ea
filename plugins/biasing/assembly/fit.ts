/**
 * An energy on the middles of bins whose differences are as near as can be to those that mean forces ask for: `ProjectedForce.fit` with `differences`
 * and `solve` of integrate.ts, operation by operation.
 */
import {
  axes, axisBytes, axisCount, axisWidth, fitIndicesOfEdge, fitNumbersOfBin, periodLength, samples, sums, variableBytes,
} from './layout';

/** The part of the mean force that is taken off with n samples, of which `full` make it `most`. */
// @ts-ignore: decorator
@inline
export function partTaken(n: f64, full: f64, most: f64): f64 {
  const half = 0.5 * full;
  return n >= full ? most : n > half ? most * ((n - half) / half) : 0;
}

/** Edges between neighbouring bins: where both have their numbers (i32, bytes from those of the first bin), how strongly each counts, and the difference along it. */
let edges: i32 = 0;
let ends: usize = 0;
let strengths: usize = 0;
let steps: usize = 0;

/** Minus the part of the mean force in a bin along an axis that is taken off, which is the slope of the energy. */
// @ts-ignore: decorator
@inline
function slope(bins: usize, bin: i32, axis: i32, count: i32, full: f64, most: f64): f64 {
  const n = load<f64>(<usize>load<i32>(bins, samples) + (<usize>bin << 3));
  const mean = n > 0 ? load<f64>(<usize>load<i32>(bins, sums) + (<usize>(bin * count + axis) << 3)) / n : 0;
  return -partTaken(n, full, most) * mean;
}

// @ts-ignore: decorator
@inline
function weight(bins: usize, bin: i32): f64 {
  return 1 + load<f64>(<usize>load<i32>(bins, samples) + (<usize>bin << 3));
}

function makeEdges(bins: usize, grid: usize, variables: usize, count: i32, full: f64, most: f64, total: i32): void {
  edges = 0;
  for (let bin = 0; bin < total; bin++) {
    let stride = 1;
    let rest = bin;
    for (let axis = 0; axis < count; axis++) {
      const own = grid + axes + <usize>axis * axisBytes;
      const many = <i32>load<f64>(own, axisCount);
      const periodic = load<f64>(variables + <usize>axis * variableBytes, periodLength) != 0;
      const i = rest % many;
      const next = i + 1 < many ? bin + stride : periodic && many > 2 ? bin - (many - 1) * stride : -1;
      if (next >= 0) {
        const at = <usize>edges << 3;
        store<i32>(ends + at, bin << 3);
        store<i32>(ends + at, next << 3, 4);
        const a = weight(bins, bin), b = weight(bins, next);
        store<f64>(strengths + at, (a * b) / (a + b));
        store<f64>(steps + at, 0.5 * load<f64>(own, axisWidth) * (slope(bins, bin, axis, count, full, most) + slope(bins, next, axis, count, full, most)));
        edges++;
      }
      rest /= many;
      stride *= many;
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, x: f64): void {
  store<f64>(at, load<f64>(at) + x);
}

/** Conjugate gradients with the diagonal as preconditioner, from the energy as it is. */
export function fitEnergy(bins: usize, grid: usize, variables: usize, count: i32, full: f64, most: f64, tolerance: f64, room: usize): void {
  let total = 1;
  for (let axis = 0; axis < count; axis++) total *= <i32>load<f64>(grid + axes + <usize>axis * axisBytes, axisCount);
  const row = <usize>total << 3;
  const x = <usize>load<i32>(grid, samples);
  const inverse = room, source = room + row, r = room + 2 * row, z = room + 3 * row, p = room + 4 * row, ap = room + 5 * row;
  ends = room + fitNumbersOfBin * row;
  strengths = ends + <usize>(total * count) * (4 * fitIndicesOfEdge);
  steps = strengths + <usize>(total * count) * 8;
  makeEdges(bins, grid, variables, count, full, most, total);
  memory.fill(room, 0, 3 * row);
  const end = <usize>edges << 3;
  for (let e: usize = 0; e < end; e += 8) {
    const i = <usize>load<i32>(ends + e), j = <usize>load<i32>(ends + e, 4);
    const strength = load<f64>(strengths + e), step = load<f64>(steps + e);
    addTo(inverse + i, strength);
    addTo(inverse + j, strength);
    addTo(source + i, -(strength * step));
    addTo(source + j, strength * step);
    const flow = strength * (step - load<f64>(x + j) + load<f64>(x + i));
    addTo(r + i, -flow);
    addTo(r + j, flow);
  }
  let least: f64 = 0, rz: f64 = 0;
  for (let i: usize = 0; i < row; i += 8) {
    const diagonal = load<f64>(inverse + i);
    const own = diagonal > 0 ? 1 / diagonal : 0;
    store<f64>(inverse + i, own);
    store<f64>(z + i, load<f64>(r + i) * own);
    store<f64>(p + i, load<f64>(z + i));
    rz += load<f64>(r + i) * load<f64>(z + i);
    least += load<f64>(source + i) * load<f64>(source + i) * own;
  }
  least *= tolerance * tolerance;
  for (let iteration = 0; iteration < 20 * total && rz > least && rz > 0; iteration++) {
    multiply(p, ap, row);
    let pap: f64 = 0;
    for (let i: usize = 0; i < row; i += 8) pap += load<f64>(p + i) * load<f64>(ap + i);
    const alpha = rz / pap;
    let next: f64 = 0;
    for (let i: usize = 0; i < row; i += 8) {
      addTo(x + i, alpha * load<f64>(p + i));
      const left = load<f64>(r + i) - alpha * load<f64>(ap + i);
      store<f64>(r + i, left);
      store<f64>(z + i, left * load<f64>(inverse + i));
      next += left * load<f64>(z + i);
    }
    const beta = next / rz;
    for (let i: usize = 0; i < row; i += 8) store<f64>(p + i, load<f64>(z + i) + beta * load<f64>(p + i));
    rz = next;
  }
}

function multiply(p: usize, ap: usize, row: usize): void {
  memory.fill(ap, 0, row);
  const end = <usize>edges << 3;
  for (let e: usize = 0; e < end; e += 8) {
    const i = <usize>load<i32>(ends + e), j = <usize>load<i32>(ends + e, 4);
    const flow = load<f64>(strengths + e) * (load<f64>(p + i) - load<f64>(p + j));
    addTo(ap + i, flow);
    addTo(ap + j, -flow);
  }
}
