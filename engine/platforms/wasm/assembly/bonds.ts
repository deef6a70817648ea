/** Terms in one distance: bonds and listed pairs, two at a time. */
import { BondedSet, fail } from './bonded';
import { addForces, bondedWork, both, dot, far, interpolate, sumOf, wrap } from './geometry';
import { bondFene, bondHarmonic, listedPairs } from './layout';
import { log } from './math';
import { forces, positions } from './state';
import { Double } from './vector';

/** Adds the forces of the tuples `first` ... `last` - 1; sets energy and virial. Returns false where a term is undefined. */
export function bonds(set: BondedSet, first: i32, last: i32, energies: bool): bool {
  const v = changetype<Double>(0);
  const term = set.term;
  const work = bondedWork();
  const stride = <usize>set.width * 8;
  const x = positions;
  const f = forces;
  let energy: f64 = 0;
  let virial: f64 = 0;
  for (let k = first; k < last; k += 2) {
    const two = k + 1 < last;
    const atoms = set.atoms + <usize>k * 8;
    const others = two ? atoms + 8 : atoms;
    const p = set.parameters + <usize>k * stride;
    const q = two ? p + stride : p;
    const i0 = <usize>load<u32>(atoms) * 24;
    const j0 = <usize>load<u32>(atoms, 4) * 24;
    const i1 = <usize>load<u32>(others) * 24;
    const j1 = <usize>load<u32>(others, 4) * 24;
    let dx = v.sub(both(x + i0, x + i1, 0), both(x + j0, x + j1, 0));
    let dy = v.sub(both(x + i0, x + i1, 8), both(x + j0, x + j1, 8));
    let dz = v.sub(both(x + i0, x + i1, 16), both(x + j0, x + j1, 16));
    if (far(dx, dy, dz)) {
      wrap(dx, dy, dz);
      dx = load<v128>(work);
      dy = load<v128>(work, 16);
      dz = load<v128>(work, 32);
    }
    const r2 = dot(dx, dy, dz, dx, dy, dz);
    let push: v128; // -(dE/dr)/r
    let value: v128;
    if (term == listedPairs) {
      const inverse = v.div(v.splat(1), r2);
      const s2 = v.mul(v.mul(both(p, q, 0), both(p, q, 0)), inverse);
      const s6 = v.mul(v.mul(s2, s2), s2);
      const e = v.mul(v.mul(v.splat(4), both(p, q, 8)), s6);
      const electrostatic = v.mul(v.mul(v.splat(set.constant), both(p, q, 16)), v.mul(v.sqrt(r2), inverse));
      value = v.add(v.mul(e, v.sub(s6, v.splat(1))), electrostatic);
      push = v.mul(v.add(v.mul(v.mul(v.splat(6), e), v.sub(v.add(s6, s6), v.splat(1))), electrostatic), inverse);
    } else if (term == bondFene) {
      const stiffness = both(p, q, 0);
      const limit = both(p, q, 8);
      const limit2 = v.mul(limit, limit);
      const room = v.sub(limit2, r2);
      if (!v128.all_true<i64>(v.gt(room, v.splat(0)))) {
        const failed = !(f64x2.extract_lane(room, 0) > 0);
        return fail(set, failed ? k : k + 1, Math.sqrt(failed ? f64x2.extract_lane(r2, 0) : f64x2.extract_lane(r2, 1)));
      }
      const scale = v.mul(stiffness, limit2);
      push = v.div(v.sub(v.splat(0), scale), room);
      value = room;
      if (energies) {
        const gap = v.div(room, limit2);
        const logs = f64x2(log(f64x2.extract_lane(gap, 0)), log(f64x2.extract_lane(gap, 1)));
        value = v.mul(v.mul(v.splat(-0.5), scale), logs);
      }
    } else {
      const r = v.sqrt(r2);
      let slope: v128;
      if (term == bondHarmonic) {
        const stretch = v.sub(r, both(p, q, 0));
        slope = v.mul(both(p, q, 8), stretch);
        value = v.mul(v.mul(v.splat(0.5), slope), stretch);
      } else {
        interpolate(r, p, q);
        value = load<v128>(work);
        slope = load<v128>(work, 16);
      }
      push = v.div(v.sub(v.splat(0), slope), r);
    }
    if (energies) {
      energy += sumOf(value, two);
      virial += sumOf(v.mul(push, r2), two);
    }
    const fx = v.mul(push, dx);
    const fy = v.mul(push, dy);
    const fz = v.mul(push, dz);
    addForces(f + i0, f + i1, two, fx, fy, fz);
    addForces(f + j0, f + j1, two, f64x2.neg(fx), f64x2.neg(fy), f64x2.neg(fz));
  }
  set.energy = energy;
  set.virial = virial;
  return true;
}
