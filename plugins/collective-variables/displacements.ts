/** Ways to change a distance or a dihedral and nothing else, for the forces along them. */
import { type Box, bondGraph, type Displacement, minimumImage, type Structure } from '../../engine/index.ts';

const d = new Float64Array(3);

function between(positions: Float64Array, box: Box, from: number, to: number): number {
  for (let c = 0; c < 3; c++) d[c] = positions[3 * to + c] - positions[3 * from + c];
  minimumImage(box, d);
  return Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/** Both atoms apart by half: v = (-u, u)/2 with the unit vector u between them, div v = 2/r. */
export function stretch(atoms: Int32Array): Displacement {
  return {
    atoms,
    evaluate(positions, box, field) {
      const r = between(positions, box, atoms[0], atoms[1]);
      for (let c = 0; c < 3; c++) {
        field[3 + c] = (0.5 * d[c]) / r;
        field[c] = -field[3 + c];
      }
      return 2 / r;
    },
  };
}

/**
 * One side of the bond between the middle atoms of a dihedral turned around it as a rigid body: bonds, angles, constraints and other
 * torsions stay, and the field has no divergence. The smaller side turns.
 * @returns undefined where the middle atoms are not bonded, or the bond is in a ring
 */
export function turn([, j, k]: Int32Array, structure: Structure): Displacement | undefined {
  const far = sideOf(j, k, structure);
  const near = far && sideOf(k, j, structure);
  if (!far || !near) return undefined;
  const [atoms, sign] = far.length <= near.length ? [far, 1] : [near, -1];
  return {
    atoms,
    evaluate(positions, box, field) {
      const length = between(positions, box, j, k);
      const [ux, uy, uz] = [(sign * d[0]) / length, (sign * d[1]) / length, (sign * d[2]) / length];
      for (let a = 0; a < atoms.length; a++) {
        between(positions, box, j, atoms[a]);
        field[3 * a] = uy * d[2] - uz * d[1];
        field[3 * a + 1] = uz * d[0] - ux * d[2];
        field[3 * a + 2] = ux * d[1] - uy * d[0];
      }
      return 0;
    },
  };
}

/** The atoms beyond `to` on the bond from `from`, without `to` itself; undefined without that bond, or where a ring leads back. */
function sideOf(from: number, to: number, { mass, bonds }: Structure): Int32Array | undefined {
  const { start, neighbours } = bondGraph(mass.length, bonds);
  const of = (i: number) => neighbours.subarray(start[i], start[i + 1]);
  if (!of(from).includes(to)) return undefined;
  const found = new Set([to]);
  for (const i of found)
    for (const next of of(i)) {
      if (next === from && i !== to) return undefined;
      if (next !== from) found.add(next);
    }
  found.delete(to);
  return Int32Array.from(found).sort();
}
