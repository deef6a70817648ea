/** Terms in the dihedral i-j-l-m, two at a time; trans is pi. */
import { BondedSet, BondedShare } from './bonded';
import { addForces, addStretch, bondedWork, both, dot, far, interpolate, sumOf, wrap } from './geometry';
import { torsionPeriodic, torsionRyckaertBellemans } from './layout';
import { atan2 } from '../../../math/assembly/functions';
import { forces, positions } from './state';
import { Double } from './vector';

/**
 * Adds the forces of the tuples `first` ... `last` - 1; sets energy and virial, which has no trace: the energy depends on directions alone.
 * Forces after Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996).
 */
export function torsions(set: BondedSet, share: BondedShare, first: i32, last: i32, energies: bool): bool {
  const v = changetype<Double>(0);
  const term = set.term;
  const work = bondedWork();
  const stride = <usize>set.width * 8;
  const x = positions;
  const f = forces;
  let energy: f64 = 0;
  for (let k = first; k < last; k += 2) {
    const two = k + 1 < last;
    const atoms = set.atoms + <usize>k * 16;
    const others = two ? atoms + 16 : atoms;
    const p = set.parameters + <usize>k * stride;
    const q = two ? p + stride : p;
    const i0 = <usize>load<u32>(atoms) * 24;
    const j0 = <usize>load<u32>(atoms, 4) * 24;
    const l0 = <usize>load<u32>(atoms, 8) * 24;
    const m0 = <usize>load<u32>(atoms, 12) * 24;
    const i1 = <usize>load<u32>(others) * 24;
    const j1 = <usize>load<u32>(others, 4) * 24;
    const l1 = <usize>load<u32>(others, 8) * 24;
    const m1 = <usize>load<u32>(others, 12) * 24;
    const xj = both(x + j0, x + j1, 0);
    const yj = both(x + j0, x + j1, 8);
    const zj = both(x + j0, x + j1, 16);
    const xl = both(x + l0, x + l1, 0);
    const yl = both(x + l0, x + l1, 8);
    const zl = both(x + l0, x + l1, 16);
    let ex = v.sub(both(x + i0, x + i1, 0), xj);
    let ey = v.sub(both(x + i0, x + i1, 8), yj);
    let ez = v.sub(both(x + i0, x + i1, 16), zj);
    let gx = v.sub(xj, xl);
    let gy = v.sub(yj, yl);
    let gz = v.sub(zj, zl);
    let hx = v.sub(both(x + m0, x + m1, 0), xl);
    let hy = v.sub(both(x + m0, x + m1, 8), yl);
    let hz = v.sub(both(x + m0, x + m1, 16), zl);
    if (far(ex, ey, ez)) {
      wrap(ex, ey, ez);
      ex = load<v128>(work);
      ey = load<v128>(work, 16);
      ez = load<v128>(work, 32);
    }
    if (far(gx, gy, gz)) {
      wrap(gx, gy, gz);
      gx = load<v128>(work);
      gy = load<v128>(work, 16);
      gz = load<v128>(work, 32);
    }
    if (far(hx, hy, hz)) {
      wrap(hx, hy, hz);
      hx = load<v128>(work);
      hy = load<v128>(work, 16);
      hz = load<v128>(work, 32);
    }
    // P = E x G, Q = H x G.
    const px = v.sub(v.mul(ey, gz), v.mul(ez, gy));
    const py = v.sub(v.mul(ez, gx), v.mul(ex, gz));
    const pz = v.sub(v.mul(ex, gy), v.mul(ey, gx));
    const qx = v.sub(v.mul(hy, gz), v.mul(hz, gy));
    const qy = v.sub(v.mul(hz, gx), v.mul(hx, gz));
    const qz = v.sub(v.mul(hx, gy), v.mul(hy, gx));
    const p2 = dot(px, py, pz, px, py, pz);
    const q2 = dot(qx, qy, qz, qx, qy, qz);
    const g2 = dot(gx, gy, gz, gx, gy, gz);
    const g = v.sqrt(g2);
    const inverseG = v.div(v.splat(1), g);
    // |P| |Q| cos phi and |P| |Q| sin phi; (Q x P) . G = -(Q . E) G^2, as P = E x G and Q is at right angles to G.
    const across = dot(px, py, pz, qx, qy, qz);
    const up = f64x2.neg(v.mul(dot(qx, qy, qz, ex, ey, ez), g));
    const pq = v.div(v.splat(1), v.mul(p2, q2));
    const norm = v.sqrt(pq);
    const c = v.mul(across, norm);
    const s = v.mul(up, norm);
    let value: v128;
    let slope: v128;
    if (term == torsionRyckaertBellemans) {
      // In psi = phi - pi.
      const t = f64x2.neg(c);
      const c1 = both(p, q, 8);
      const c2 = both(p, q, 16);
      const c3 = both(p, q, 24);
      const c4 = both(p, q, 32);
      const c5 = both(p, q, 40);
      const inner = v.add(c2, v.mul(t, v.add(c3, v.mul(t, v.add(c4, v.mul(t, c5))))));
      value = v.add(both(p, q, 0), v.mul(t, v.add(c1, v.mul(t, inner))));
      const steep = v.add(v.mul(v.splat(3), c3), v.mul(t, v.add(v.mul(v.splat(4), c4), v.mul(t, v.mul(v.splat(5), c5)))));
      slope = v.mul(s, v.add(c1, v.mul(t, v.add(v.add(c2, c2), v.mul(t, steep)))));
    } else if (term == torsionPeriodic) {
      // Parameters n, a constant, then n amplitudes of cos(m phi) and sin(m phi), powers of a complex number; 0 beyond a tuple's own n.
      const most = Math.max(load<f64>(p), load<f64>(q));
      let cm = v.splat(1);
      let sm = v.splat(0);
      value = both(p, q, 8);
      slope = v.splat(0);
      let at: usize = 16;
      for (let m: f64 = 1; m <= most; m += 1, at += 16) {
        const next = v.sub(v.mul(cm, c), v.mul(sm, s));
        sm = v.add(v.mul(sm, c), v.mul(cm, s));
        cm = next;
        const even = both(p + at, q + at, 0);
        const odd = both(p + at, q + at, 8);
        value = v.add(value, v.add(v.mul(even, cm), v.mul(odd, sm)));
        slope = v.add(slope, v.mul(v.splat(m), v.sub(v.mul(odd, cm), v.mul(even, sm))));
      }
    } else {
      const phi = f64x2(
        atan2(f64x2.extract_lane(up, 0), f64x2.extract_lane(across, 0)),
        atan2(f64x2.extract_lane(up, 1), f64x2.extract_lane(across, 1)),
      );
      interpolate(phi, p, q);
      value = load<v128>(work);
      slope = load<v128>(work, 16);
    }
    const inverseP2 = v.mul(pq, q2);
    const inverseQ2 = v.mul(pq, p2);
    const fi = v.mul(v.mul(slope, g), inverseP2);
    const fm = f64x2.neg(v.mul(v.mul(slope, g), inverseQ2));
    const fg = v.mul(v.mul(dot(ex, ey, ez, gx, gy, gz), v.mul(inverseP2, inverseG)), slope);
    const hg = v.mul(v.mul(dot(hx, hy, hz, gx, gy, gz), v.mul(inverseQ2, inverseG)), slope);
    const ix = v.mul(fi, px);
    const iy = v.mul(fi, py);
    const iz = v.mul(fi, pz);
    const mx = v.mul(fm, qx);
    const my = v.mul(fm, qy);
    const mz = v.mul(fm, qz);
    const sx = v.sub(v.mul(hg, qx), v.mul(fg, px));
    const sy = v.sub(v.mul(hg, qy), v.mul(fg, py));
    const sz = v.sub(v.mul(hg, qz), v.mul(fg, pz));
    if (energies) {
      // About l, where no force has a lever.
      energy += sumOf(value, two);
      addStretch(share.virial, two, v.add(ex, gx), v.add(ey, gy), v.add(ez, gz), ix, iy, iz);
      addStretch(share.virial, two, gx, gy, gz, v.sub(sx, ix), v.sub(sy, iy), v.sub(sz, iz));
      addStretch(share.virial, two, hx, hy, hz, mx, my, mz);
    }
    addForces(f + i0, f + i1, two, ix, iy, iz);
    addForces(f + j0, f + j1, two, v.sub(sx, ix), v.sub(sy, iy), v.sub(sz, iz));
    addForces(f + l0, f + l1, two, f64x2.neg(v.add(sx, mx)), f64x2.neg(v.add(sy, my)), f64x2.neg(v.add(sz, mz)));
    addForces(f + m0, f + m1, two, mx, my, mz);
  }
  share.energy = energy;
  return true;
}
