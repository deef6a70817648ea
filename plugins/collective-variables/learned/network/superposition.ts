/** Superposition of points on a reference by the kernel: `math/alignment.ts` for points of one weight, in a memory that a network can share. */
import * as layout from './assembly/alignment-layout.ts';
import { PointKernel } from './point-kernel.ts';

type Rows<T> = Readonly<Record<'points' | 'aligned' | 'slopes', T>>;

/** Rows are all x, then all y, then all z of the points, each padded to an even number. Nothing is allocated after the first `align`. */
export class Superposition {
  /** Address of the block, for kernels. */
  readonly block: number;
  /** Numbers of a row. */
  readonly row: number;
  /** Addresses of its rows. */
  readonly rows: Rows<number>;
  /** What the kernel has pulled back last, 3 an atom. */
  readonly gradient: Float64Array;
  private readonly kernel: PointKernel;
  /** Where the coordinates of its atoms begin. */
  private readonly starts: Int32Array;
  private readonly views: Rows<Float64Array>;

  /** @param reference 3n; @param atoms n, the particles of a system that are superposed */
  constructor(reference: Float64Array, atoms: Int32Array, kernel = new PointKernel()) {
    const n = atoms.length;
    const row = n + (n % 2);
    const room = (): number => kernel.allocate(3 * row);
    this.row = row;
    this.starts = atoms.map((i) => 3 * i);
    this.kernel = kernel;
    this.block = kernel.allocateBytes(layout.blockBytes);
    this.rows = { points: room(), aligned: room(), slopes: room() };
    const [own, centred, pulled, work] = [room(), room(), room(), room()];
    const target = kernel.view(own, 3 * row);
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
      [layout.blockGradient, pulled],
      [layout.blockGradientRows, work],
    ];
    const words = kernel.integers(this.block, layout.blockBytes / 4);
    for (const [at, value] of header) words[at / 4] = value;
    const numbers = kernel.view(this.block, layout.blockBytes / 8);
    numbers[layout.blockSpread / 8] = spread;
    numbers[layout.blockShare / 8] = 1 / n;
    this.views = {
      points: kernel.view(points, 3 * row),
      aligned: kernel.view(aligned, 3 * row),
      slopes: kernel.view(slopes, 3 * row),
    };
    this.gradient = kernel.view(pulled, 3 * n);
  }

  /** Reads the points out of the positions of a system. */
  gather(positions: Float64Array): void {
    const { starts, row } = this;
    const { points } = this.views;
    for (let a = 0, b = row, c = 2 * row; a < starts.length; a++, b++, c++) {
      const i = starts[a];
      points[a] = positions[i];
      points[b] = positions[i + 1];
      points[c] = positions[i + 2];
    }
  }

  /** Writes the superposed points of a system, 3 an atom. */
  align(positions: Float64Array, out: Float64Array): void {
    this.gather(positions);
    this.kernel.exports.alignPoints(this.block);
    const { aligned } = this.views;
    for (let a = 0; a < this.starts.length; a++) for (let k = 0; k < 3; k++) out[3 * a + k] = aligned[k * this.row + a];
  }

  /** From the derivative of something by the superposed points to that by the points of the last `align`; 3 an atom each, good until the next call. */
  pullBack(slopes: Float64Array): Float64Array {
    const { slopes: rows } = this.views;
    for (let a = 0; a < this.starts.length; a++) for (let k = 0; k < 3; k++) rows[k * this.row + a] = slopes[3 * a + k];
    this.kernel.exports.pullBackPoints(this.block);
    return this.gradient;
  }
}
