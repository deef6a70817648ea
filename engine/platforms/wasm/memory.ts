/** Typed views of regions of the wasm memory. */
import type { Kernel } from './module.ts';

export function doublesAt(kernel: Kernel, address: number, length: number): Float64Array {
  return new Float64Array(kernel.memory.buffer, address, length);
}

export function intsAt(kernel: Kernel, address: number, length: number): Int32Array {
  return new Int32Array(kernel.memory.buffer, address, length);
}

export function floatsAt(kernel: Kernel, address: number, length: number): Float32Array {
  return new Float32Array(kernel.memory.buffer, address, length);
}

/** The arrays of the master state, once it has been created: the memory is shared, and views of shared memory stay good when it grows. */
export class StateViews {
  private readonly kernel: Kernel;
  private readonly particles: number;
  private x: Float64Array | null = null;
  private v: Float64Array | null = null;
  private f: Float64Array | null = null;

  constructor(kernel: Kernel, particles: number) {
    this.kernel = kernel;
    this.particles = particles;
  }

  get positions(): Float64Array {
    this.x ??= this.view(this.kernel.positions);
    return this.x;
  }

  get velocities(): Float64Array {
    this.v ??= this.view(this.kernel.velocities);
    return this.v;
  }

  get forces(): Float64Array {
    this.f ??= this.view(this.kernel.forces);
    return this.f;
  }

  private view(address: WebAssembly.Global): Float64Array {
    return doublesAt(this.kernel, address.value, 3 * this.particles);
  }
}
