/** An instance of the kernels of single points (assembly/kernel.ts), on a memory of its own or on that of a platform. */
import { importsOf, type KernelMemory, OwnMemory, requiredModule } from '../../../../engine/index.ts';
import { kernelBinary } from './assembly/binary.ts';

const kernelModule = requiredModule(kernelBinary, 'learned variables');

/** The exports of assembly/kernel.ts. Addresses are numbers. */
export interface PointExports {
  heapBase(): number;
  alignPoints(block: number): void;
  pullBackPoints(block: number): void;
  forwardPoint(description: number, input: number): void;
  reversePoint(description: number, bar: number, gradient: number, scratch: number, scratchBytes: number): void;
  evaluatePoint(
    description: number,
    input: number,
    bar: number,
    outputs: number,
    gradient: number,
    scratch: number,
    scratchBytes: number,
  ): void;
  valuesOfRows(variable: number): void;
  gradientOf(variable: number): void;
  forwardVariable(variable: number, step: number): number;
  reverseVariable(variable: number, step: number): number;
}

export class PointKernel {
  readonly exports: PointExports;
  readonly memory: WebAssembly.Memory;
  private readonly home: KernelMemory;

  constructor(home?: KernelMemory) {
    const own = home ? null : new OwnMemory();
    this.home = home ?? (own as OwnMemory);
    this.memory = this.home.memory;
    this.exports = new WebAssembly.Instance(kernelModule(), importsOf(this.memory)).exports as unknown as PointExports;
    own?.startAt(this.exports.heapBase());
  }

  /** The address of so many numbers (f64), all zero. */
  allocate(count: number): number {
    return this.home.allocate(8 * count);
  }

  allocateBytes(bytes: number): number {
    return this.home.allocate(bytes);
  }

  view(address: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }
}
