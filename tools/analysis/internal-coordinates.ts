/** The bonds, angles and dihedrals of a structure by type, and their values in a configuration. */
import type { Box, Structure } from '../../engine/index.ts';
import { minimumImage } from '../../engine/index.ts';

export type CoordinateKind = 'bonds' | 'angles' | 'dihedrals';

/** Particles a coordinate. */
export const arity: Readonly<Record<CoordinateKind, number>> = { bonds: 2, angles: 3, dihedrals: 4 };

/**
 * The tuples of particles of each kind, by type names such as `CT-CT-HC` (read in the direction that comes first in the alphabet).
 * Angles and dihedrals follow from the bonds; rings of three have no dihedral.
 */
export function coordinatesByType(structure: Structure, kind: CoordinateKind): Map<string, Int32Array> {
  const neighbours: number[][] = Array.from({ length: structure.mass.length }, () => []);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    neighbours[structure.bonds[b]].push(structure.bonds[b + 1]);
    neighbours[structure.bonds[b + 1]].push(structure.bonds[b]);
  }
  const found = new Map<string, number[]>();
  const add = (...particles: number[]): void => {
    const names = particles.map((p) => structure.typeNames[structure.type[p]]);
    const [name] = [names.join('-'), names.slice().reverse().join('-')].sort();
    const list = found.get(name) ?? [];
    list.push(...particles);
    found.set(name, list);
  };
  for (let j = 0; j < neighbours.length; j++) {
    const around = neighbours[j];
    if (kind === 'bonds') for (const k of around) if (j < k) add(j, k);
    if (kind === 'angles')
      for (let a = 0; a < around.length; a++) for (let b = a + 1; b < around.length; b++) add(around[a], j, around[b]);
    if (kind === 'dihedrals')
      for (const k of around)
        if (j < k) for (const i of around) for (const l of neighbours[k]) if (i !== k && l !== j && i !== l) add(i, j, k, l);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => [name, Int32Array.from(list)]));
}

const work = new Float64Array(9);

/**
 * Value of the coordinate of `particles[at ... at + arity)`: length, angle in rad (0 ... pi) or dihedral in rad (-pi ... pi, IUPAC
 * sign, 0 for cis). Differences are taken to their minimum image.
 */
export function coordinateValue(
  kind: CoordinateKind,
  positions: Float64Array,
  box: Box,
  particles: Int32Array,
  at: number,
): number {
  for (let v = 0; v + 1 < arity[kind]; v++) {
    for (let k = 0; k < 3; k++) work[3 * v + k] = positions[3 * particles[at + v + 1] + k] - positions[3 * particles[at + v] + k];
    minimumImage(box, work, 3 * v);
  }
  const [ax, ay, az, bx, by, bz, cx, cy, cz] = work;
  switch (kind) {
    case 'bonds':
      return Math.sqrt(ax * ax + ay * ay + az * az);
    case 'angles': {
      const x = ay * bz - az * by;
      const y = az * bx - ax * bz;
      const z = ax * by - ay * bx;
      return Math.atan2(Math.sqrt(x * x + y * y + z * z), -(ax * bx + ay * by + az * bz));
    }
    case 'dihedrals': {
      const mx = ay * bz - az * by;
      const my = az * bx - ax * bz;
      const mz = ax * by - ay * bx;
      const nx = by * cz - bz * cy;
      const ny = bz * cx - bx * cz;
      const nz = bx * cy - by * cx;
      const length = Math.sqrt(bx * bx + by * by + bz * bz);
      return Math.atan2(length * (ax * nx + ay * ny + az * nz), mx * nx + my * ny + mz * nz);
    }
    default:
      return kind satisfies never;
  }
}
