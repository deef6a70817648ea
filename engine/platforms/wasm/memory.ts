/** Typed views of regions of the wasm memory, and the state's arrays, which are viewed anew whenever the memory has grown. */
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

/** The arrays of the master state. */
export class StateViews {
  private readonly kernel: Kernel;
  private readonly particles: number;
  private buffer: ArrayBufferLike | null = null;
  private x: Float64Array = new Float64Array(0);
  private v: Float64Array = new Float64Array(0);
  private f: Float64Array = new Float64Array(0);

  constructor(kernel: Kernel, particles: number) {
    this.kernel = kernel;
    this.particles = particles;
  }

  get positions(): Float64Array {
    this.refresh();
    return this.x;
  }

  get velocities(): Float64Array {
    this.refresh();
    return this.v;
  }

  get forces(): Float64Array {
    this.refresh();
    return this.f;
  }

  private refresh(): void {
    const { kernel, particles } = this;
    if (this.buffer === kernel.memory.buffer) return;
    this.buffer = kernel.memory.buffer;
    this.x = doublesAt(kernel, kernel.positions.value, 3 * particles);
    this.v = doublesAt(kernel, kernel.velocities.value, 3 * particles);
    this.f = doublesAt(kernel, kernel.forces.value, 3 * particles);
  }
}
