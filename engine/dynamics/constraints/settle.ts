/** SETTLE: rigid three-site water kept rigid in closed form, positions and velocities. */

/** Masses, lengths and what follows from them, of one kind of water: an apex (oxygen) and two equal ends (hydrogens). */
export interface RigidTriangle {
  readonly apexMass: number;
  readonly endMass: number;
  /** From the centre of mass: to the apex, to the line of the ends (both along the bisector), and half the distance of the ends. */
  readonly ra: number;
  readonly rb: number;
  readonly rc: number;
  /** Moments of inertia about the axis end-end, the bisector, and the normal of the plane. */
  readonly inertia: readonly [number, number, number];
}

/** @param side apex-end length; @param base end-end length, less than twice the side */
export function rigidTriangle(apexMass: number, endMass: number, side: number, base: number): RigidTriangle {
  const rc = base / 2;
  const height = Math.sqrt(side * side - rc * rc);
  const ra = (2 * endMass * height) / (apexMass + 2 * endMass);
  const rb = height - ra;
  const x = apexMass * ra * ra + 2 * endMass * rb * rb;
  const y = 2 * endMass * rc * rc;
  return { apexMass, endMass, ra, rb, rc, inertia: [x, y, x + y] };
}

/**
 * Brings the molecule with apex at offset a and ends at b and c of `positions` to its shape, as the constraint forces along its sides
 * at `before` would. Miyamoto & Kollman, J. Comput. Chem. 13, 952 (1992).
 *
 * @returns false if no such place exists: the molecule turned by a right angle or more in one step
 */
export function settlePositions(
  shape: RigidTriangle,
  before: Float64Array,
  positions: Float64Array,
  a: number,
  b: number,
  c: number,
): boolean {
  const { apexMass, endMass, ra, rb, rc } = shape;
  const total = apexMass + 2 * endMass;
  const [x, y] = [positions, before];
  // Sides before, from the apex; the new positions from their centre of mass.
  const b0x = y[b] - y[a];
  const b0y = y[b + 1] - y[a + 1];
  const b0z = y[b + 2] - y[a + 2];
  const c0x = y[c] - y[a];
  const c0y = y[c + 1] - y[a + 1];
  const c0z = y[c + 2] - y[a + 2];
  const mx = (apexMass * x[a] + endMass * (x[b] + x[c])) / total;
  const my = (apexMass * x[a + 1] + endMass * (x[b + 1] + x[c + 1])) / total;
  const mz = (apexMass * x[a + 2] + endMass * (x[b + 2] + x[c + 2])) / total;
  const a1x = x[a] - mx;
  const a1y = x[a + 1] - my;
  const a1z = x[a + 2] - mz;
  const b1x = x[b] - mx;
  const b1y = x[b + 1] - my;
  const b1z = x[b + 2] - mz;
  const c1x = x[c] - mx;
  const c1y = x[c + 1] - my;
  const c1z = x[c + 2] - mz;
  // Axes: w normal to the plane before, u normal to w and the new apex, v = w x u.
  let wx = b0y * c0z - b0z * c0y;
  let wy = b0z * c0x - b0x * c0z;
  let wz = b0x * c0y - b0y * c0x;
  let ux = a1y * wz - a1z * wy;
  let uy = a1z * wx - a1x * wz;
  let uz = a1x * wy - a1y * wx;
  let vx = wy * uz - wz * uy;
  let vy = wz * ux - wx * uz;
  let vz = wx * uy - wy * ux;
  const wn = 1 / Math.sqrt(wx * wx + wy * wy + wz * wz);
  const un = 1 / Math.sqrt(ux * ux + uy * uy + uz * uz);
  const vn = 1 / Math.sqrt(vx * vx + vy * vy + vz * vz);
  wx *= wn;
  wy *= wn;
  wz *= wn;
  ux *= un;
  uy *= un;
  uz *= un;
  vx *= vn;
  vy *= vn;
  vz *= vn;
  const b0u = b0x * ux + b0y * uy + b0z * uz;
  const b0v = b0x * vx + b0y * vy + b0z * vz;
  const c0u = c0x * ux + c0y * uy + c0z * uz;
  const c0v = c0x * vx + c0y * vy + c0z * vz;
  const a1w = a1x * wx + a1y * wy + a1z * wz;
  const b1u = b1x * ux + b1y * uy + b1z * uz;
  const b1v = b1x * vx + b1y * vy + b1z * vz;
  const b1w = b1x * wx + b1y * wy + b1z * wz;
  const c1u = c1x * ux + c1y * uy + c1z * uz;
  const c1v = c1x * vx + c1y * vy + c1z * vz;
  const c1w = c1x * wx + c1y * wy + c1z * wz;
  // The angles of the paper: phi and psi lift the molecule out of the old plane, theta turns it about w.
  const sinPhi = a1w / ra;
  const cosPhi = Math.sqrt(1 - sinPhi * sinPhi);
  const sinPsi = (b1w - c1w) / (2 * rc * cosPhi);
  const cosPsi = Math.sqrt(1 - sinPsi * sinPsi);
  const a2v = ra * cosPhi;
  const b2u = -rc * cosPsi;
  const along = -rb * cosPhi;
  const tilt = rc * sinPsi * sinPhi;
  const b2v = along - tilt;
  const c2v = along + tilt;
  const alpha = b2u * (b0u - c0u) + b0v * b2v + c0v * c2v;
  const beta = b2u * (c0v - b0v) + b0u * b2v + c0u * c2v;
  const gamma = b0u * b1v - b1u * b0v + c0u * c1v - c1u * c0v;
  const square = alpha * alpha + beta * beta;
  const sinTheta = (alpha * gamma - beta * Math.sqrt(square - gamma * gamma)) / square;
  const cosTheta = Math.sqrt(1 - sinTheta * sinTheta);
  const a3u = -a2v * sinTheta;
  const a3v = a2v * cosTheta;
  const b3u = b2u * cosTheta - b2v * sinTheta;
  const b3v = b2u * sinTheta + b2v * cosTheta;
  const c3u = -b2u * cosTheta - c2v * sinTheta;
  const c3v = -b2u * sinTheta + c2v * cosTheta;
  if (!(cosPhi > 0 && cosPsi > 0 && cosTheta > 0)) return false;
  x[a] = mx + ux * a3u + vx * a3v + wx * a1w;
  x[a + 1] = my + uy * a3u + vy * a3v + wy * a1w;
  x[a + 2] = mz + uz * a3u + vz * a3v + wz * a1w;
  x[b] = mx + ux * b3u + vx * b3v + wx * b1w;
  x[b + 1] = my + uy * b3u + vy * b3v + wy * b1w;
  x[b + 2] = mz + uz * b3u + vz * b3v + wz * b1w;
  x[c] = mx + ux * c3u + vx * c3v + wx * c1w;
  x[c + 1] = my + uy * c3u + vy * c3v + wy * c1w;
  x[c + 2] = mz + uz * c3u + vz * c3v + wz * c1w;
  return true;
}

/** Unit vectors along end-end, bisector (towards the apex) and normal, 9 numbers, and the centre of mass, 3; into `frame`. */
function frameOf(shape: RigidTriangle, x: Float64Array, a: number, b: number, c: number, frame: Float64Array): void {
  const { ra, rb, rc } = shape;
  const base = 0.5 / rc;
  const height = 1 / (ra + rb);
  for (let k = 0; k < 3; k++) {
    const middle = 0.5 * (x[b + k] + x[c + k]);
    frame[k] = (x[c + k] - x[b + k]) * base;
    frame[3 + k] = (x[a + k] - middle) * height;
    frame[9 + k] = middle + frame[3 + k] * rb;
  }
  frame[6] = frame[1] * frame[5] - frame[2] * frame[4];
  frame[7] = frame[2] * frame[3] - frame[0] * frame[5];
  frame[8] = frame[0] * frame[4] - frame[1] * frame[3];
}

const frame = new Float64Array(12);
const spin = new Float64Array(6);

/**
 * Takes off the velocities what would change the shape: they become those of a rigid body with the same momentum and angular
 * momentum, which is what constraint impulses along the sides do.
 */
export function settleVelocities(shape: RigidTriangle, x: Float64Array, v: Float64Array, a: number, b: number, c: number): void {
  rigidMotion(shape, x, v, a, b, c, 1, frame, spin);
  const [vx, vy, vz, wx, wy, wz] = spin;
  for (const i of [a, b, c]) {
    const rx = x[i] - frame[9];
    const ry = x[i + 1] - frame[10];
    const rz = x[i + 2] - frame[11];
    v[i] = vx + wy * rz - wz * ry;
    v[i + 1] = vy + wz * rx - wx * rz;
    v[i + 2] = vz + wx * ry - wy * rx;
  }
}

/**
 * Velocity of the centre of mass and angular velocity, for vectors v that are velocities (`weighted` 1: multiply by mass) or
 * momenta or forces (0: they are already).
 */
function rigidMotion(
  shape: RigidTriangle,
  x: Float64Array,
  v: Float64Array,
  a: number,
  b: number,
  c: number,
  weighted: 0 | 1,
  at: Float64Array,
  motion: Float64Array,
): void {
  const { apexMass, endMass, inertia } = shape;
  frameOf(shape, x, a, b, c, at);
  const total = apexMass + 2 * endMass;
  const ma = weighted ? apexMass : 1;
  const mb = weighted ? endMass : 1;
  for (let k = 0; k < 3; k++) motion[k] = (ma * v[a + k] + mb * (v[b + k] + v[c + k])) / total;
  let lx = 0;
  let ly = 0;
  let lz = 0;
  for (const [i, m] of [
    [a, ma],
    [b, mb],
    [c, mb],
  ]) {
    const rx = x[i] - at[9];
    const ry = x[i + 1] - at[10];
    const rz = x[i + 2] - at[11];
    lx += m * (ry * v[i + 2] - rz * v[i + 1]);
    ly += m * (rz * v[i] - rx * v[i + 2]);
    lz += m * (rx * v[i + 1] - ry * v[i]);
  }
  motion[3] = 0;
  motion[4] = 0;
  motion[5] = 0;
  for (let e = 0; e < 3; e++) {
    const w = (lx * at[3 * e] + ly * at[3 * e + 1] + lz * at[3 * e + 2]) / inertia[e];
    for (let k = 0; k < 3; k++) motion[3 + k] += w * at[3 * e + k];
  }
}

const turning = new Float64Array(6);

/**
 * Adds the virial sum r (x) f of the constraint forces of one molecule: mass times the acceleration of the rigid body, less the
 * forces that act. Velocities must be rigid.
 *
 * @param virial 9 numbers, row-major
 */
export function settleVirial(
  shape: RigidTriangle,
  x: Float64Array,
  v: Float64Array,
  f: Float64Array,
  [a, b, c]: readonly [number, number, number],
  virial: Float64Array,
): void {
  const { apexMass, endMass, inertia } = shape;
  rigidMotion(shape, x, v, a, b, c, 1, frame, spin);
  rigidMotion(shape, x, f, a, b, c, 0, frame, turning);
  const omega = spin.subarray(3);
  // Euler's equations in the principal axes: I alpha = torque - omega x (I omega); `turning` holds torque/I.
  const w = [0, 1, 2].map((e) => omega[0] * frame[3 * e] + omega[1] * frame[3 * e + 1] + omega[2] * frame[3 * e + 2]);
  const alpha = [turning[3], turning[4], turning[5]];
  for (let e = 0; e < 3; e++) {
    const [p, q] = [(e + 1) % 3, (e + 2) % 3];
    const gyroscopic = ((inertia[p] - inertia[q]) * w[p] * w[q]) / inertia[e];
    for (let k = 0; k < 3; k++) alpha[k] += gyroscopic * frame[3 * e + k];
  }
  const cross = (u: ArrayLike<number>, r: ArrayLike<number>) => [
    u[1] * r[2] - u[2] * r[1],
    u[2] * r[0] - u[0] * r[2],
    u[0] * r[1] - u[1] * r[0],
  ];
  for (const [i, m] of [
    [a, apexMass],
    [b, endMass],
    [c, endMass],
  ]) {
    const r = [x[i] - frame[9], x[i + 1] - frame[10], x[i + 2] - frame[11]];
    const tangential = cross(alpha, r);
    const centripetal = cross(omega, cross(omega, r));
    for (let l = 0; l < 3; l++) {
      const force = m * (turning[l] + tangential[l] + centripetal[l]) - f[i + l];
      for (let k = 0; k < 3; k++) virial[3 * k + l] += r[k] * force;
    }
  }
}

/**
 * Puts a triangle of the right shape where one of another shape is: same centre of mass, plane and direction of the base. Where its
 * corners lie on a line, or its ends in one place, any plane will do.
 */
export function placeTriangle(shape: RigidTriangle, x: Float64Array, a: number, b: number, c: number): void {
  const { apexMass, endMass, ra, rb, rc } = shape;
  const total = apexMass + 2 * endMass;
  const at = (o: number) => [x[o], x[o + 1], x[o + 2]];
  const [pa, pb, pc] = [at(a), at(b), at(c)];
  const centre = pa.map((v, k) => (apexMass * v + endMass * (pb[k] + pc[k])) / total);
  const base = unit(pc.map((v, k) => v - pb[k])) ?? [1, 0, 0];
  const up = pa.map((v, k) => v - 0.5 * (pb[k] + pc[k]));
  const slope = up[0] * base[0] + up[1] * base[1] + up[2] * base[2];
  const bisector = unit(up.map((v, k) => v - slope * base[k])) ?? across(base);
  for (let k = 0; k < 3; k++) {
    x[a + k] = centre[k] + ra * bisector[k];
    x[b + k] = centre[k] - rb * bisector[k] - rc * base[k];
    x[c + k] = centre[k] - rb * bisector[k] + rc * base[k];
  }
}

/** Of length 1; null for (nearly) none. */
function unit(v: readonly number[]): number[] | null {
  const length = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  return length < 1e-9 ? null : v.map((x) => x / length);
}

/** Some direction at right angles to a unit vector. */
function across([x, y, z]: readonly number[]): number[] {
  const size = Math.sqrt(y * y + z * z);
  return size > 0.5 ? [0, z / size, -y / size] : [-y / Math.sqrt(x * x + y * y), x / Math.sqrt(x * x + y * y), 0];
}
