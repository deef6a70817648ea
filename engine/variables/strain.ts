/** How variables change when positions and box are strained together, which is what the virial of a bias is made of. */
import { type Box, minimumImage } from '../system/box.ts';
import type { Variable } from './variable.ts';

const arm = new Float64Array(3);

/**
 * Writes sum_a r_a (x) d value / dr_a, row-major, for each of some gradients: r from the particle `origin`, which matters only to variables that see where they are.
 * @param gradients `count` of them, 3 an atom of the variable, at its last evaluation
 * @param strains 9 a gradient
 */
export function strainsOf(
  { atoms, unwrapped, strain }: Pick<Variable, 'atoms' | 'unwrapped' | 'strain'>,
  gradients: Float64Array,
  count: number,
  positions: Float64Array,
  box: Box,
  strains: Float64Array,
  origin = atoms[0],
): void {
  arm.fill(0);
  if (atoms[0] !== origin) addStep(positions, origin, atoms[0], box);
  for (let k = 0; k < 9 * count; k++) strains[k] = 0;
  for (let a = 0; a < atoms.length; a++) {
    // What knows its own strain has it from its first atom: all others move with that.
    if (a > 0 && !strain) addStep(positions, atoms[a - 1], atoms[a], unwrapped ? null : box);
    for (let c = 0; c < count; c++) {
      const g = 3 * (c * atoms.length + a);
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) strains[9 * c + 3 * i + j] += arm[i] * gradients[g + j];
    }
  }
  if (strain) for (let k = 0; k < 9 * count; k++) strains[k] += strain[k];
}

const step = new Float64Array(3);

/** Moves `arm` from one particle to another, to the nearest image in a box. */
function addStep(positions: Float64Array, from: number, to: number, box: Box | null): void {
  for (let k = 0; k < 3; k++) step[k] = positions[3 * to + k] - positions[3 * from + k];
  if (box) minimumImage(box, step);
  for (let k = 0; k < 3; k++) arm[k] += step[k];
}
