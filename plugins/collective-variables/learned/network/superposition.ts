/** Superposition of points on a reference by the kernel: `math/alignment.ts` for points of one weight, in a memory that a network can share. */
import * as layout from '../assembly/alignment-layout.ts';
import { Arena } from './arena.ts';

type Rows<T> = Readonly<Record<'points' | 'aligned' | 'slopes', T>>;

/** Rows are all x, then all y, then all z of the points, each padded to an even number. Nothing is allocated after the first `align`. */
export class Superposition {
  /** Address of the block, for kernels. */
  readonly block: number;
  /** Numbers of a row. */
  readonly row: number;
  /** Addresses of its rows. */
  readonly rows: Rows<number>;
  private readonly arena: Arena;
  /** Where the coordinates of its atoms begin. */
  private readonly starts: Int32Array;
  private readonly pulled: number;
  private taken: (Rows<Float64Array> & { readonly gradient: Float64Array }) | null = null;

  /** @param reference 3n; @param atoms n, the particles of a system that are superposed; @param arena of double precision */
  constructor(reference: Float64Array, atoms: Int32Array, arena = new Arena('f64')) {
    const n = atoms.length;
    const row = n + (n % 2);
    const room = (): number => arena.allocate(3 * row);
    this.row = row;
    this.starts = atoms.map((i) => 3 * i);
    this.arena = arena;
    this.block = arena.allocateBytes(layout.blockBytes);
    this.rows = { points: room(), aligned: room(), slopes: room() };
    this.pulled = room();
    const [own, centred, work] = [room(), room(), room()];
    const target = arena.view(own, 3 * row);
    let spread = 0;
    for (let k = 0; k < 3; k++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += reference[3 * i + k] / n;
      for (let i = 0; i < n; i++) {
        target[k * row + i] = reference[3 * i + k] - mean;
        spread += target[k * row + i] ** 2;
      }
    }
    const { points, aligned, slopes } = this.rows;
    const header: [number, number][] = [
      [layout.blockAtoms, n],
      [layout.blockRow, 8 * row],
      [layout.blockPoints, points],
      [layout.blockReference, own],
      [layout.blockCentred, centred],
      [layout.blockAligned, aligned],
      [layout.blockSlopes, slopes],
      [layout.blockGradient, this.pulled],
      [layout.blockGradientRows, work],
    ];
    const words = new Int32Array(arena.memory.buffer, this.block, layout.blockBytes / 4);
    for (const [at, value] of header) words[at / 4] = value;
    const numbers = new Float64Array(arena.memory.buffer, this.block, layout.blockBytes / 8);
    numbers[layout.blockSpread / 8] = spread;
    numbers[layout.blockShare / 8] = 1 / n;
  }

  /** Taken at the first use: until then others may allocate in the same memory. */
  private get views(): NonNullable<typeof this.taken> {
    if (this.taken) return this.taken;
    const view = (address: number): Float64Array => this.arena.view(address, 3 * this.row) as Float64Array;
    const { points, aligned, slopes } = this.rows;
    const gradient = view(this.pulled).subarray(0, 3 * this.starts.length);
    this.taken = { points: view(points), aligned: view(aligned), slopes: view(slopes), gradient };
    return this.taken;
  }

  /** Reads the points out of the positions of a system. */
  gather(positions: Float64Array): void {
    const { points } = this.taken ?? this.views;
    const { starts, row } = this;
    for (let a = 0, b = row, c = 2 * row; a < starts.length; a++, b++, c++) {
      const i = starts[a];
      points[a] = positions[i];
      points[b] = positions[i + 1];
      points[c] = positions[i + 2];
    }
  }

  /** What the kernel has pulled back last, 3 an atom. */
  get gradient(): Float64Array {
    return (this.taken ?? this.views).gradient;
  }

  /** Writes the superposed points of a system, 3 an atom. */
  align(positions: Float64Array, out: Float64Array): void {
    this.gather(positions);
    this.arena.exports.alignPoints(this.block);
    const { aligned } = this.views;
    for (let a = 0; a < this.starts.length; a++) for (let k = 0; k < 3; k++) out[3 * a + k] = aligned[k * this.row + a];
  }

  /** From the derivative of something by the superposed points to that by the points of the last `align`; 3 an atom each, good until the next call. */
  pullBack(slopes: Float64Array): Float64Array {
    const { slopes: rows } = this.views;
    for (let a = 0; a < this.starts.length; a++) for (let k = 0; k < 3; k++) rows[k * this.row + a] = slopes[3 * a + k];
    this.arena.exports.pullBackPoints(this.block);
    return this.gradient;
  }
}
