/** The variables `distance`, `angle` and `dihedral`: internal coordinates of two, three and four atoms. */
import {
  acos,
  atan2,
  type Box,
  type Component,
  type Displacement,
  InputError,
  minimumImage,
  type Settings,
  type Structure,
  type Variable,
  type VariableContext,
  type VariableKind,
} from '../../engine/index.ts';
import { type AtomName, findAtoms, pointsSchema } from './atoms.ts';
import { betweenCentres } from './centres.ts';
import { stretch, turn } from './displacements.ts';

/** Difference vectors of the evaluation under way. */
const d = new Float64Array(9);

function between(positions: Float64Array, box: Box, from: number, to: number, o: number): void {
  for (let c = 0; c < 3; c++) d[o + c] = positions[3 * to + c] - positions[3 * from + c];
  minimumImage(box, d, o);
}

function coordinate(
  name: string,
  settings: Settings,
  { structure, where }: VariableContext,
  component: Omit<Component, 'name'>,
  evaluate: (atoms: Int32Array) => Variable['evaluate'],
  displacement?: (atoms: Int32Array, structure: Structure) => Displacement | undefined,
): Variable {
  const points = settings.atoms as readonly (AtomName | readonly AtomName[])[];
  if (points.some(Array.isArray)) return betweenCentres(name, points, structure, `${where}.atoms`, component, evaluate);
  const atoms = findAtoms(points as AtomName[], structure, `${where}.atoms`);
  if (new Set(atoms).size < atoms.length) throw new InputError(`${where}.atoms`, 'names an atom twice; each must be another one');
  const moves = displacement?.(atoms, structure);
  return {
    name,
    components: [{ name, ...component }],
    atoms,
    evaluate: evaluate(atoms),
    ...(moves ? { displacement: moves } : {}),
  };
}

export const distance: VariableKind = {
  name: 'distance',
  summary: 'Distance of two atoms, to the nearest image.',
  status: 'validated',
  schema: { required: ['atoms'], properties: { atoms: pointsSchema(2, 'the two atoms') } },
  compile: (name, settings, context) =>
    coordinate(
      name,
      settings,
      context,
      { dimension: 'length', period: null },
      ([i, j]) =>
        (positions, box, values, gradients) => {
          between(positions, box, i, j, 0);
          const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
          values[0] = r;
          for (let c = 0; c < 3; c++) {
            gradients[3 + c] = d[c] / r;
            gradients[c] = -gradients[3 + c];
          }
        },
      stretch,
    ),
};

export const angle: VariableKind = {
  name: 'angle',
  summary: 'Angle at the middle one of three atoms, from 0 to pi.',
  status: 'validated',
  schema: { required: ['atoms'], properties: { atoms: pointsSchema(3, 'the three atoms') } },
  compile: (name, settings, context) =>
    coordinate(
      name,
      settings,
      context,
      { dimension: 'angle', period: null },
      ([i, j, k]) =>
        (positions, box, values, gradients) => {
          between(positions, box, j, i, 0);
          between(positions, box, j, k, 3);
          const a = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
          const b = Math.sqrt(d[3] * d[3] + d[4] * d[4] + d[5] * d[5]);
          const cosine = Math.max(-1, Math.min(1, (d[0] * d[3] + d[1] * d[4] + d[2] * d[5]) / (a * b)));
          // The gradient has no value at a straight angle: zero there.
          const sine = Math.sqrt(1 - cosine * cosine);
          const scale = sine > 1e-9 ? -1 / sine : 0;
          values[0] = acos(cosine);
          for (let c = 0; c < 3; c++) {
            gradients[c] = (scale * (d[3 + c] / b - (cosine * d[c]) / a)) / a;
            gradients[6 + c] = (scale * (d[c] / a - (cosine * d[3 + c]) / b)) / b;
            gradients[3 + c] = -gradients[c] - gradients[6 + c];
          }
        },
    ),
};

export const dihedral: VariableKind = {
  name: 'dihedral',
  summary: 'Dihedral angle of four atoms, from -pi to pi, trans = pi (IUPAC); periodic.',
  status: 'validated',
  schema: { required: ['atoms'], properties: { atoms: pointsSchema(4, 'the four atoms in order') } },
  compile: (name, settings, context) =>
    coordinate(
      name,
      settings,
      context,
      { dimension: 'angle', period: { from: -Math.PI, to: Math.PI } },
      ([i, j, k, l]) =>
        (positions, box, values, gradients) => {
          between(positions, box, j, i, 0); // F
          between(positions, box, k, j, 3); // G
          between(positions, box, k, l, 6); // H
          values[0] = dihedralAngle(gradients);
        },
      turn,
    ),
};

/** The dihedral of the vectors in `d`; gradient after Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996), zero where three atoms are in line. */
function dihedralAngle(gradients: Float64Array): number {
  const ax = d[1] * d[5] - d[2] * d[4];
  const ay = d[2] * d[3] - d[0] * d[5];
  const az = d[0] * d[4] - d[1] * d[3];
  const bx = d[7] * d[5] - d[8] * d[4];
  const by = d[8] * d[3] - d[6] * d[5];
  const bz = d[6] * d[4] - d[7] * d[3];
  const a2 = ax * ax + ay * ay + az * az;
  const b2 = bx * bx + by * by + bz * bz;
  const g = Math.sqrt(d[3] * d[3] + d[4] * d[4] + d[5] * d[5]);
  if (a2 < 1e-20 || b2 < 1e-20) {
    gradients.fill(0, 0, 12);
    return 0;
  }
  const s = (d[0] * d[3] + d[1] * d[4] + d[2] * d[5]) / (a2 * g);
  const t = (d[6] * d[3] + d[7] * d[4] + d[8] * d[5]) / (b2 * g);
  set(gradients, 0, -g / a2, 0, ax, ay, az, bx, by, bz);
  set(gradients, 3, g / a2 + s, -t, ax, ay, az, bx, by, bz);
  set(gradients, 6, -s, t - g / b2, ax, ay, az, bx, by, bz);
  set(gradients, 9, 0, g / b2, ax, ay, az, bx, by, bz);
  const sine = ((by * az - bz * ay) * d[3] + (bz * ax - bx * az) * d[4] + (bx * ay - by * ax) * d[5]) / g;
  return atan2(sine, ax * bx + ay * by + az * bz);
}

/** gradients[o ...] = p a + q b */
function set(
  gradients: Float64Array,
  o: number,
  p: number,
  q: number,
  ax: number,
  ay: number,
  az: number,
  bx: number,
  by: number,
  bz: number,
): void {
  gradients[o] = p * ax + q * bx;
  gradients[o + 1] = p * ay + q * by;
  gradients[o + 2] = p * az + q * bz;
}
