/** Whether the forces along variables are known: each must have a displacement that leaves the others and all constraints alone. */
import { InputError } from '../errors.ts';
import type { System } from '../system/system.ts';
import type { Variable } from './variable.ts';

/** How far a displacement may be from what it must be at the start; fields are right to rounding where they are right at all. */
const tolerance = 1e-6;

/** @throws InputError at `where` naming the variable and what stands in its way */
export function checkDisplacements(variables: readonly Variable[], system: System, where: string): void {
  for (const variable of variables) {
    const { displacement, name, components } = variable;
    if (!displacement || components.length !== 1)
      throw new InputError(
        where,
        `the force along "${name}" is not known: it needs a coordinate of a particle, a distance of two particles (not of groups) or a dihedral of four around a bond that ` +
          'is in no ring. Use the bias "eabf", which works with every variable',
      );
    const { atoms } = displacement;
    const field = new Float64Array(3 * atoms.length);
    displacement.evaluate(system.positions, system.box, field);
    const moves = new Float64Array(system.positions.length);
    atoms.forEach((i, a) => {
      for (let c = 0; c < 3; c++) moves[3 * i + c] = field[3 * a + c];
    });
    checkConstraints(moves, system, name, where);
    for (const other of variables) checkVariable(moves, system, name, other, where);
  }
}

function checkConstraints(moves: Float64Array, system: System, name: string, where: string): void {
  const { atoms = new Int32Array(0), lengths = new Float64Array(0) } = system.constraints ?? {};
  const { positions } = system;
  lengths.forEach((length, k) => {
    const [i, j] = [3 * atoms[2 * k], 3 * atoms[2 * k + 1]];
    let rate = 0;
    for (let c = 0; c < 3; c++) rate += (moves[i + c] - moves[j + c]) * (positions[i + c] - positions[j + c]);
    if (Math.abs(rate) <= tolerance * Math.max(1, length) * length) return;
    throw new InputError(
      where,
      `the force along "${name}" is not known: changing it would change the constrained distance of particles ${atoms[2 * k]} and ` +
        `${atoms[2 * k + 1]}. Use the bias "eabf", or no constraints`,
    );
  });
}

function checkVariable(moves: Float64Array, system: System, name: string, other: Variable, where: string): void {
  const gradient = new Float64Array(3 * other.atoms.length);
  other.evaluate(system.positions, system.box, new Float64Array(1), gradient);
  let rate = 0;
  other.atoms.forEach((i, a) => {
    for (let c = 0; c < 3; c++) rate += moves[3 * i + c] * gradient[3 * a + c];
  });
  const expected = other.name === name ? 1 : 0;
  if (Math.abs(rate - expected) <= tolerance) return;
  throw new InputError(
    where,
    `the force along "${name}" is not known: changing it by 1 changes "${other.name}" by ${rate.toPrecision(4)}, and it would have to be ` +
      `${expected}. Use the bias "eabf", which works with every variable`,
  );
}
