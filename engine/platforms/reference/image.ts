/** The minimum image in the form that every reference loop inlines: three reciprocals, no branches, exact for open boxes too. */
import type { Box } from '../../system/box.ts';

/** Adding and subtracting 1.5 * 2^52 rounds a double of moderate size to the nearest integer, in two additions. */
export const rounder = 6755399441055744;

/** Cell components and reciprocals of the diagonal; all zero for open boundaries, which makes every image shift zero. */
export interface ImageVectors {
  readonly ax: number;
  readonly bx: number;
  readonly by: number;
  readonly cx: number;
  readonly cy: number;
  readonly cz: number;
  readonly inverseX: number;
  readonly inverseY: number;
  readonly inverseZ: number;
}

const open: ImageVectors = { ax: 0, bx: 0, by: 0, cx: 0, cy: 0, cz: 0, inverseX: 0, inverseY: 0, inverseZ: 0 };

export function imageVectors(box: Box): ImageVectors {
  const v = box.vectors;
  if (!v) return open;
  return {
    ax: v[0],
    bx: v[3],
    by: v[4],
    cx: v[6],
    cy: v[7],
    cz: v[8],
    inverseX: 1 / v[0],
    inverseY: 1 / v[4],
    inverseZ: 1 / v[8],
  };
}
