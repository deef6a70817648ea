/** Puts rigid molecules at random places and orientations into a periodic box, none closer to another than a given distance. */
import { InputError } from '../../errors.ts';
import { type Box, smallestWidth } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';
import { type RandomSource, randomRotation } from './random.ts';
import { relaxOverlaps } from './relax-overlaps.ts';

export interface Packable {
  /** For messages. */
  readonly name: string;
  /** 3N of one molecule, whole. */
  readonly positions: Float64Array;
  readonly count: number;
}

/** Tries for one molecule before it is put down overlapping, to be pushed free later. */
const tries = 40;

/**
 * Random sequential insertion, which alone fills a box to about half the density of a liquid, then rigid molecules that still overlap
 * are pushed apart (the idea of Martinez et al., Packmol, J. Comput. Chem. 2009, 30, 2157, with projections instead of an optimiser).
 *
 * @param molecules kinds and counts; the result is in this order
 * @param minimumDistance smallest distance between atoms of different molecules, length units
 * @returns 3N positions, molecules whole, not wrapped
 * @throws InputError at `where` when a molecule does not fit into the box or the overlaps cannot be removed
 */
export function packMolecules(
  molecules: readonly Packable[],
  box: Box,
  minimumDistance: number,
  random: RandomSource,
  where: string,
): Float64Array {
  const v = box.vectors;
  if (!v) throw new InputError(where, 'molecules can be packed into a periodic box only; give box or density');
  const grid = new CellGrid(box, minimumDistance);
  const positions = new Float64Array(molecules.reduce((sum, m) => sum + m.count * m.positions.length, 0));
  const starts: number[] = [];
  let o = 0;
  for (const molecule of molecules) {
    const shape = centred(molecule.positions);
    checkFits(molecule, shape, box, minimumDistance, where);
    const trial = new Float64Array(shape.length);
    for (let m = 0; m < molecule.count; m++) {
      for (let t = 0; t < tries; t++) {
        place(shape, v, random, trial);
        if (!overlaps(trial, grid)) break;
      }
      starts.push(o / 3);
      for (let i = 0; i < trial.length; i += 3) grid.add((o + i) / 3, trial[i], trial[i + 1], trial[i + 2]);
      positions.set(trial, o);
      o += trial.length;
    }
  }
  starts.push(o / 3);
  const left = relaxOverlaps(positions, Int32Array.from(starts), box, minimumDistance, random);
  if (left > 0)
    throw new InputError(
      where,
      `${starts.length - 1} molecules (${molecules.map((m) => `${m.count} ${m.name}`).join(', ')}) cannot be packed: ${left} pairs of atoms ` +
        `stay closer than ${minimumDistance}; use a larger box or lower density, or a smaller minimumDistance`,
    );
  return positions;
}

function overlaps(trial: Float64Array, grid: CellGrid): boolean {
  for (let i = 0; i < trial.length; i += 3) if (grid.near(trial[i], trial[i + 1], trial[i + 2], () => true)) return true;
  return false;
}

function place(shape: Float64Array, v: Float64Array, random: RandomSource, out: Float64Array): void {
  const [a, b, c] = [random(), random(), random()];
  const x = a * v[0] + b * v[3] + c * v[6];
  const y = b * v[4] + c * v[7];
  const z = c * v[8];
  const r = randomRotation(random);
  for (let i = 0; i < shape.length; i += 3) {
    const [sx, sy, sz] = [shape[i], shape[i + 1], shape[i + 2]];
    out[i] = x + r[0] * sx + r[1] * sy + r[2] * sz;
    out[i + 1] = y + r[3] * sx + r[4] * sy + r[5] * sz;
    out[i + 2] = z + r[6] * sx + r[7] * sy + r[8] * sz;
  }
}

function centred(positions: Float64Array): Float64Array {
  const centre = [0, 0, 0];
  const n = positions.length / 3;
  positions.forEach((x, k) => {
    centre[k % 3] += x / n;
  });
  return positions.map((x, k) => x - centre[k % 3]);
}

/** A molecule must not meet its own image: its diameter plus the smallest distance has to fit between opposite faces. */
function checkFits(molecule: Packable, shape: Float64Array, box: Box, minimumDistance: number, where: string): void {
  let radius2 = 0;
  for (let i = 0; i < shape.length; i += 3)
    radius2 = Math.max(radius2, shape[i] * shape[i] + shape[i + 1] * shape[i + 1] + shape[i + 2] * shape[i + 2]);
  const needed = 2 * Math.sqrt(radius2) + minimumDistance;
  if (needed > smallestWidth(box))
    throw new InputError(
      where,
      `the box is ${smallestWidth(box).toPrecision(4)} wide, but ${molecule.name} needs ${needed.toPrecision(4)} (its size and the smallest distance)`,
    );
}
