/** Energy maps over two dihedrals (CMAP): periodic bicubic interpolation between grid points. */
import { InputError } from '../errors.ts';
import { Dihedral } from './dihedral.ts';
import type { CustomForceKind } from './terms.ts';

/** Maps, and the torsion pairs that they apply to. */
export interface CmapData {
  /** Eight particles an entry: the first dihedral's four, then the second's. */
  readonly atoms: Int32Array;
  /** The map of each entry. */
  readonly map: Int32Array;
  /** `energy[i + size * j]` at the first angle 2 pi i / size and the second 2 pi j / size, energy units. */
  readonly maps: readonly { readonly size: number; readonly energy: Float64Array }[];
}

const turn = 2 * Math.PI;

/**
 * MacKerell, Feig & Brooks, J. Comput. Chem. 25, 1400 (2004). Within a cell the bicubic polynomial that has the values and the derivatives
 * by either angle and by both at its corners; the derivatives are those of periodic cubic splines through the grid's rows and columns.
 */
export const cmapTorsion: CustomForceKind = {
  name: 'cmap-torsion',
  summary: 'Energy map over two dihedrals (CMAP), bicubic between the points of a grid.',
  status: 'validated',
  schema: {},
  compile(description, context) {
    const { atoms, map, maps } = description.data as CmapData;
    const particles = context.system.structure.mass.length;
    if (atoms.length !== 8 * map.length || !atoms.every((i) => i >= 0 && i < particles) || !map.every((m) => m in maps))
      throw new InputError(
        'system.forces',
        'cmap-torsion names a particle or a map that there is not, or has not eight particles a map',
      );
    const grids = maps.map(({ size, energy }) => new PeriodicGrid(size, energy));
    const [first, second] = [new Dihedral(), new Dihedral()];
    const out = new Float64Array(3);
    return {
      label: description.label ?? 'cmap-torsion',
      compute(x, box, forces, virial) {
        let energy = 0;
        for (let k = 0; k < map.length; k++) {
          const o = 8 * k;
          const phi = first.measure(x, box, atoms[o], atoms[o + 1], atoms[o + 2], atoms[o + 3]);
          const psi = second.measure(x, box, atoms[o + 4], atoms[o + 5], atoms[o + 6], atoms[o + 7]);
          grids[map[k]].evaluate(phi, psi, out);
          energy += out[0];
          first.addForce(-out[1], forces, virial);
          second.addForce(-out[2], forces, virial);
        }
        return energy;
      },
    };
  },
};

/** A function of two angles from its values on a grid. */
class PeriodicGrid {
  private readonly size: number;
  /** At each grid point: value, and its derivatives by the first index, by the second, and by both (in grid steps). */
  private readonly nodes: Float64Array;
  private readonly u = new Float64Array(8);
  private readonly v = new Float64Array(8);

  constructor(size: number, energy: Float64Array) {
    this.size = size;
    const bySecond = derivatives(energy, size, size, 1);
    const byFirst = derivatives(energy, size, 1, size);
    const byBoth = derivatives(bySecond, size, 1, size);
    this.nodes = new Float64Array(4 * size * size);
    energy.forEach((e, k) => {
      this.nodes.set([e, byFirst[k], bySecond[k], byBoth[k]], 4 * k);
    });
  }

  /** Writes the energy and its derivatives by the angles (rad). */
  evaluate(phi: number, psi: number, out: Float64Array): void {
    const { size, nodes, u, v } = this;
    const scale = size / turn;
    const i = weights(phi * scale, size, u);
    const j = weights(psi * scale, size, v);
    let [e, a, b] = [0, 0, 0];
    for (let q = 0; q < 2; q++) {
      const row = ((j + q) % size) * size;
      for (let p = 0; p < 2; p++) {
        const o = 4 * (row + ((i + p) % size));
        const along = u[p] * nodes[o] + u[2 + p] * nodes[o + 1];
        const across = u[p] * nodes[o + 2] + u[2 + p] * nodes[o + 3];
        e += v[q] * along + v[2 + q] * across;
        b += v[4 + q] * along + v[6 + q] * across;
        a +=
          v[q] * (u[4 + p] * nodes[o] + u[6 + p] * nodes[o + 1]) + v[2 + q] * (u[4 + p] * nodes[o + 2] + u[6 + p] * nodes[o + 3]);
      }
    }
    out[0] = e;
    out[1] = a * scale;
    out[2] = b * scale;
  }
}

/**
 * The cell of a place on a periodic grid, and Hermite's cubics there: w = weights of the two values, of the two slopes, and the
 * derivatives of these four.
 */
function weights(place: number, size: number, w: Float64Array): number {
  const wrapped = place - size * Math.floor(place / size);
  // Rounding may end at exactly `size`, which is 0.
  const cell = Math.floor(wrapped) % size;
  const t = wrapped - Math.floor(wrapped);
  w[0] = 1 - t * t * (3 - 2 * t);
  w[1] = t * t * (3 - 2 * t);
  w[2] = t * (1 - t) * (1 - t);
  w[3] = t * t * (t - 1);
  w[4] = -6 * t * (1 - t);
  w[5] = 6 * t * (1 - t);
  w[6] = (1 - t) * (1 - 3 * t);
  w[7] = t * (3 * t - 2);
  return cell;
}

/** Slopes (per step) at the knots of periodic cubic splines through `size` rows; neighbours in a row are `step` apart, rows `next`. */
function derivatives(values: Float64Array, size: number, step: number, next: number): Float64Array {
  const out = new Float64Array(values.length);
  const row = new Float64Array(size);
  for (let r = 0; r < size; r++) {
    for (let k = 0; k < size; k++) row[k] = values[r * next + k * step];
    const slopes = splineSlopes(row);
    for (let k = 0; k < size; k++) out[r * next + k * step] = slopes[k];
  }
  return out;
}

/**
 * d[k-1] + 4 d[k] + d[k+1] = 3 (f[k+1] - f[k-1]), periodic. The matrix' inverse has the elements c (z^m + z^(n-m)) for places m apart, with
 * z = sqrt(3) - 2 and c = 1 / (2 sqrt(3) (1 - z^n)).
 */
function splineSlopes(f: Float64Array): Float64Array {
  const n = f.length;
  const z = Math.sqrt(3) - 2;
  const powers = new Float64Array(n + 1);
  powers[0] = 1;
  for (let m = 1; m <= n; m++) powers[m] = powers[m - 1] * z;
  const scale = 1 / (2 * Math.sqrt(3) * (1 - powers[n]));
  return f.map((_, k) => {
    let sum = 0;
    for (let m = 0; m < n; m++) {
      const at = (k + m) % n;
      const right = 3 * (f[(at + 1) % n] - f[(at + n - 1) % n]);
      sum += (powers[m] + powers[n - m]) * right;
    }
    return scale * sum;
  });
}
