/**
 * Virtual sites: engine/dynamics/virtual-sites.ts, of which this is the arithmetic. Sites of a molecule belong to one share, so that no two
 * threads write to the same parent, and are visited in the order in which the system has them.
 */
import { siteAverage, siteOutOfPlane, virialBytes } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { forces, particleParts, positions } from './state';
import { barrier, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

// @ts-ignore: decorator
@unmanaged
export class SiteSet {
  /** i32 x 6 a site: kind, site, first of its parents and how many, first of its numbers, nothing. */
  sites: usize;
  /** i32: parents of all sites. */
  parents: usize;
  /** f64: weights; of a place in a frame those of the origin, of x, of y, and the place. */
  numbers: usize;
  /** i32: first site of each share, and the end; there are as many shares as ranges of particles. */
  starts: usize;
  /** What the virial of a system in which sites were particles lacks: of each share, and all together. */
  shares: usize;
  virial: usize;
}

const siteBytes: usize = 24;
/** Shares are in cache lines of their own. */
const shareBytes: usize = 64;

export function createSites(sites: i32, parents: i32, numbers: i32): SiteSet {
  const set = changetype<SiteSet>(allocate(offsetof<SiteSet>()));
  set.sites = allocate(<usize>sites * siteBytes);
  set.parents = allocate(<usize>parents * 4);
  set.numbers = allocate(<usize>numbers * 8);
  set.starts = allocate(<usize>particleParts * 4 + 4);
  set.shares = allocate(<usize>particleParts * shareBytes);
  set.virial = allocate(virialBytes);
  return set;
}

export function siteRecords(set: SiteSet): usize { return set.sites; }
export function siteParents(set: SiteSet): usize { return set.parents; }
export function siteNumbers(set: SiteSet): usize { return set.numbers; }
export function siteStarts(set: SiteSet): usize { return set.starts; }
export function siteVirial(set: SiteSet): usize { return set.virial; }

// @ts-ignore: decorator
@inline
function firstSite(set: SiteSet, share: i32): usize {
  return set.sites + <usize>load<i32>(set.starts + <usize>share * 4) * siteBytes;
}

/** Byte offset of a particle's vector. */
// @ts-ignore: decorator
@inline
function vector(particle: usize): usize { return <usize>load<u32>(particle) * 24; }

/** Places all sites; all threads together. The positions of all parents must be there; nobody returns before all sites are placed. */
export function placeAll(set: SiteSet): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    const end = firstSite(set, p + 1);
    for (let site = firstSite(set, p); site < end; site += siteBytes) place(set, site);
  }
  barrier();
}

/**
 * Moves the forces on all sites to their parents; all threads together. All forces must be there; nobody returns before all are moved.
 * Changes the virial where asked for.
 */
export function spreadAll(set: SiteSet, energies: bool): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    const virial = set.shares + <usize>p * shareBytes;
    if (energies) memory.fill(virial, 0, virialBytes);
    const end = firstSite(set, p + 1);
    for (let site = firstSite(set, p); site < end; site += siteBytes) spread(set, site, energies ? virial : 0);
  }
  barrier();
  if (!energies || thread != 0) return;
  memory.fill(set.virial, 0, virialBytes);
  for (let p = 0; p < particleParts; p++) {
    for (let k: usize = 0; k < <usize>virialBytes; k += 8) add(set.virial + k, load<f64>(set.shares + <usize>p * shareBytes + k));
  }
}

// @ts-ignore: decorator
@inline
function add(at: usize, x: f64): void { store<f64>(at, load<f64>(at) + x); }

// @ts-ignore: decorator
@inline
function put(at: usize, x: f64, y: f64, z: f64): void {
  store<f64>(at, x);
  store<f64>(at, y, 8);
  store<f64>(at, z, 16);
}

/** A vector that functions leave behind; of this thread alone. */
let vx: f64 = 0;
let vy: f64 = 0;
let vz: f64 = 0;

/** The sum of the parents' positions with the weights at `weights`. */
function weighted(parents: usize, count: i32, weights: usize): void {
  vx = 0;
  vy = 0;
  vz = 0;
  for (let p: usize = 0; p < <usize>count; p++) {
    const w = load<f64>(weights + p * 8);
    const from = positions + vector(parents + p * 4);
    vx += w * load<f64>(from);
    vy += w * load<f64>(from, 8);
    vz += w * load<f64>(from, 16);
  }
}

/** X, Y, x', z' and the lengths of X and Z of the frame of a site: engine/dynamics/virtual-sites.ts. */
let Xx: f64 = 0;
let Xy: f64 = 0;
let Xz: f64 = 0;
let Yx: f64 = 0;
let Yy: f64 = 0;
let Yz: f64 = 0;
let ex: f64 = 0;
let ey: f64 = 0;
let ez: f64 = 0;
let gx: f64 = 0;
let gy: f64 = 0;
let gz: f64 = 0;
let lengthX: f64 = 0;
let lengthZ: f64 = 0;

function findFrame(parents: usize, count: i32, numbers: usize): void {
  weighted(parents, count, numbers + <usize>count * 8);
  Xx = vx;
  Xy = vy;
  Xz = vz;
  weighted(parents, count, numbers + <usize>count * 16);
  Yx = vx;
  Yy = vy;
  Yz = vz;
  const zx = Xy * Yz - Xz * Yy;
  const zy = Xz * Yx - Xx * Yz;
  const zz = Xx * Yy - Xy * Yx;
  lengthX = Math.sqrt(Xx * Xx + Xy * Xy + Xz * Xz);
  lengthZ = Math.sqrt(zx * zx + zy * zy + zz * zz);
  ex = Xx / lengthX;
  ey = Xy / lengthX;
  ez = Xz / lengthX;
  gx = zx / lengthZ;
  gy = zy / lengthZ;
  gz = zz / lengthZ;
}

function place(set: SiteSet, site: usize): void {
  const kind = load<i32>(site);
  const to = positions + vector(site + 4);
  const parents = set.parents + <usize>load<i32>(site, 8) * 4;
  const count = load<i32>(site, 12);
  const numbers = set.numbers + <usize>load<i32>(site, 16) * 8;
  if (kind == siteAverage) {
    weighted(parents, count, numbers);
    put(to, vx, vy, vz);
  } else if (kind == siteOutOfPlane) {
    const a = positions + vector(parents);
    const b = positions + vector(parents + 4);
    const c = positions + vector(parents + 8);
    const ux = load<f64>(b) - load<f64>(a);
    const uy = load<f64>(b, 8) - load<f64>(a, 8);
    const uz = load<f64>(b, 16) - load<f64>(a, 16);
    const wx = load<f64>(c) - load<f64>(a);
    const wy = load<f64>(c, 8) - load<f64>(a, 8);
    const wz = load<f64>(c, 16) - load<f64>(a, 16);
    const alongU = load<f64>(numbers);
    const alongV = load<f64>(numbers, 8);
    const across = load<f64>(numbers, 16);
    put(
      to,
      load<f64>(a) + alongU * ux + alongV * wx + across * (uy * wz - uz * wy),
      load<f64>(a, 8) + alongU * uy + alongV * wy + across * (uz * wx - ux * wz),
      load<f64>(a, 16) + alongU * uz + alongV * wz + across * (ux * wy - uy * wx),
    );
  } else {
    findFrame(parents, count, numbers);
    weighted(parents, count, numbers);
    const at = numbers + <usize>count * 24;
    const p = load<f64>(at);
    const q = load<f64>(at, 8);
    const r = load<f64>(at, 16);
    put(
      to,
      vx + p * ex + q * (gy * ez - gz * ey) + r * gx,
      vy + p * ey + q * (gz * ex - gx * ez) + r * gy,
      vz + p * ez + q * (gx * ey - gy * ex) + r * gz,
    );
  }
}

/** Adds a force to a particle (byte offset), and what it does to the virial about the place `origin`. */
// @ts-ignore: decorator
@inline
function give(to: usize, fx: f64, fy: f64, fz: f64, origin: usize, virial: usize): void {
  add(forces + to, fx);
  add(forces + to + 8, fy);
  add(forces + to + 16, fz);
  if (virial != 0) stretch(virial, positions + to, origin, fx, fy, fz);
}

/** Adds (x - origin) (x) f. */
function stretch(virial: usize, x: usize, origin: usize, fx: f64, fy: f64, fz: f64): void {
  const rx = load<f64>(x) - load<f64>(origin);
  const ry = load<f64>(x, 8) - load<f64>(origin, 8);
  const rz = load<f64>(x, 16) - load<f64>(origin, 16);
  add(virial, rx * fx);
  add(virial + 8, ry * fy);
  add(virial + 16, rz * fz);
  add(virial + 24, rx * fy);
  add(virial + 32, rx * fz);
  add(virial + 40, ry * fz);
}

/** @param virial where to add to, or 0. Averages change none: they move affinely. */
function spread(set: SiteSet, site: usize, virial: usize): void {
  const kind = load<i32>(site);
  const from = vector(site + 4);
  const parents = set.parents + <usize>load<i32>(site, 8) * 4;
  const count = load<i32>(site, 12);
  const numbers = set.numbers + <usize>load<i32>(site, 16) * 8;
  const fx = load<f64>(forces + from);
  const fy = load<f64>(forces + from, 8);
  const fz = load<f64>(forces + from, 16);
  put(forces + from, 0, 0, 0);
  if (kind == siteAverage) {
    for (let p: usize = 0; p < <usize>count; p++) {
      const w = load<f64>(numbers + p * 8);
      give(vector(parents + p * 4), w * fx, w * fy, w * fz, 0, 0);
    }
    return;
  }
  const origin = positions + vector(parents);
  if (virial != 0) stretch(virial, positions + from, origin, -fx, -fy, -fz);
  if (kind == siteOutOfPlane) spreadFromPlane(parents, numbers, fx, fy, fz, origin, virial);
  else spreadFromFrame(parents, count, numbers, fx, fy, fz, origin, virial);
}

function spreadFromPlane(parents: usize, numbers: usize, fx: f64, fy: f64, fz: f64, origin: usize, virial: usize): void {
  const a = vector(parents);
  const b = vector(parents + 4);
  const c = vector(parents + 8);
  const ux = load<f64>(positions + b) - load<f64>(positions + a);
  const uy = load<f64>(positions + b, 8) - load<f64>(positions + a, 8);
  const uz = load<f64>(positions + b, 16) - load<f64>(positions + a, 16);
  const wx = load<f64>(positions + c) - load<f64>(positions + a);
  const wy = load<f64>(positions + c, 8) - load<f64>(positions + a, 8);
  const wz = load<f64>(positions + c, 16) - load<f64>(positions + a, 16);
  const alongU = load<f64>(numbers);
  const alongV = load<f64>(numbers, 8);
  const across = load<f64>(numbers, 16);
  const bx = alongU * fx + across * (wy * fz - wz * fy);
  const by = alongU * fy + across * (wz * fx - wx * fz);
  const bz = alongU * fz + across * (wx * fy - wy * fx);
  const cx = alongV * fx + across * (fy * uz - fz * uy);
  const cy = alongV * fy + across * (fz * ux - fx * uz);
  const cz = alongV * fz + across * (fx * uy - fy * ux);
  give(b, bx, by, bz, origin, virial);
  give(c, cx, cy, cz, origin, virial);
  give(a, fx - bx - cx, fy - by - cy, fz - bz - cz, origin, virial);
}

/** Backwards through y' = z' x x', z' = Z/|Z|, Z = X x Y, x' = X/|X|. */
function spreadFromFrame(
  parents: usize, count: i32, numbers: usize, fx: f64, fy: f64, fz: f64, origin: usize, virial: usize,
): void {
  findFrame(parents, count, numbers);
  const at = numbers + <usize>count * 24;
  const p = load<f64>(at);
  const q = load<f64>(at, 8);
  const r = load<f64>(at, 16);
  // Onto x': p f + q f x z', and onto z': r f + q x' x f; what is perpendicular to each, over its length.
  let ax = p * fx + q * (fy * gz - fz * gy);
  let ay = p * fy + q * (fz * gx - fx * gz);
  let az = p * fz + q * (fx * gy - fy * gx);
  const alongX = ax * ex + ay * ey + az * ez;
  ax = (ax - alongX * ex) / lengthX;
  ay = (ay - alongX * ey) / lengthX;
  az = (az - alongX * ez) / lengthX;
  let cx = r * fx + q * (ey * fz - ez * fy);
  let cy = r * fy + q * (ez * fx - ex * fz);
  let cz = r * fz + q * (ex * fy - ey * fx);
  const alongZ = cx * gx + cy * gy + cz * gz;
  cx = (cx - alongZ * gx) / lengthZ;
  cy = (cy - alongZ * gy) / lengthZ;
  cz = (cz - alongZ * gz) / lengthZ;
  ax += Yy * cz - Yz * cy;
  ay += Yz * cx - Yx * cz;
  az += Yx * cy - Yy * cx;
  const bx = cy * Xz - cz * Xy;
  const by = cz * Xx - cx * Xz;
  const bz = cx * Xy - cy * Xx;
  for (let k: usize = 0; k < <usize>count; k++) {
    const wo = load<f64>(numbers + k * 8);
    const wx = load<f64>(numbers + (<usize>count + k) * 8);
    const wy = load<f64>(numbers + (<usize>count * 2 + k) * 8);
    give(
      vector(parents + k * 4),
      wo * fx + wx * ax + wy * bx,
      wo * fy + wx * ay + wy * by,
      wo * fz + wx * az + wy * bz,
      origin,
      virial,
    );
  }
}
