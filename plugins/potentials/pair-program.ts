/** WebAssembly kernels over pairs of points, on a memory of their own that threads share. */
import {
  type Box,
  importsOf,
  isOrthorhombic,
  type Program,
  type SharedKernel,
  sharedMemory,
  Threads,
} from '../../engine/index.ts';

/** What kernels over pairs of points export (assembly/). */
export interface PairKernel extends SharedKernel {
  allocate(bytes: number): number;
  createList(): number;
  listBuilds(): number;
}

/** Points that are worth a range of their own, and most ranges (a power of two): tiles of a few points only cost time. */
const pointsPerRange = 32;
const mostRanges = 8;

/** Ranges that so many points are divided into: by their number alone, so that sums do not depend on threads. */
export function rangesOf(points: number): number {
  let ranges = 1;
  while (ranges < mostRanges && points / (2 * ranges) >= pointsPerRange) ranges *= 2;
  return ranges;
}

/** The points of a kernel. */
export interface Points {
  readonly count: number;
  readonly cutoff: number;
  /** From the coordinates of one to those of the next. */
  readonly bytes: number;
}

/** The memory of a kernel over pairs of points, its threads and its list. */
export class PairProgram<K extends PairKernel> {
  readonly kernel: K;
  readonly memory: WebAssembly.Memory;
  private readonly program: Program<K>;
  private readonly box: Float64Array;

  /** @param threads that may be used; results have the same bits for any number */
  constructor(module: WebAssembly.Module, points: number, threads: Threads = new Threads()) {
    this.memory = sharedMemory();
    const { exports } = new WebAssembly.Instance(module, importsOf(this.memory));
    this.kernel = exports as unknown as K;
    // More than there are ranges would have nothing to do.
    this.program = threads.load(module, this.memory, this.kernel, rangesOf(points));
    this.box = this.doubles(this.place('box', 88), 11);
  }

  /** Reserves bytes, zeroed. */
  allocate(bytes: number): number {
    return this.kernel.allocate(bytes);
  }

  /** Reserves bytes for the region that the kernel exports under this name; returns its address. */
  place(name: string, bytes: number): number {
    const address = this.allocate(bytes);
    this.set({ [name]: address });
    return address;
  }

  /** Sets globals, on all threads. */
  set(values: Readonly<Record<string, number>>): void {
    this.program.setGlobals(values);
  }

  at(name: string): number {
    return (this.kernel as unknown as Readonly<Record<string, WebAssembly.Global>>)[name].value;
  }

  /** Divides the points into ranges and makes room for their list. The kernel's points begin at `coordinates`. */
  listPairs({ count, cutoff, bytes }: Points, coordinates: number): void {
    this.set({ points: count, cutoff, coordinates, coordinateBytes: bytes, ranges: rangesOf(count) });
    const list = this.kernel.createList();
    this.set({ list, tiles: this.at('tiles') });
  }

  /** Leaves pairs (flat) out of the list. */
  excludePairs(points: number, pairs: Int32Array): void {
    if (pairs.length === 0) return;
    const partners: Set<number>[] = Array.from({ length: points }, () => new Set());
    for (let k = 0; k < pairs.length; k += 2) partners[Math.min(pairs[k], pairs[k + 1])].add(Math.max(pairs[k], pairs[k + 1]));
    const first = new Int32Array(points + 1);
    partners.forEach((of, i) => {
      first[i + 1] = first[i] + of.size;
    });
    const excluded = Int32Array.from(partners.flatMap((of) => [...of].sort((a, b) => a - b)));
    this.ints(this.place('excludedFirst', 4 * first.length), first.length).set(first);
    this.ints(this.place('excluded', 4 * excluded.length), excluded.length).set(excluded);
  }

  /** Writes pairs (flat), the lower number first, where `place` says for each tile of their ranges. */
  shareOut(pairs: Int32Array, place: (a: number, b: number, count: number) => number): void {
    const ranges = this.at('ranges');
    const points = this.at('points');
    const firsts = Array.from({ length: ranges }, (_, r) => Math.floor((points * r) / ranges) & ~3);
    const rangeOf = (point: number): number => firsts.findLastIndex((first) => point >= first);
    const tiles: number[][] = Array.from({ length: ranges * ranges }, () => []);
    for (let k = 0; k < pairs.length; k += 2) {
      const [i, j] = [Math.min(pairs[k], pairs[k + 1]), Math.max(pairs[k], pairs[k + 1])];
      tiles[rangeOf(i) * ranges + rangeOf(j)].push(i, j);
    }
    tiles.forEach((of, t) => {
      if (of.length > 0) this.ints(place(Math.floor(t / ranges), t % ranges, of.length / 2), of.length).set(of);
    });
  }

  /**
   * Has all threads call a function with this box; returns what it returns.
   * @param reach of a list that is made now
   * @throws KernelStopped where a thread stopped
   */
  call(name: string & keyof K, box: Box, reach: number, ...args: readonly number[]): number {
    this.box.fill(0);
    if (box.vectors) this.box.set(box.vectors);
    this.box[9] = box.vectors ? (isOrthorhombic(box) ? 1 : 2) : 0;
    this.box[10] = reach;
    return this.program.all(name, ...args);
  }

  all(name: string & keyof K, ...args: readonly number[]): number {
    return this.program.all(name, ...args);
  }

  ints(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }
}
