/** WebAssembly modules, and what their instances on a memory that threads share import. */
import { SimulationError } from '../errors.ts';

/** What every kernel that threads run together exports: assembly/threads.ts and assembly/memory.ts have it. */
export interface SharedKernel {
  arenaAddress(): number;
  /** Before and after each job: makes the instance know the memory that other threads have asked for. */
  catchUp(): void;
  /** What an instance of a thread is told once: its number, and how many there are. */
  joinTeam(index: number, threads: number): void;
  /** Called by every thread at the start of each job, where there is one: takes over from the memory what its globals need. */
  enter?(): void;
}

/** @returns what gives the module of a binary in base64, compiled when it is first asked for; null where this machine's WebAssembly cannot run it */
export function lazyModule(binary: string): () => WebAssembly.Module | null {
  let compiled: WebAssembly.Module | null | undefined;
  return () => {
    if (compiled === undefined) {
      const bytes = Uint8Array.from(atob(binary), (c) => c.charCodeAt(0));
      compiled = typeof WebAssembly === 'object' && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
    }
    return compiled;
  };
}

/** The same for what cannot do without: @throws SimulationError that says who needs it, where it cannot be run */
export function requiredModule(binary: string, whoNeed: string): () => WebAssembly.Module {
  const module = lazyModule(binary);
  return () => {
    const compiled = module();
    if (!compiled) throw new SimulationError(`${whoNeed} need WebAssembly with SIMD and threads; use a newer Node`);
    return compiled;
  };
}

/** Pages of 64 kB that a memory starts with. */
const firstPages = 16;
/** The most that 32-bit addresses reach. */
const mostPages = 65536;

export function sharedMemory(mostPagesOfIt = mostPages): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.min(firstPages, mostPagesOfIt), maximum: mostPagesOfIt, shared: true });
}

/** A table of functions that a module may import; its first place stays empty. */
export function functionTable(): WebAssembly.Table {
  return new WebAssembly.Table({ initial: 1, element: 'anyfunc' });
}

/** What a module on a shared memory may import, by name. `own` has what a module needs besides. */
export function importsOf(memory: WebAssembly.Memory, own: WebAssembly.ModuleImports = {}): WebAssembly.Imports {
  const words = new Int32Array(memory.buffer);
  const env = {
    memory,
    now: () => performance.now(),
    pause: (at: number, value: number) => pause(words, at / 4, value),
    abort,
    ...own,
  };
  return { env };
}

/** Milliseconds after which a thread that sleeps looks by itself, whether or not it is woken. */
const nap = 10;

/** Sleeps if the word is `value`, until it is woken; where the main thread may not (browsers), returns at once. */
export function pause(words: Int32Array, word: number, value: number): void {
  try {
    Atomics.wait(words, word, value, nap);
  } catch {
    // A page's own thread: it goes on looking.
  }
}

function abort(): never {
  throw new SimulationError('a WebAssembly kernel stopped');
}
