/** The memory of one instance of the network kernels, given out piece by piece. */
import { requiredModule } from '../../../../engine/index.ts';
import { kernelBinary } from '../assembly/binary.ts';

type Call = (...numbers: number[]) => number;
export type Precision = 'f32' | 'f64';

/** Operations on batches; addresses and counts as in `assembly/batch.ts`. */
export interface BatchOperations {
  readonly affine: Call;
  readonly transposed: Call;
  readonly outer: Call;
  readonly sums: Call;
  readonly activate: Call;
  readonly multiply: Call;
  readonly accumulate: Call;
  readonly reverseTangent: Call;
  readonly metric: Call;
}

const kernelModule = requiredModule(kernelBinary, 'learned variables');

const page = 65536;

/** Gives out memory that is never given back; `view` is good until the next `allocate`. */
export class Arena {
  readonly precision: Precision;
  /** Bytes a number. */
  readonly size: number;
  readonly operations: BatchOperations;
  readonly exports: Readonly<Record<string, Call>>;
  readonly memory: WebAssembly.Memory;
  private top: number;

  constructor(precision: Precision) {
    this.precision = precision;
    this.size = precision === 'f32' ? 4 : 8;
    const instance = new WebAssembly.Instance(kernelModule());
    this.exports = instance.exports as unknown as Readonly<Record<string, Call>>;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.top = (this.exports.heapBase() + 63) & ~63;
    const suffix = precision === 'f32' ? '32' : '64';
    const named = (name: string): Call => this.exports[`${name}${suffix}`];
    this.operations = {
      affine: named('affine'),
      transposed: named('transposed'),
      outer: named('outer'),
      sums: named('sums'),
      activate: named('activate'),
      multiply: named('multiply'),
      accumulate: named('accumulate'),
      reverseTangent: named('reverseTangent'),
      metric: named('metric'),
    };
  }

  /** The address of `count` numbers, zero, at a multiple of 64 bytes. */
  allocate(count: number): number {
    return this.allocateBytes(count * this.size);
  }

  allocateBytes(bytes: number): number {
    const address = this.top;
    this.top = (address + bytes + 63) & ~63;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / page));
    return address;
  }

  view(address: number, count: number): Float32Array | Float64Array {
    return this.precision === 'f32'
      ? new Float32Array(this.memory.buffer, address, count)
      : new Float64Array(this.memory.buffer, address, count);
  }
}
