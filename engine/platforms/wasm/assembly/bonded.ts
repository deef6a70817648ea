/** Bonded terms and listed pairs in f64: the geometry of engine/platforms/reference/bonded.ts with the terms of engine/forces. */
import {
  angleCosine, angleCosineSquared, angleHarmonic, angleTable, bondFene, bondHarmonic, bondTable, listedPairs, tableWidth, torsionPeriodic,
  torsionRyckaertBellemans,
} from './layout';
import { atan2, cos, cosine, log, sincos, sine } from './math';
import { allocate } from './memory';
import { addVirial, ax, bx, by, cx, cy, cz, forces, inverseX, inverseY, inverseZ, periodic, positions } from './state';

/** One force: its term, its tuples (i32 atoms) and their parameters (f64). */
// @ts-ignore: decorator
@unmanaged
export class BondedSet {
  term: i32;
  count: i32;
  atoms: usize;
  parameters: usize;
  width: i32;
  /** Constant of the whole force: the Coulomb constant of listed pairs. */
  constant: f64;
  energy: f64;
  /** The tuple that was undefined, and at which coordinate. */
  failed: i32;
  failedAt: f64;
}

export function createBonded(term: i32, count: i32, arity: i32, width: i32, constant: f64): BondedSet {
  const set = changetype<BondedSet>(allocate(offsetof<BondedSet>()));
  set.term = term;
  set.count = count;
  set.width = width;
  set.constant = constant;
  set.failed = -1;
  set.atoms = allocate(<usize>(count * arity) * 4);
  set.parameters = allocate(<usize>(count * width) * 8);
  return set;
}

export function bondedAtoms(set: BondedSet): usize { return set.atoms; }
export function bondedParameters(set: BondedSet): usize { return set.parameters; }
export function bondedEnergy(set: BondedSet): f64 { return set.energy; }
export function bondedFailed(set: BondedSet): i32 { return set.failed; }
export function bondedFailedAt(set: BondedSet): f64 { return set.failedAt; }

const rounder: f64 = 6755399441055744;

/** The last difference vectors, at their minimum image. */
let dx: f64 = 0;
let dy: f64 = 0;
let dz: f64 = 0;
/** Energy and derivative of the last term. */
let value: f64 = 0;
let slope: f64 = 0;

// @ts-ignore: decorator
@inline
function difference(i: usize, j: usize): void {
  dx = load<f64>(positions + i) - load<f64>(positions + j);
  dy = load<f64>(positions + i, 8) - load<f64>(positions + j, 8);
  dz = load<f64>(positions + i, 16) - load<f64>(positions + j, 16);
  if (periodic) {
    const nz = dz * inverseZ + rounder - rounder;
    dz -= nz * cz;
    dy -= nz * cy;
    dx -= nz * cx;
    const ny = dy * inverseY + rounder - rounder;
    dy -= ny * by;
    dx -= ny * bx;
    dx -= (dx * inverseX + rounder - rounder) * ax;
  }
}

// @ts-ignore: decorator
@inline
function addForce(i: usize, x: f64, y: f64, z: f64): void {
  const at = forces + i;
  store<f64>(at, load<f64>(at) + x);
  store<f64>(at, load<f64>(at, 8) + y, 8);
  store<f64>(at, load<f64>(at, 16) + z, 16);
}

/** Adds the forces of the set; sets its energy. Returns false where a term is undefined. */
export function computeBonded(set: BondedSet): bool {
  switch (set.term) {
    case bondHarmonic:
    case bondFene:
    case bondTable:
    case listedPairs:
      return bonds(set);
    case angleHarmonic:
    case angleCosine:
    case angleCosineSquared:
    case angleTable:
      return angles(set);
    default:
      return torsions(set);
  }
}

function fail(set: BondedSet, k: i32, at: f64): bool {
  set.failed = k;
  set.failedAt = at;
  return false;
}

/**
 * Tables of cubics, cell 0 left of the first node and the last cell beyond the last one; parameters are the address of the table, the
 * first node, the spacing and the number of the last cell.
 */
// @ts-ignore: decorator
@inline
function interpolate(x: f64, p: usize): void {
  const spacing = load<f64>(p, 16);
  const u = (x - load<f64>(p, 8)) / spacing + 1;
  const m = Math.max(0, Math.min(load<f64>(p, 24), Math.floor(u)));
  const t = u - m;
  const at = <usize>load<f64>(p) + <usize>(<i32>m) * (tableWidth * 8);
  const c1 = load<f64>(at, 8);
  const c2 = load<f64>(at, 16);
  const c3 = load<f64>(at, 24);
  value = load<f64>(at) + t * (c1 + t * (c2 + t * c3));
  slope = (c1 + t * (2 * c2 + 3 * t * c3)) / spacing;
}

function bonds(set: BondedSet): bool {
  const term = set.term;
  let energy: f64 = 0;
  let virial: f64 = 0;
  let p = set.parameters;
  const stride = <usize>set.width * 8;
  for (let k = 0; k < set.count; k++, p += stride) {
    const i = <usize>load<u32>(set.atoms + <usize>k * 8) * 24;
    const j = <usize>load<u32>(set.atoms + <usize>k * 8, 4) * 24;
    difference(i, j);
    const r2 = dx * dx + dy * dy + dz * dz;
    let f: f64; // -(dE/dr)/r
    if (term == listedPairs) {
      const inverse = 1 / r2;
      const s2 = load<f64>(p) * load<f64>(p) * inverse;
      const s6 = s2 * s2 * s2;
      const e = 4 * load<f64>(p, 8) * s6;
      const electrostatic = (set.constant * load<f64>(p, 16)) / Math.sqrt(r2);
      value = e * (s6 - 1) + electrostatic;
      f = 6 * e * (2 * s6 - 1) * inverse + electrostatic / r2;
    } else {
      const r = Math.sqrt(r2);
      if (term == bondHarmonic) {
        const stretch = r - load<f64>(p);
        const stiffness = load<f64>(p, 8);
        value = 0.5 * stiffness * stretch * stretch;
        slope = stiffness * stretch;
      } else if (term == bondFene) {
        const stiffness = load<f64>(p);
        const r0 = load<f64>(p, 8);
        const gap = 1 - (r / r0) * (r / r0);
        if (!(gap > 0)) return fail(set, k, r);
        value = -0.5 * stiffness * r0 * r0 * log(gap);
        slope = (stiffness * r) / gap;
      } else {
        interpolate(r, p);
      }
      f = -slope / r;
    }
    energy += value;
    virial += f * r2;
    addForce(i, f * dx, f * dy, f * dz);
    addForce(j, -f * dx, -f * dy, -f * dz);
  }
  set.energy = energy;
  addVirial(virial);
  return true;
}

function angles(set: BondedSet): bool {
  const term = set.term;
  let energy: f64 = 0;
  let virial: f64 = 0;
  let p = set.parameters;
  const stride = <usize>set.width * 8;
  for (let k = 0; k < set.count; k++, p += stride) {
    const atoms = set.atoms + <usize>k * 12;
    const i = <usize>load<u32>(atoms) * 24;
    const j = <usize>load<u32>(atoms, 4) * 24;
    const l = <usize>load<u32>(atoms, 8) * 24;
    difference(i, j);
    const ux = dx;
    const uy = dy;
    const uz = dz;
    difference(l, j);
    const vx = dx;
    const vy = dy;
    const vz = dz;
    const u = 1 / Math.sqrt(ux * ux + uy * uy + uz * uz);
    const v = 1 / Math.sqrt(vx * vx + vy * vy + vz * vz);
    const uv = u * v;
    const c = Math.max(-1, Math.min(1, (ux * vx + uy * vy + uz * vz) * uv));
    let down: f64; // -dE/dc
    if (term == angleCosine) {
      value = load<f64>(p) * (1 + c);
      down = -load<f64>(p);
    } else if (term == angleCosineSquared) {
      const bend = c - cos(load<f64>(p));
      const stiffness = load<f64>(p, 8);
      value = 0.5 * stiffness * bend * bend;
      down = -stiffness * bend;
    } else {
      const sineOf = Math.sqrt((1 - c) * (1 + c));
      const theta = atan2(sineOf, c);
      if (term == angleHarmonic) {
        const bend = theta - load<f64>(p);
        const stiffness = load<f64>(p, 8);
        value = 0.5 * stiffness * bend * bend;
        slope = stiffness * bend;
      } else {
        interpolate(theta, p);
      }
      down = slope / Math.max(1e-8, sineOf);
    }
    const across = down * uv;
    const alongU = down * c * u * u;
    const alongV = down * c * v * v;
    const fix = across * vx - alongU * ux;
    const fiy = across * vy - alongU * uy;
    const fiz = across * vz - alongU * uz;
    const flx = across * ux - alongV * vx;
    const fly = across * uy - alongV * vy;
    const flz = across * uz - alongV * vz;
    addForce(i, fix, fiy, fiz);
    addForce(l, flx, fly, flz);
    addForce(j, -fix - flx, -fiy - fly, -fiz - flz);
    energy += value;
    virial += ux * fix + uy * fiy + uz * fiz + vx * flx + vy * fly + vz * flz;
  }
  set.energy = energy;
  addVirial(virial);
  return true;
}

function torsions(set: BondedSet): bool {
  const term = set.term;
  let energy: f64 = 0;
  let p = set.parameters;
  const stride = <usize>set.width * 8;
  for (let k = 0; k < set.count; k++, p += stride) {
    const atoms = set.atoms + <usize>k * 16;
    const i = <usize>load<u32>(atoms) * 24;
    const j = <usize>load<u32>(atoms, 4) * 24;
    const l = <usize>load<u32>(atoms, 8) * 24;
    const m = <usize>load<u32>(atoms, 12) * 24;
    difference(i, j);
    const ex = dx;
    const ey = dy;
    const ez = dz;
    difference(j, l);
    const gx = dx;
    const gy = dy;
    const gz = dz;
    difference(m, l);
    const hx = dx;
    const hy = dy;
    const hz = dz;
    // A = F x G, B = H x G.
    const px = ey * gz - ez * gy;
    const py = ez * gx - ex * gz;
    const pz = ex * gy - ey * gx;
    const qx = hy * gz - hz * gy;
    const qy = hz * gx - hx * gz;
    const qz = hx * gy - hy * gx;
    const inverseG = 1 / Math.sqrt(gx * gx + gy * gy + gz * gz);
    const g = (gx * gx + gy * gy + gz * gz) * inverseG;
    const inverseP2 = 1 / (px * px + py * py + pz * pz);
    const inverseQ2 = 1 / (qx * qx + qy * qy + qz * qz);
    const triple = (qy * pz - qz * py) * gx + (qz * px - qx * pz) * gy + (qx * py - qy * px) * gz;
    const up = triple * inverseG;
    const across = px * qx + py * qy + pz * qz;
    if (term == torsionRyckaertBellemans) {
      // sin and cos of phi without the angle itself.
      const norm = 1 / Math.sqrt(up * up + across * across);
      const s = -up * norm;
      const c = -across * norm;
      const c1 = load<f64>(p, 8);
      const c2 = load<f64>(p, 16);
      const c3 = load<f64>(p, 24);
      const c4 = load<f64>(p, 32);
      const c5 = load<f64>(p, 40);
      value = load<f64>(p) + c * (c1 + c * (c2 + c * (c3 + c * (c4 + c * c5))));
      slope = -s * (c1 + c * (2 * c2 + c * (3 * c3 + c * (4 * c4 + c * 5 * c5))));
    } else {
      const phi = atan2(up, across);
      if (term == torsionPeriodic) {
        const n = load<f64>(p);
        const stiffness = load<f64>(p, 16);
        sincos(n * phi - load<f64>(p, 8));
        value = stiffness * (1 + cosine);
        slope = -stiffness * n * sine;
      } else {
        interpolate(phi, p);
      }
    }
    // Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996); no virial: the energy depends on directions alone.
    const down = -slope;
    const fi = down * -g * inverseP2;
    const fm = down * g * inverseQ2;
    const fg = (ex * gx + ey * gy + ez * gz) * (inverseP2 * inverseG);
    const hg = (hx * gx + hy * gy + hz * gz) * (inverseQ2 * inverseG);
    const sx = down * (fg * px - hg * qx);
    const sy = down * (fg * py - hg * qy);
    const sz = down * (fg * pz - hg * qz);
    addForce(i, fi * px, fi * py, fi * pz);
    addForce(j, sx - fi * px, sy - fi * py, sz - fi * pz);
    addForce(l, -sx - fm * qx, -sy - fm * qy, -sz - fm * qz);
    addForce(m, fm * qx, fm * qy, fm * qz);
    energy += value;
  }
  set.energy = energy;
  return true;
}
