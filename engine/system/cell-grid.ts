/** A grid of cells for finding the points near a place, in any box; used while systems are built (the engine's pair lists are elsewhere). */
import { type Box, minimumImage } from './box.ts';

const tableSize = 1 << 16;

/** Points are added one at a time; `near` visits all within `width` of a place, across periodic boundaries. */
export class CellGrid {
  private readonly box: Box;
  private readonly width: number;
  private readonly cells: readonly number[] | null;
  /** Offsets of the cells to look into along each axis; with one or two cells along an axis none may be visited twice. */
  private readonly ranges: readonly (readonly [number, number])[];
  /** Points by hash of their cell: open boxes have no bounds, so cells are hashed in every case. */
  private readonly heads = new Int32Array(tableSize).fill(-1);
  private count = 0;
  private next: Int32Array;
  private index: Int32Array;
  /** Cells and places, three numbers a point. */
  private cellOf: Int32Array;
  private points: Float64Array;
  private readonly d = new Float64Array(3);
  private readonly home = new Int32Array(3);

  /**
   * @param width the largest distance that `near` will be asked for
   * @param expected how many points there may be; more are possible
   */
  constructor(box: Box, width: number, expected = 1024) {
    this.next = new Int32Array(expected);
    this.index = new Int32Array(expected);
    this.cellOf = new Int32Array(3 * expected);
    this.points = new Float64Array(3 * expected);
    this.box = box;
    this.width = width;
    const v = box.vectors;
    this.cells = v ? faceDistances(v).map((distance) => Math.max(1, Math.floor(distance / width))) : null;
    this.ranges = [0, 1, 2].map((axis) => {
      const n = this.cells?.[axis] ?? 3;
      return n === 1 ? [0, 0] : n === 2 ? [0, 1] : [-1, 1];
    });
  }

  /** Adds a point; `index` is what `near` reports. */
  add(index: number, x: number, y: number, z: number): void {
    if (this.count === this.index.length) this.grow();
    this.locate(x, y, z);
    const p = this.count++;
    const bucket = hash(this.home[0], this.home[1], this.home[2]);
    this.next[p] = this.heads[bucket];
    this.heads[bucket] = p;
    this.cellOf.set(this.home, 3 * p);
    this.points[3 * p] = x;
    this.points[3 * p + 1] = y;
    this.points[3 * p + 2] = z;
    this.index[p] = index;
  }

  /** Takes back the point added last, which must have been added under `index`. */
  remove(index: number): void {
    const p = this.count - 1;
    if (this.index[p] !== index) throw new RangeError(`point ${index} is not the last of the grid`);
    this.heads[hash(this.cellOf[3 * p], this.cellOf[3 * p + 1], this.cellOf[3 * p + 2])] = this.next[p];
    this.count--;
  }

  private grow(): void {
    const larger = <A extends Int32Array | Float64Array>(old: A, empty: A): A => {
      empty.set(old);
      return empty;
    };
    this.next = larger(this.next, new Int32Array(2 * this.next.length));
    this.index = larger(this.index, new Int32Array(2 * this.index.length));
    this.cellOf = larger(this.cellOf, new Int32Array(2 * this.cellOf.length));
    this.points = larger(this.points, new Float64Array(2 * this.points.length));
  }

  /** Calls `visit(index, squared distance)` for the points within `width`; stops early and returns true when it returns true. */
  near(x: number, y: number, z: number, visit: (index: number, r2: number) => boolean): boolean {
    this.locate(x, y, z);
    const a = this.home[0];
    const b = this.home[1];
    const c = this.home[2];
    const limit = this.width * this.width;
    const [ra, rb, rc] = this.ranges;
    for (let k = rc[0]; k <= rc[1]; k++)
      for (let j = rb[0]; j <= rb[1]; j++)
        for (let i = ra[0]; i <= ra[1]; i++) {
          const ca = this.wrap(a + i, 0);
          const cb = this.wrap(b + j, 1);
          const cc = this.wrap(c + k, 2);
          for (let p = this.heads[hash(ca, cb, cc)]; p >= 0; p = this.next[p]) {
            if (this.cellOf[3 * p] !== ca || this.cellOf[3 * p + 1] !== cb || this.cellOf[3 * p + 2] !== cc) continue;
            const r2 = this.squaredDistance(p, x, y, z);
            if (r2 < limit && visit(this.index[p], r2)) return true;
          }
        }
    return false;
  }

  private squaredDistance(p: number, x: number, y: number, z: number): number {
    const d = this.d;
    d[0] = this.points[3 * p] - x;
    d[1] = this.points[3 * p + 1] - y;
    d[2] = this.points[3 * p + 2] - z;
    minimumImage(this.box, d);
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
  }

  private wrap(cell: number, axis: number): number {
    if (!this.cells) return cell;
    const n = this.cells[axis];
    return cell < 0 ? cell + n : cell >= n ? cell - n : cell;
  }

  private locate(x: number, y: number, z: number): void {
    const v = this.box.vectors;
    if (!v || !this.cells) {
      this.home[0] = Math.floor(x / this.width);
      this.home[1] = Math.floor(y / this.width);
      this.home[2] = Math.floor(z / this.width);
      return;
    }
    const fz = z / v[8];
    const fy = (y - fz * v[7]) / v[4];
    const fx = (x - fy * v[3] - fz * v[6]) / v[0];
    this.home[0] = cellAt(fx, this.cells[0]);
    this.home[1] = cellAt(fy, this.cells[1]);
    this.home[2] = cellAt(fz, this.cells[2]);
  }
}

function cellAt(fraction: number, cells: number): number {
  return Math.min(cells - 1, Math.floor((fraction - Math.floor(fraction)) * cells));
}

function hash(a: number, b: number, c: number): number {
  return (Math.imul(a, 73856093) ^ Math.imul(b, 19349663) ^ Math.imul(c, 83492791)) & (tableSize - 1);
}

/** Distances between opposite faces of a lower-triangular cell. */
function faceDistances(v: Float64Array): number[] {
  const [ax, , , bx, by, , cx, cy, cz] = v;
  const bc = Math.sqrt(square(by * cz) + square(bx * cz) + square(bx * cy - by * cx));
  const ca = Math.sqrt(square(ax * cz) + square(ax * cy));
  return [(ax * by * cz) / bc, (by * cz * ax) / ca, cz];
}

function square(x: number): number {
  return x * x;
}
