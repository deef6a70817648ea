/** Memory that is given out piece by piece to a WebAssembly kernel: that of a platform, or one of the kernel's own. */
import { SimulationError } from '../errors.ts';
import { sharedMemory } from './module.ts';

export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** The address of so many bytes, all zero, at a multiple of 64. They are never given back. @throws SimulationError where there are no more */
  allocate(bytes: number): number;
}

const page = 65536;

/** A memory that nobody else knows; shared all the same, for views of such a memory stay good when it grows. */
export class OwnMemory implements KernelMemory {
  readonly memory = sharedMemory();
  private top = 0;
  private readonly whose: string;
  private readonly remedy: string;

  /** @param whose and what helps, for the message when it is full */
  constructor(whose = 'a WebAssembly kernel', remedy = '') {
    this.whose = whose;
    this.remedy = remedy;
  }

  /** @param first address behind the constants of the kernel */
  startAt(first: number): void {
    this.top = Math.ceil(first / 64) * 64;
  }

  allocate(bytes: number): number {
    const address = this.top;
    this.top = Math.ceil((address + bytes) / 64) * 64;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.grow(Math.ceil(missing / page));
    return address;
  }

  private grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch {
      const megabytes = Math.round(this.memory.buffer.byteLength / 2 ** 20);
      throw new SimulationError(`${this.whose} has no more memory; it holds ${megabytes} MB${this.remedy && `. ${this.remedy}`}`);
    }
  }
}
