/**
 * Runs recorded passes of the network, the same instructions on every thread. Operations on sites alone are done range by range, always by the
 * same thread, and need no waiting between them.
 */
import { barrier, staticEnd, staticFirst } from '../../../../engine/threads/assembly/threads';
import { ranges } from '../../assembly/tiles';
import { activate, activationSlope, add, addActivationCurvature, addBias, broadcastOutput, embed, multiply, readout, zero } from './dense';
import { addSlopes, convolve, convolveReverse, convolveTangent } from './filters';
import { gradeBias, gradeEmbedding, gradeFilters, gradeMatrix } from './gradients';
import {
  firstAlongEdges, firstGradient, instructionWords, opActivate, opActivationSlope, opAdd, opAddActivationCurvature, opAddBias, opAddSlopes,
  opBroadcastOutput, opConvolve, opConvolveReverse, opConvolveTangent, opEmbed, opGradeBias, opGradeEmbedding, opGradeFilters, opGradeMatrix,
  opGradeOutput, opMultiply, opReadout, opZero,
} from './layout';
import { energyScale } from './network';

/** Runs so many instructions, and returns when all threads have. */
export function run(program: usize, count: i32): void {
  // Of other threads since the last barrier: what this one may be about to read, and what they may still be reading.
  let written = true, reading = false;
  for (let k = 0; k < count; k++) {
    const at = program + <usize>(k * instructionWords) * 4;
    const op = load<i32>(at);
    if (op < firstAlongEdges) {
      if (reading) barrier();
      reading = false;
      for (let range = staticFirst(ranges); range < staticEnd(ranges); range++) onRange(op, range, at);
      written = true;
    } else if (op < firstGradient) {
      if (written || reading) barrier();
      alongEdges(op, at); // ends with a barrier
      written = reading = false;
    } else {
      if (written) barrier();
      written = false;
      grade(op, at);
      reading = true;
    }
  }
  barrier();
}

// @ts-ignore: decorator
@inline
function argument(at: usize, k: usize): usize {
  return <usize>load<u32>(at + 4 * k);
}

function onRange(op: i32, range: i32, at: usize): void {
  const a = argument(at, 1), b = argument(at, 2), c = argument(at, 3), d = argument(at, 4);
  switch (op) {
    case opEmbed: return embed(range, a);
    case opZero: return zero(range, a);
    case opAdd: return add(range, a, b);
    case opAddBias: return addBias(range, a, b);
    case opMultiply: return multiply(range, a, b, c);
    case opActivate: return activate(range, a, b);
    case opActivationSlope: return activationSlope(range, a, b, c);
    case opAddActivationCurvature: return addActivationCurvature(range, a, b, c, d);
    case opReadout: return readout(range, a, b);
    case opBroadcastOutput: return broadcastOutput(range, a, b);
    default: unreachable();
  }
}

function alongEdges(op: i32, at: usize): void {
  const a = argument(at, 1), b = argument(at, 2), c = argument(at, 3), d = argument(at, 4);
  switch (op) {
    case opConvolve: return convolve(a, b, <i32>c);
    case opConvolveReverse: return convolveReverse(a, b, c, <i32>d);
    case opAddSlopes: return addSlopes(a, b, <i32>c);
    case opConvolveTangent: return convolveTangent(a, b, c, <i32>d);
    default: unreachable();
  }
}

function grade(op: i32, at: usize): void {
  const a = argument(at, 1), b = argument(at, 2), c = argument(at, 3), d = argument(at, 4), e = argument(at, 5);
  switch (op) {
    case opGradeMatrix: return gradeMatrix(a, b, c);
    case opGradeBias: return gradeBias(a, b, 1);
    case opGradeEmbedding: return gradeEmbedding(a);
    case opGradeOutput: return gradeBias(a, b, <f32>energyScale);
    case opGradeFilters: return gradeFilters(<i32>a, b, c, d, e);
    default: unreachable();
  }
}
