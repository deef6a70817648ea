/** Simulation boxes from the ways that files and scenarios write them, always lower-triangular and reduced. */
import { InputError } from '../../errors.ts';
import { cos, sin } from '../../math/functions.ts';
import { type Box, orthorhombic } from '../box.ts';

/**
 * A box from nine components [ax, 0, 0, bx, by, 0, cx, cy, cz] (lower-triangular), reduced so that |bx| <= ax/2, |cx| <= ax/2, |cy| <= by/2:
 * the same lattice, and the form in which nearest images are found by rounding. Throws InputError at `where`.
 */
export function triclinic(v: readonly number[], where: string): Box {
  if (v.length !== 9 || v.some((x) => !Number.isFinite(x)))
    throw new InputError(where, `a box needs nine numbers; found [${v.join(', ')}]`);
  if (v[1] !== 0 || v[2] !== 0 || v[5] !== 0)
    throw new InputError(
      where,
      `the box vectors [${v.join(', ')}] must have the form [ax, 0, 0, bx, by, 0, cx, cy, cz]: rotate the system`,
    );
  if (!(v[0] > 0 && v[4] > 0 && v[8] > 0))
    throw new InputError(where, `the box [${v.join(', ')}] has no volume; ax, by and cz must be positive`);
  const box = Float64Array.from(v);
  const up = Math.round(box[7] / box[4]);
  box[7] -= up * box[4];
  box[6] -= up * box[3];
  box[6] -= Math.round(box[6] / box[0]) * box[0];
  box[3] -= Math.round(box[3] / box[0]) * box[0];
  return { vectors: box };
}

/** A box from three edges or nine components. Throws InputError at `where`. */
export function boxFromNumbers(v: readonly number[], where: string): Box {
  if (v.length === 9) return triclinic(v, where);
  if (v.length !== 3)
    throw new InputError(
      where,
      `the box has ${v.length} numbers; give three edges or nine components [ax, 0, 0, bx, by, 0, cx, cy, cz]`,
    );
  if (v.some((x) => !(x > 0) || !Number.isFinite(x)))
    throw new InputError(where, `the box [${v.join(', ')}] has an edge that is not positive`);
  return orthorhombic(v[0], v[1], v[2]);
}

/** A box from edges and angles in degrees, a along x and b in the xy plane. Throws InputError at `where`. */
export function boxFromAngles(a: number, b: number, c: number, alpha: number, beta: number, gamma: number, where: string): Box {
  if (alpha === 90 && beta === 90 && gamma === 90) return boxFromNumbers([a, b, c], where);
  const cosine = (degrees: number) => (degrees === 90 ? 0 : cos((degrees * Math.PI) / 180));
  const sineGamma = gamma === 90 ? 1 : sin((gamma * Math.PI) / 180);
  const cx = c * cosine(beta);
  const cy = (c * (cosine(alpha) - cosine(beta) * cosine(gamma))) / sineGamma;
  const cz2 = c * c - cx * cx - cy * cy;
  if (!(cz2 > 0)) throw new InputError(where, `angles ${alpha}, ${beta}, ${gamma} do not make a cell`);
  return triclinic([a, 0, 0, b * cosine(gamma), b * sineGamma, 0, cx, cy, Math.sqrt(cz2)], where);
}
