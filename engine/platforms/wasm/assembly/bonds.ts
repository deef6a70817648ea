/** Terms in one distance: bonds and listed pairs, two at a time. */
import { BondedSet, BondedShare, fail } from './bonded';
import { addForces, addStretch, bondedWork, both, dot, far, interpolate, sumOf, wrap } from './geometry';
import { bondFene, bondHarmonic, excludedCells, excludedCellsPerUnit, excludedCharges, listedPairs } from './layout';
import { log } from '../../../math/assembly/functions';
import { forces, positions } from './state';
import { Double } from './vector';

/** Adds the forces of the tuples `first` ... `last` - 1; sets energy and virial. Returns false where a term is undefined. */
export function bonds(set: BondedSet, share: BondedShare, first: i32, last: i32, energies: bool): bool {
  const v = changetype<Double>(0);
  const term = set.term;
  const work = bondedWork();
  const stride = <usize>set.width * 8;
  const x = positions;
  const f = forces;
  let energy: f64 = 0;
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
    } else if (term == excludedCharges) {
      excluded(v.mul(v.splat(set.constant), r2), p, q, work);
      value = load<v128>(work);
      push = v.mul(v.splat(-2 * set.constant), load<v128>(work, 16));
    } else if (term == bondFene) {
      const stiffness = both(p, q, 0);
      const limit = both(p, q, 8);
      const limit2 = v.mul(limit, limit);
      const room = v.sub(limit2, r2);
      if (!v128.all_true<i64>(v.gt(room, v.splat(0)))) {
        const failed = !(f64x2.extract_lane(room, 0) > 0);
        return fail(share, failed ? k : k + 1, Math.sqrt(failed ? f64x2.extract_lane(r2, 0) : f64x2.extract_lane(r2, 1)));
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
    const fx = v.mul(push, dx);
    const fy = v.mul(push, dy);
    const fz = v.mul(push, dz);
    if (energies) {
      energy += sumOf(value, two);
      addStretch(share.virial, two, dx, dy, dz, fx, fy, fz);
    }
    addForces(f + i0, f + i1, two, fx, fy, fz);
    addForces(f + j0, f + j1, two, f64x2.neg(fx), f64x2.neg(fy), f64x2.neg(fz));
  }
  share.energy = energy;
  return true;
}

/**
 * a g(s) and a g'(s) with g(s) = erf(sqrt s)/sqrt s, s = (alpha r)^2, to `work` and 16 bytes on: what a pair of charges has in reciprocal
 * space. Smooth in s, so a table of cubics; beyond it erf is 1. Parameters are a and the address of the table.
 */
function excluded(s: v128, p: usize, q: usize, work: usize): void {
  const v = changetype<Double>(0);
  const u = v.mul(s, v.splat(<f64>excludedCellsPerUnit));
  const amplitude = both(p, q, 0);
  let value: v128;
  let slope: v128;
  if (v128.all_true<i64>(v.gt(v.splat(<f64>excludedCells), u))) {
    const cell = v.floor(u);
    const t = v.sub(u, cell);
    const c = <usize>load<f64>(p, 8) + <usize>(<i32>f64x2.extract_lane(cell, 0)) * 32;
    const d = <usize>load<f64>(q, 8) + <usize>(<i32>f64x2.extract_lane(cell, 1)) * 32;
    const c1 = both(c, d, 8);
    const c2 = both(c, d, 16);
    const c3 = both(c, d, 24);
    value = v.add(both(c, d, 0), v.mul(t, v.add(c1, v.mul(t, v.add(c2, v.mul(t, c3))))));
    const rise = v.add(c1, v.mul(t, v.add(v.add(c2, c2), v.mul(v.mul(t, v.splat(3)), c3))));
    slope = v.mul(v.splat(<f64>excludedCellsPerUnit), rise);
  } else {
    // One of both is far: each by itself.
    const both0 = f64x2.extract_lane(u, 0) < <f64>excludedCells;
    const both1 = f64x2.extract_lane(u, 1) < <f64>excludedCells;
    const root = v.sqrt(v.div(v.splat(1), s));
    value = root;
    slope = v.mul(v.splat(-0.5), v.div(root, s));
    if (both0 || both1) {
      const near = both0 ? f64x2.extract_lane(s, 0) : f64x2.extract_lane(s, 1);
      const at = both0 ? p : q;
      excluded(v.splat(near), at, at, work);
      const a = load<f64>(at);
      const nearValue = load<f64>(work) / a;
      const nearSlope = load<f64>(work, 16) / a;
      value = both0 ? f64x2.replace_lane(value, 0, nearValue) : f64x2.replace_lane(value, 1, nearValue);
      slope = both0 ? f64x2.replace_lane(slope, 0, nearSlope) : f64x2.replace_lane(slope, 1, nearSlope);
    }
  }
  store<v128>(work, v.mul(amplitude, value));
  store<v128>(work, v.mul(amplitude, slope), 16);
}
