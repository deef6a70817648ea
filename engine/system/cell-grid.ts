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
  private readonly next: number[] = [];
  private readonly cellOf: number[] = [];
  private readonly points: number[] = [];
  private readonly index: number[] = [];
  private readonly d = new Float64Array(3);
  private readonly home = new Int32Array(3);

  /** @param width the largest distance that `near` will be asked for */
  constructor(box: Box, width: number) {
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
    this.locate(x, y, z);
    const a = this.home[0];
    const b = this.home[1];
    const c = this.home[2];
    const bucket = hash(a, b, c);
    this.next.push(this.heads[bucket]);
    this.heads[bucket] = this.index.length;
    this.cellOf.push(a, b, c);
    this.points.push(x, y, z);
    this.index.push(index);
  }

  /** Takes back the point added last under `index`. Points must be removed in the reverse order of their addition. */
  remove(index: number): void {
    const p = this.index.length - 1;
    if (this.index[p] !== index) throw new RangeError(`point ${index} is not the last of the grid`);
    const bucket = hash(this.cellOf[3 * p], this.cellOf[3 * p + 1], this.cellOf[3 * p + 2]);
    this.heads[bucket] = this.next[p];
    this.index.pop();
    this.next.pop();
    this.cellOf.length = 3 * p;
    this.points.length = 3 * p;
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
