/**
 * A variable that is a network of superposed points. With `forwardVariable` and `reverseVariable` a platform's loop of steps finds its values, and
 * takes its forces, where positions and forces lie in the same memory.
 */
import { alignPoints, pullBackPoints } from './alignment';
import { blockAligned, blockAtoms, blockGradient, blockPoints, blockRow, blockSlopes } from './alignment-layout';
import { forwardPoint, reversePoint } from './point';
import {
  evaluations, extrapolations, forces, high, low, ofNetwork, ofSuperposition, outside, positions, scratch, scratchBytes, slopes, slopesBytes, starts,
} from './variable-layout';

// @ts-ignore: decorator
@inline
function address(at: usize, place: usize): usize {
  return <usize>load<i32>(at + place);
}

/** Values at the points in the rows of the superposition; counts what lies outside its bounds. */
export function valuesOfRows(at: usize): void {
  const block = address(at, ofSuperposition);
  alignPoints(block);
  const input = address(block, blockAligned);
  const end = 3 * load<i32>(block, blockRow);
  const least = address(at, low), most = address(at, high);
  let beyond = i64x2.splat(0);
  for (let l = 0; l < end; l += 16) {
    const x = v128.load(input + l);
    beyond = v128.or(beyond, v128.or(f64x2.lt(x, v128.load(least + l)), f64x2.gt(x, v128.load(most + l))));
  }
  store<f64>(at, load<f64>(at, evaluations) + 1, evaluations);
  if (v128.any_true(beyond)) countOutside(at, input, end);
  forwardPoint(address(at, ofNetwork), input);
}

function countOutside(at: usize, input: usize, end: i32): void {
  const least = address(at, low), most = address(at, high), counts = address(at, outside);
  store<f64>(at, load<f64>(at, extrapolations) + 1, extrapolations);
  for (let l = 0; l < end; l += 8) {
    const x = load<f64>(input + l);
    if (x < load<f64>(least + l) || x > load<f64>(most + l)) store<f64>(counts + l, load<f64>(counts + l) + 1);
  }
}

/** Derivative of the combination of the outputs by `slopes`, to the gradient of the superposition. */
// @ts-ignore: decorator
@inline
function gradientOfSlopes(at: usize, block: usize): void {
  reversePoint(address(at, ofNetwork), address(at, slopes), address(block, blockSlopes), address(at, scratch), load<i32>(at, scratchBytes));
  pullBackPoints(block);
}

/** The call of a step (engine/platforms/wasm/assembly/calls.ts): values at the positions of the system; no slopes yet. */
export function forwardVariable(at: usize, _: f64): i32 {
  const block = address(at, ofSuperposition);
  const row = address(block, blockRow);
  const system = address(at, positions);
  let from = address(at, starts);
  let to = address(block, blockPoints);
  for (const end = from + (address(block, blockAtoms) << 2); from < end; from += 4, to += 8) {
    const x = system + <usize>load<i32>(from);
    store<f64>(to, load<f64>(x));
    store<f64>(to + row, load<f64>(x, 8));
    store<f64>(to + 2 * row, load<f64>(x, 16));
  }
  valuesOfRows(at);
  const bar = address(at, slopes), bytes = address(at, slopesBytes);
  for (let l: usize = 0; l < bytes; l += 16) v128.store(bar + l, f64x2.splat(0));
  return 0;
}

/** The call of a step: subtracts the derivative by the positions from the forces of the system. */
export function reverseVariable(at: usize, _: f64): i32 {
  const block = address(at, ofSuperposition);
  gradientOfSlopes(at, block);
  const system = address(at, forces);
  let from = address(at, starts);
  let g = address(block, blockGradient);
  for (const end = from + (address(block, blockAtoms) << 2); from < end; from += 4, g += 24) {
    const f = system + <usize>load<i32>(from);
    v128.store(f, f64x2.sub(v128.load(f), v128.load(g)));
    store<f64>(f, load<f64>(f, 16) - load<f64>(g, 16), 16);
  }
  return 0;
}

/** The derivative alone, to the gradient of the superposition. */
export function gradientOf(at: usize): void {
  gradientOfSlopes(at, address(at, ofSuperposition));
}
