/** The simulation cell: open, or periodic with three vectors in lower-triangular (GROMACS/OpenMM) form. */

/** `vectors` is row-major [ax, 0, 0, bx, by, 0, cx, cy, cz] with ax, by, cz > 0; `null` for open boundaries. */
export interface Box {
  readonly vectors: Float64Array | null;
}

export const openBox: Box = { vectors: null };

/** An orthorhombic box with edges in length units. */
export function orthorhombic(x: number, y: number, z: number): Box {
  return { vectors: Float64Array.of(x, 0, 0, 0, y, 0, 0, 0, z) };
}

/** Volume in length units cubed; `Infinity` for open boundaries. */
export function volume(box: Box): number {
  const v = box.vectors;
  return v ? v[0] * v[4] * v[8] : Number.POSITIVE_INFINITY;
}

/** Whether all off-diagonal components are zero (true for an open box). */
export function isOrthorhombic(box: Box): boolean {
  const v = box.vectors;
  return !v || (v[3] === 0 && v[6] === 0 && v[7] === 0);
}

/**
 * The smallest distance between opposite faces; a cut-off may be at most half of it.
 * For a lower-triangular cell the distances are V/|b x c|, V/|c x a|, V/|a x b|.
 */
export function smallestWidth(box: Box): number {
  const v = box.vectors;
  if (!v) return Number.POSITIVE_INFINITY;
  const [ax, , , bx, by, , cx, cy, cz] = v;
  const bc = Math.hypot(by * cz, bx * cz, bx * cy - by * cx);
  const ca = Math.hypot(ax * cz, ax * cy);
  return Math.min((ax * by * cz) / bc, (by * cz * ax) / ca, cz);
}

/** Brings a difference vector at `d[o..o+2]` to its minimum image, in place (exact for vectors shorter than half the smallest width). */
export function minimumImage(box: Box, d: Float64Array, o = 0): void {
  const v = box.vectors;
  if (!v) return;
  const nz = Math.round(d[o + 2] / v[8]);
  d[o + 2] -= nz * v[8];
  d[o + 1] -= nz * v[7];
  d[o] -= nz * v[6];
  const ny = Math.round(d[o + 1] / v[4]);
  d[o + 1] -= ny * v[4];
  d[o] -= ny * v[3];
  d[o] -= Math.round(d[o] / v[0]) * v[0];
}
