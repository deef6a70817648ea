/** Writes the passes of a network down as instructions for the kernel's threads (assembly/passes.ts), once for all evaluations. */
import * as layout from './assembly/layout.ts';
import type { FeatureOperations } from './network.ts';

/** Where what the instructions name lies in the kernel's memory. */
export interface RecorderMemory {
  /** A new array of features. */
  array(): number;
  /** Addresses of the dense parameters, and of the same with transposed matrices. */
  readonly weights: number;
  readonly transposed: number;
}

/** Bytes of a parameter. */
const width = 4;

/** Handles are addresses. Offsets of parameters are given on as bytes. */
export class Recorder implements FeatureOperations<number> {
  private readonly memory: RecorderMemory;
  private words: number[] = [];

  constructor(memory: RecorderMemory) {
    this.memory = memory;
  }

  /** The instructions that a pass consists of. */
  record(pass: () => void): Int32Array {
    this.words = [];
    pass();
    return Int32Array.from(this.words);
  }

  private write(...instruction: number[]): void {
    for (let k = 0; k < layout.instructionWords; k++) this.words.push(instruction[k] ?? 0);
  }

  array(): number {
    return this.memory.array();
  }

  embed(out: number): void {
    this.write(layout.opEmbed, out);
  }

  zero(out: number): void {
    this.write(layout.opZero, out);
  }

  add(out: number, v: number): void {
    this.write(layout.opAdd, out, v);
  }

  addBias(out: number, bias: number): void {
    this.write(layout.opAddBias, out, width * bias);
  }

  multiply(out: number, v: number, matrix: number): void {
    this.write(layout.opMultiply, out, v, this.memory.weights + width * matrix);
  }

  multiplyTransposed(out: number, v: number, matrix: number): void {
    this.write(layout.opMultiply, out, v, this.memory.transposed + width * matrix);
  }

  activate(out: number, z: number): void {
    this.write(layout.opActivate, out, z);
  }

  activationSlope(out: number, z: number, v: number): void {
    this.write(layout.opActivationSlope, out, z, v);
  }

  addActivationCurvature(out: number, z: number, u: number, v: number): void {
    this.write(layout.opAddActivationCurvature, out, z, u, v);
  }

  /** The kernel keeps the energy. */
  readout(y: number, output: number): number {
    this.write(layout.opReadout, y, width * output);
    return 0;
  }

  broadcastOutput(out: number, output: number): void {
    this.write(layout.opBroadcastOutput, out, width * output);
  }

  convolve(out: number, v: number, layer: number): void {
    this.write(layout.opConvolve, out, v, layer);
  }

  convolveReverse(xBar: number | null, x: number, mBar: number, layer: number): void {
    if (xBar === null) this.write(layout.opAddSlopes, x, mBar, layer);
    else this.write(layout.opConvolveReverse, xBar, x, mBar, layer);
  }

  convolveTangent(out: number, vDot: number, v: number, layer: number): void {
    this.write(layout.opConvolveTangent, out, vDot, v, layer);
  }

  gradeMatrix(matrix: number, u: number, v: number): void {
    this.write(layout.opGradeMatrix, width * matrix, u, v);
  }

  gradeBias(bias: number, v: number): void {
    this.write(layout.opGradeBias, width * bias, v);
  }

  gradeEmbedding(v: number): void {
    this.write(layout.opGradeEmbedding, v);
  }

  gradeOutput(output: number, v: number): void {
    this.write(layout.opGradeOutput, width * output, v);
  }

  gradeFilters(layer: number, x: number, mBar: number, xDot: number, mBarDot: number): void {
    this.write(layout.opGradeFilters, layer, x, mBar, xDot, mBarDot);
  }
}
