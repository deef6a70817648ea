/** The thermostats of engine/dynamics: what they do to the velocities of a step, as a factor or, for a chain for every coordinate, by range. */
import { addHeat, chainLength, chainStride, degrees, kT, noiseKeys, relaxation, thermostat, timestep, variables } from './dynamics';
import { thermostatBerendsen, thermostatNoseHoover, thermostatVelocityRescaling } from './layout';
import { exp, exp2x } from '../../../math/assembly/functions';
import { chiSquare, normal } from './noise';
import { mass, velocities } from './state';

/** The factor of the velocities at the end of a step, for the sum of m v^2 as it is then. */
export function factorAtEnd(step: i64, twiceKinetic: f64): f64 {
  if (thermostat == thermostatNoseHoover) return chainHalfStep(twiceKinetic);
  if (twiceKinetic == 0) return 1;
  if (thermostat == thermostatBerendsen) return berendsen(twiceKinetic);
  if (thermostat == thermostatVelocityRescaling) return rescaling(step, twiceKinetic);
  return 1;
}

function berendsen(twiceKinetic: f64): f64 {
  const factor2 = Math.max(0.64, Math.min(1.5625, 1 + (timestep / relaxation) * ((degrees * kT) / twiceKinetic - 1)));
  addHeat((factor2 - 1) * 0.5 * twiceKinetic);
  return Math.sqrt(factor2);
}

/** See engine/dynamics/velocity-rescaling.ts. */
function rescaling(step: i64, twiceKinetic: f64): f64 {
  const c = exp(-timestep / relaxation);
  const ratio = ((1 - c) * kT) / twiceKinetic;
  const r = <f64>normal(noiseKeys, step);
  const rest = chiSquare(noiseKeys + 96, step, degrees - 1);
  const factor2 = c + ratio * (r * r + rest) + 2 * r * Math.sqrt(c * ratio);
  addHeat((factor2 - 1) * 0.5 * twiceKinetic);
  const factor = Math.sqrt(factor2);
  return r + Math.sqrt(c / ratio) >= 0 ? factor : -factor;
}

/** Advances the one chain by half a step; see engine/dynamics/nose-hoover.ts, of which this is the arithmetic. */
export function chainHalfStep(twiceKineticBefore: f64): f64 {
  let twiceKinetic = twiceKineticBefore;
  let scale: f64 = 1;
  for (let part = 0; part < 3; part++) {
    const h = (part == 1 ? -1.7024143839193155 : 1.3512071919596578) * timestep;
    for (let k = chainLength - 1; k >= 0; k--) push(k, twiceKinetic, h);
    const factor = exp(-0.5 * h * load<f64>(link(chainLength)));
    scale *= factor;
    twiceKinetic *= factor * factor;
    for (let k = 0; k < chainLength; k++) store<f64>(link(k), load<f64>(link(k)) + 0.5 * h * load<f64>(link(chainLength + k)));
    for (let k = 0; k < chainLength; k++) push(k, twiceKinetic, h);
  }
  return scale;
}

// @ts-ignore: decorator
@inline
function link(k: i32): usize {
  return variables + <usize>k * 8;
}

function chainMass(k: i32): f64 {
  return (k == 0 ? degrees : 1) * kT * relaxation * relaxation;
}

function push(k: i32, twiceKinetic: f64, h: f64): void {
  const at = link(chainLength + k);
  const before = k > 0 ? load<f64>(at - 8) : 0;
  const drive = k == 0 ? twiceKinetic - degrees * kT : chainMass(k - 1) * before * before - kT;
  const friction = k + 1 < chainLength ? exp(-0.125 * h * load<f64>(at, 8)) : 1;
  store<f64>(at, (load<f64>(at) * friction + (0.25 * h * drive) / chainMass(k)) * friction);
}

/** Advances the chains of all coordinates of a range by half a step, and scales the velocities. Two coordinates at once. */
export function massiveRange(first: i32, last: i32): void {
  const end = <usize>last * 3;
  for (let c = <usize>first * 3; c < end; c += 2) {
    const i = c / 3;
    // Masses of the particles of the two coordinates: the same, or one and the next.
    const m0 = load<f64>(mass + i * 8);
    const m = f64x2.replace_lane(f64x2.splat(m0), 1, load<f64>(mass + ((c + 1) / 3) * 8));
    const v = v128.load(velocities + c * 8);
    v128.store(velocities + c * 8, f64x2.mul(v, massiveFactors(variables + c * 8, f64x2.mul(m, f64x2.mul(v, v)))));
  }
  if (end & 1) clearPadding(end);
}

/** The coordinate beyond the last is nobody's: its chain must not run away. */
function clearPadding(c: usize): void {
  store<f64>(velocities + c * 8, 0);
  for (let k: usize = 0; k < <usize>chainLength * 2; k++) store<f64>(variables + (c + k * <usize>chainStride) * 8, 0);
}

function massiveFactors(eta: usize, twiceKineticBefore: v128): v128 {
  const bytes = <usize>chainStride * 8;
  const length = <usize>chainLength;
  const velocity = eta + length * bytes;
  const h = timestep;
  for (let k = <isize>length - 1; k >= 0; k--) massivePush(velocity, k, twiceKineticBefore, h);
  const factor = exp2x(f64x2.mul(f64x2.splat(-0.5 * h), v128.load(velocity)));
  const twiceKinetic = f64x2.mul(twiceKineticBefore, f64x2.mul(factor, factor));
  for (let k: usize = 0; k < length; k++) {
    const at = eta + k * bytes;
    v128.store(at, f64x2.add(v128.load(at), f64x2.mul(f64x2.splat(0.5 * h), v128.load(velocity + k * bytes))));
  }
  for (let k: isize = 0; k < <isize>length; k++) massivePush(velocity, k, twiceKinetic, h);
  return factor;
}

// @ts-ignore: decorator
@inline
function massivePush(velocity: usize, k: isize, twiceKinetic: v128, h: f64): void {
  const bytes = <usize>chainStride * 8;
  const at = velocity + <usize>k * bytes;
  const q = kT * relaxation * relaxation;
  let drive = twiceKinetic;
  if (k > 0) {
    const before = v128.load(at - bytes);
    drive = f64x2.mul(f64x2.splat(q), f64x2.mul(before, before));
  }
  const change = f64x2.mul(f64x2.splat((0.25 * h) / q), f64x2.sub(drive, f64x2.splat(kT)));
  if (k + 1 == <isize>chainLength) {
    v128.store(at, f64x2.add(v128.load(at), change));
    return;
  }
  const friction = exp2x(f64x2.mul(f64x2.splat(-0.125 * h), v128.load(at + bytes)));
  v128.store(at, f64x2.mul(f64x2.add(f64x2.mul(v128.load(at), friction), change), friction));
}
