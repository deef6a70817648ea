/** Forces on the particles from the potential on the mesh. */
import { begin, cubicBytes, Pme, splatAt, Three, Two } from './mesh';
import { ax, bx, by, cx, cy, cz, doublePrecision, forces, particles } from './state';
import { Double, Single } from './vector';

/** Forces of the part's records, which take the place of weights that are needed no more: stores to particles all over would be slow. */
export function gatherForces(pme: Pme, part: i32): void {
  if (doublePrecision) {
    if (pme.zVectors == 2) gather<Double, Two>(pme, part);
    else gather<Double, Three>(pme, part);
  } else {
    if (pme.order == 4) gatherCubic(pme, part);
    else gather<Single, Two>(pme, part);
  }
}

/** Order 4 in f32, unrolled. */
function gatherCubic(pme: Pme, part: i32): void {
  const v = changetype<Single>(0);
  const nx = pme.nx;
  const rowStep = pme.rowStep;
  const charged = load<i32>(pme.planeStart + <usize>nx * 4);
  const end = begin(part + 1, pme.parts, charged);
  const scaleX = <f64>nx / ax;
  const scaleY = <f64>pme.ny / by;
  const scaleZ = <f64>pme.nz / cz;
  const shearB = bx / by;
  const shearX = cx / cz;
  const shearY = cy / cz;
  let plane = 0;
  let record = pme.records + <usize>begin(part, pme.parts, charged) * cubicBytes;
  for (let k = begin(part, pme.parts, charged); k < end; k++, record += cubicBytes) {
    while (load<i32>(pme.planeStart + <usize>plane * 4, 4) <= k) plane++;
    const offset = pme.grid + <usize>load<u32>(record);
    const w0 = v128.load_splat<f32>(record, 52);
    const w1 = v128.load_splat<f32>(record, 68);
    const w2 = v128.load_splat<f32>(record, 84);
    const w3 = v128.load_splat<f32>(record, 100);
    const d0 = v128.load_splat<f32>(record, 60);
    const d1 = v128.load_splat<f32>(record, 76);
    const d2 = v128.load_splat<f32>(record, 92);
    const d3 = v128.load_splat<f32>(record, 108);
    let x = f32x4.splat(0);
    let y = x;
    let s = x;
    let weight = record + 48;
    for (let a = 0; a < 4; a++, weight += 16) {
      let at = plane + a;
      if (at >= nx) at -= nx;
      const r0 = offset + pme.planeStep * <usize>at;
      const r1 = r0 + rowStep;
      const r2 = r1 + rowStep;
      const u0 = load<v128>(r0);
      const u1 = load<v128>(r1);
      const u2 = load<v128>(r2);
      const u3 = load<v128>(r2 + rowStep);
      const p = v.madd(w3, u3, v.madd(w2, u2, v.madd(w1, u1, f32x4.mul(w0, u0))));
      const d = v.madd(d3, u3, v.madd(d2, u2, v.madd(d1, u1, f32x4.mul(d0, u0))));
      const wx = v128.load_splat<f32>(weight);
      x = v.madd(v128.load_splat<f32>(weight, 8), p, x);
      y = v.madd(wx, d, y);
      s = v.madd(wx, p, s);
    }
    const z = load<v128>(record, 16);
    const fx = -v.sum(f32x4.mul(x, z)) * scaleX;
    const fy = -v.sum(f32x4.mul(y, z)) * scaleY - fx * shearB;
    const fz = -v.sum(f32x4.mul(s, load<v128>(record, 32))) * scaleZ - (fx * shearX + fy * shearY);
    store<f64>(record, fx, 8);
    store<f64>(record, fy, 16);
    store<f64>(record, fz, 24);
  }
}

function gather<V, N>(pme: Pme, part: i32): void {
  const v = changetype<V>(0);
  const vectors = changetype<N>(0).count();
  const order = pme.order;
  const nx = pme.nx;
  const each: usize = v.isDouble() ? 32 : 16;
  const real: usize = v.isDouble() ? 8 : 4;
  const zero = v.splat(0);
  const rowStep = pme.rowStep;
  const charged = load<i32>(pme.planeStart + <usize>nx * 4);
  const end = begin(part + 1, pme.parts, charged);
  const scaleX = <f64>nx / ax;
  const scaleY = <f64>pme.ny / by;
  const scaleZ = <f64>pme.nz / cz;
  const shearB = bx / by;
  let plane = 0;
  for (let k = begin(part, pme.parts, charged); k < end; k++) {
    while (load<i32>(pme.planeStart + <usize>plane * 4, 4) <= k) plane++;
    const record = pme.records + <usize>k * pme.recordBytes;
    const offset = <usize>load<u32>(record);
    const weights = record + pme.weightsXY;
    let x0 = zero;
    let x1 = zero;
    let x2 = zero;
    let y0 = zero;
    let y1 = zero;
    let y2 = zero;
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    for (let a = 0; a < order; a++) {
      let x = plane + a;
      if (x >= nx) x -= nx;
      let from = pme.grid + pme.planeStep * <usize>x + offset;
      let p0 = zero;
      let p1 = zero;
      let p2 = zero;
      let d0 = zero;
      let d1 = zero;
      let d2 = zero;
      let at = weights + real;
      for (let b = 0; b < order; b++) {
        const w = splatAt<V>(at);
        const d = splatAt<V>(at + 2 * real);
        const u0 = load<v128>(from);
        p0 = v.madd(w, u0, p0);
        d0 = v.madd(d, u0, d0);
        const u1 = load<v128>(from, 16);
        p1 = v.madd(w, u1, p1);
        d1 = v.madd(d, u1, d1);
        if (vectors > 2) {
          const u2 = load<v128>(from, 32);
          p2 = v.madd(w, u2, p2);
          d2 = v.madd(d, u2, d2);
        }
        from += rowStep;
        at += each;
      }
      const w = splatAt<V>(weights + each * <usize>a);
      const d = splatAt<V>(weights + each * <usize>a + 2 * real);
      x0 = v.madd(d, p0, x0);
      y0 = v.madd(w, d0, y0);
      s0 = v.madd(w, p0, s0);
      x1 = v.madd(d, p1, x1);
      y1 = v.madd(w, d1, y1);
      s1 = v.madd(w, p1, s1);
      if (vectors > 2) {
        x2 = v.madd(d, p2, x2);
        y2 = v.madd(w, d2, y2);
        s2 = v.madd(w, p2, s2);
      }
    }
    let gx = v.mul(x0, load<v128>(record, 16));
    let gy = v.mul(y0, load<v128>(record, 16));
    let gz = v.mul(s0, load<v128>(record + pme.slopesZ));
    gx = v.madd(x1, load<v128>(record, 32), gx);
    gy = v.madd(y1, load<v128>(record, 32), gy);
    gz = v.madd(s1, load<v128>(record + pme.slopesZ, 16), gz);
    if (vectors > 2) {
      gx = v.madd(x2, load<v128>(record, 48), gx);
      gy = v.madd(y2, load<v128>(record, 48), gy);
      gz = v.madd(s2, load<v128>(record + pme.slopesZ, 32), gz);
    }
    const fx = -v.sum(gx) * scaleX;
    const fy = -v.sum(gy) * scaleY - fx * shearB;
    const fz = -v.sum(gz) * scaleZ - (fx * cx + fy * cy) / cz;
    store<f64>(record, fx, 8);
    store<f64>(record, fy, 16);
    store<f64>(record, fz, 24);
  }
}

/** Adds the forces on the part's particles. */
export function collectForces(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, particles);
  for (let i = begin(part, pme.parts, particles); i < end; i++) {
    const number = load<i32>(pme.numbers + <usize>i * 4);
    if (number < 0) continue;
    const record = pme.records + <usize>number * pme.recordBytes;
    const to = forces + <usize>i * 24;
    store<f64>(to, load<f64>(to) + load<f64>(record, 8));
    store<f64>(to, load<f64>(to, 8) + load<f64>(record, 16), 8);
    store<f64>(to, load<f64>(to, 16) + load<f64>(record, 24), 16);
  }
}
