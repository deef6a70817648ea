/** Terms in the angle i-j-l at j, two at a time. */
import { BondedSet, BondedShare } from './bonded';
import { addForces, addStretch, angleOf, bondedWork, both, dot, far, interpolate, sumOf, wrap } from './geometry';
import { angleCosine, angleCosineSquared, angleHarmonic } from './layout';
import { forces, positions } from './state';
import { Double } from './vector';

/** Adds the forces of the tuples `first` ... `last` - 1; sets energy and virial. */
export function angles(set: BondedSet, share: BondedShare, first: i32, last: i32, energies: bool): bool {
  const v = changetype<Double>(0);
  const term = set.term;
  const work = bondedWork();
  const stride = <usize>set.width * 8;
  const x = positions;
  const f = forces;
  let energy: f64 = 0;
  for (let k = first; k < last; k += 2) {
    const two = k + 1 < last;
    const atoms = set.atoms + <usize>k * 12;
    const others = two ? atoms + 12 : atoms;
    const p = set.parameters + <usize>k * stride;
    const q = two ? p + stride : p;
    const i0 = <usize>load<u32>(atoms) * 24;
    const j0 = <usize>load<u32>(atoms, 4) * 24;
    const l0 = <usize>load<u32>(atoms, 8) * 24;
    const i1 = <usize>load<u32>(others) * 24;
    const j1 = <usize>load<u32>(others, 4) * 24;
    const l1 = <usize>load<u32>(others, 8) * 24;
    const xj = both(x + j0, x + j1, 0);
    const yj = both(x + j0, x + j1, 8);
    const zj = both(x + j0, x + j1, 16);
    let ux = v.sub(both(x + i0, x + i1, 0), xj);
    let uy = v.sub(both(x + i0, x + i1, 8), yj);
    let uz = v.sub(both(x + i0, x + i1, 16), zj);
    let vx = v.sub(both(x + l0, x + l1, 0), xj);
    let vy = v.sub(both(x + l0, x + l1, 8), yj);
    let vz = v.sub(both(x + l0, x + l1, 16), zj);
    if (far(ux, uy, uz)) {
      wrap(ux, uy, uz);
      ux = load<v128>(work);
      uy = load<v128>(work, 16);
      uz = load<v128>(work, 32);
    }
    if (far(vx, vy, vz)) {
      wrap(vx, vy, vz);
      vx = load<v128>(work);
      vy = load<v128>(work, 16);
      vz = load<v128>(work, 32);
    }
    const u2 = dot(ux, uy, uz, ux, uy, uz);
    const v2 = dot(vx, vy, vz, vx, vy, vz);
    // One division: 1/u2 and 1/v2 follow from 1/(u2 v2).
    const both2 = v.div(v.splat(1), v.mul(u2, v2));
    const uv = v.sqrt(both2);
    const c = v.max(v.splat(-1), v.min(v.splat(1), v.mul(dot(ux, uy, uz, vx, vy, vz), uv)));
    let down: v128; // -dE/dc
    let value: v128;
    if (term == angleCosine) {
      value = v.mul(both(p, q, 0), v.add(v.splat(1), c));
      down = f64x2.neg(both(p, q, 0));
    } else if (term == angleCosineSquared) {
      // The first parameter is the cosine of the angle.
      const bend = v.sub(c, both(p, q, 0));
      down = f64x2.neg(v.mul(both(p, q, 8), bend));
      value = v.mul(v.mul(v.splat(-0.5), down), bend);
    } else {
      const sine = v.sqrt(v.mul(v.sub(v.splat(1), c), v.add(v.splat(1), c)));
      const theta = angleOf(sine, c);
      let slope: v128;
      if (term == angleHarmonic) {
        const bend = v.sub(theta, both(p, q, 0));
        slope = v.mul(both(p, q, 8), bend);
        value = v.mul(v.mul(v.splat(0.5), slope), bend);
      } else {
        interpolate(theta, p, q);
        value = load<v128>(work);
        slope = load<v128>(work, 16);
      }
      down = v.div(slope, v.max(v.splat(1e-8), sine));
    }
    const across = v.mul(down, uv);
    const along = v.mul(v.mul(down, c), both2);
    const alongU = v.mul(along, v2);
    const alongV = v.mul(along, u2);
    const ix = v.sub(v.mul(across, vx), v.mul(alongU, ux));
    const iy = v.sub(v.mul(across, vy), v.mul(alongU, uy));
    const iz = v.sub(v.mul(across, vz), v.mul(alongU, uz));
    const lx = v.sub(v.mul(across, ux), v.mul(alongV, vx));
    const ly = v.sub(v.mul(across, uy), v.mul(alongV, vy));
    const lz = v.sub(v.mul(across, uz), v.mul(alongV, vz));
    if (energies) {
      energy += sumOf(value, two);
      addStretch(share.virial, two, ux, uy, uz, ix, iy, iz);
      addStretch(share.virial, two, vx, vy, vz, lx, ly, lz);
    }
    addForces(f + i0, f + i1, two, ix, iy, iz);
    addForces(f + l0, f + l1, two, lx, ly, lz);
    addForces(f + j0, f + j1, two, f64x2.neg(v.add(ix, lx)), f64x2.neg(v.add(iy, ly)), f64x2.neg(v.add(iz, lz)));
  }
  share.energy = energy;
  return true;
}
