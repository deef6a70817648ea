/** Loops over bonds, angles and torsions: the geometry and its derivatives, once; the terms supply energy and slope. */
import { SimulationError } from '../../errors.ts';
import type { BondedForce } from '../../forces/description.ts';
import { Dihedral } from '../../forces/dihedral.ts';
import type { BondedTerm, ForceKernel } from '../../forces/terms.ts';
import { acos } from '../../math/functions.ts';
import { type Box, minimumImage } from '../../system/box.ts';
import type { Structure } from '../../system/system.ts';
import { termUndefined } from '../blow-up.ts';

type Evaluate = BondedTerm['evaluate'];
/** Energy and forces of one tuple of atoms; adds to forces and virial. */
type Tuple = (x: Float64Array, box: Box, k: number, forces: Float64Array, virial: Float64Array) => number;

export function compileBonded(force: BondedForce, term: BondedTerm, structure: Structure): ForceKernel {
  const label = force.label ?? term.name;
  const evaluate: Evaluate = term.compile ? term.compile(force) : (x, p, o, out) => term.evaluate(x, p, o, out);
  const arity = { distance: 2, angle: 3, cosine: 3, dihedral: 4 }[term.coordinate];
  const count = force.atoms.length / arity;
  const width = count > 0 ? force.parameters.length / count : 0;
  const undefinedAt = (k: number, coordinate: number): never => {
    const atoms = force.atoms.subarray(k * arity, (k + 1) * arity);
    throw new SimulationError(termUndefined(structure, label, atoms, term.coordinate, coordinate));
  };
  const tuple = { distance: bondTuple, angle: angleTuple, cosine: angleTuple, dihedral: dihedralTuple }[term.coordinate];
  const one = tuple(force, evaluate, width, undefinedAt, term.coordinate === 'cosine');
  return {
    label,
    compute(positions, box, forces, virial) {
      let energy = 0;
      for (let k = 0; k < count; k++) energy += one(positions, box, k, forces, virial);
      return energy;
    },
  };
}

function bondTuple(force: BondedForce, evaluate: Evaluate, width: number, fail: (k: number, x: number) => never): Tuple {
  const { atoms, parameters } = force;
  const d = new Float64Array(3);
  const out = new Float64Array(2);
  return (x, box, k, forces, virial) => {
    const i = 3 * atoms[2 * k];
    const j = 3 * atoms[2 * k + 1];
    difference(x, i, j, box, d, 0);
    const r = Math.sqrt(dot(d, 0, d, 0));
    if (!evaluate(r, parameters, k * width, out)) fail(k, r);
    const slope = -out[1] / r;
    for (let a = 0; a < 3; a++) {
      const f = slope * d[a];
      forces[i + a] += f;
      forces[j + a] -= f;
      for (let b = 0; b < 3; b++) virial[3 * b + a] += d[b] * f;
    }
    return out[0];
  };
}

/**
 * Angle i-j-k at j. With u = r_i - r_j, v = r_k - r_j and c = cos theta = u.v/(|u||v|):
 * dc/dr_i = (v/|v| - c u/|u|)/|u|, likewise for k; dE/dc = -dE/dtheta / sin theta.
 */
function angleTuple(
  force: BondedForce,
  evaluate: Evaluate,
  width: number,
  fail: (k: number, x: number) => never,
  inCosine: boolean,
): Tuple {
  const { atoms, parameters } = force;
  const d = new Float64Array(6);
  const out = new Float64Array(2);
  return (x, box, k, forces, virial) => {
    const i = 3 * atoms[3 * k];
    const j = 3 * atoms[3 * k + 1];
    const l = 3 * atoms[3 * k + 2];
    difference(x, i, j, box, d, 0);
    difference(x, l, j, box, d, 3);
    const u = Math.sqrt(dot(d, 0, d, 0));
    const v = Math.sqrt(dot(d, 3, d, 3));
    const c = Math.max(-1, Math.min(1, dot(d, 0, d, 3) / (u * v)));
    let slope: number; // -dE/dc
    if (inCosine) {
      if (!evaluate(c, parameters, k * width, out)) fail(k, c);
      slope = -out[1];
    } else {
      const theta = acos(c);
      if (!evaluate(theta, parameters, k * width, out)) fail(k, theta);
      // At exactly 0 or pi the direction of the force is undefined; 1e-8 keeps it finite there and changes nothing elsewhere.
      slope = out[1] / Math.max(1e-8, Math.sqrt(1 - c * c));
    }
    for (let a = 0; a < 3; a++) {
      const fi = (slope * (d[3 + a] / v - (c * d[a]) / u)) / u;
      const fl = (slope * (d[a] / u - (c * d[3 + a]) / v)) / v;
      forces[i + a] += fi;
      forces[l + a] += fl;
      forces[j + a] -= fi + fl;
      for (let b = 0; b < 3; b++) virial[3 * b + a] += d[b] * fi + d[3 + b] * fl;
    }
    return out[0];
  };
}

/** Dihedral i-j-k-l in the IUPAC convention (trans = pi). */
function dihedralTuple(force: BondedForce, evaluate: Evaluate, width: number, fail: (k: number, x: number) => never): Tuple {
  const { atoms, parameters } = force;
  const dihedral = new Dihedral();
  const out = new Float64Array(2);
  return (x, box, k, forces, virial) => {
    const phi = dihedral.measure(x, box, atoms[4 * k], atoms[4 * k + 1], atoms[4 * k + 2], atoms[4 * k + 3]);
    if (!evaluate(phi, parameters, k * width, out)) fail(k, phi);
    dihedral.addForce(-out[1], forces, virial);
    return out[0];
  };
}

function difference(x: Float64Array, i: number, j: number, box: Box, d: Float64Array, o: number): void {
  d[o] = x[i] - x[j];
  d[o + 1] = x[i + 1] - x[j + 1];
  d[o + 2] = x[i + 2] - x[j + 2];
  minimumImage(box, d, o);
}

function dot(u: Float64Array, i: number, v: Float64Array, j: number): number {
  return u[i] * v[j] + u[i + 1] * v[j + 1] + u[i + 2] * v[j + 2];
}
