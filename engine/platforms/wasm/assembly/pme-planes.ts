/** Planes of the mesh: charges from the records and transforms along z and y, there and back. */
import { elementBytes, transformLine } from './fft';
import { begin, cubicBytes, Pme, splatAt, Three, Two } from './mesh';
import { doublePrecision } from './state';
import { Double, Single } from './vector';

/** Charges and their transform along z and y, of the planes of the part. */
export function spreadPlanes(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, pme.nx);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let x = begin(part, pme.parts, pme.nx); x < end; x++) {
    const plane = pme.grid + pme.planeStep * <usize>x;
    if (doublePrecision) {
      if (pme.zVectors == 2) spread<Double, Two>(pme, x, plane);
      else spread<Double, Three>(pme, x, plane);
      fold<Double>(pme, plane);
      forwardPlane<Double>(pme, plane, work);
    } else {
      if (pme.order == 4) spreadCubic(pme, x, plane);
      else spread<Single, Two>(pme, x, plane);
      fold<Single>(pme, plane);
      forwardPlane<Single>(pme, plane, work);
    }
  }
}

function spread<V, N>(pme: Pme, x: i32, plane: usize): void {
  const v = changetype<V>(0);
  const vectors = changetype<N>(0).count();
  memory.fill(plane, 0, <usize>pme.rows * pme.rowStep);
  const order = pme.order;
  const bytes = pme.recordBytes;
  const rowStep = pme.rowStep;
  const each: usize = v.isDouble() ? 32 : 16;
  const real: usize = v.isDouble() ? 8 : 4;
  for (let a = 0; a < order; a++) {
    let from = x - a;
    if (from < 0) from += pme.nx;
    let record = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4) * bytes;
    const end = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4, 4) * bytes;
    const weightX = pme.weightsXY + each * <usize>a;
    for (; record < end; record += bytes) {
      const w = splatAt<V>(record + weightX);
      const z0 = v.mul(w, load<v128>(record, 16));
      let z2 = z0;
      const z1 = v.mul(w, load<v128>(record, 32));
      if (vectors > 2) z2 = v.mul(w, load<v128>(record, 48));
      let to = plane + <usize>load<u32>(record);
      let weightY = record + pme.weightsXY + real;
      for (let b = 0; b < order; b++) {
        const y = splatAt<V>(weightY);
        store<v128>(to, v.madd(y, z0, load<v128>(to)));
        store<v128>(to, v.madd(y, z1, load<v128>(to, 16)), 16);
        if (vectors > 2) store<v128>(to, v.madd(y, z2, load<v128>(to, 32)), 32);
        to += rowStep;
        weightY += each;
      }
    }
  }
}

/** Order 4 in f32: a particle's row of the plane is one vector. */
function spreadCubic(pme: Pme, x: i32, plane: usize): void {
  const v = changetype<Single>(0);
  memory.fill(plane, 0, <usize>pme.rows * pme.rowStep);
  const rowStep = pme.rowStep;
  for (let a = 0; a < 4; a++) {
    let from = x - a;
    if (from < 0) from += pme.nx;
    let record = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4) * cubicBytes;
    const end = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4, 4) * cubicBytes;
    const weightX = 48 + 16 * <usize>a;
    for (; record < end; record += cubicBytes) {
      const z = f32x4.mul(v128.load_splat<f32>(record + weightX), load<v128>(record, 16));
      const r0 = plane + <usize>load<u32>(record);
      const r1 = r0 + rowStep;
      const r2 = r1 + rowStep;
      const r3 = r2 + rowStep;
      store<v128>(r0, v.madd(v128.load_splat<f32>(record, 52), z, load<v128>(r0)));
      store<v128>(r1, v.madd(v128.load_splat<f32>(record, 68), z, load<v128>(r1)));
      store<v128>(r2, v.madd(v128.load_splat<f32>(record, 84), z, load<v128>(r2)));
      store<v128>(r3, v.madd(v128.load_splat<f32>(record, 100), z, load<v128>(r3)));
    }
  }
}

/** Adds what lies beyond the cell along z and y to where it belongs; rows beyond become zero. */
function fold<V>(pme: Pme, plane: usize): void {
  const v = changetype<V>(0);
  const shift: usize = v.isDouble() ? 3 : 2;
  const extra = pme.order - 1;
  const rowStep = pme.rowStep;
  const beyond = <usize>pme.nz << shift;
  const bytes = beyond + ((<usize>extra) << shift);
  let row = plane;
  for (let y = 0; y < pme.ny + extra; y++, row += rowStep) {
    for (let c: usize = 0; c < (<usize>extra) << shift; c += (<usize>1) << shift) {
      if (v.isDouble()) store<f64>(row + c, load<f64>(row + c) + load<f64>(row + beyond + c));
      else store<f32>(row + c, load<f32>(row + c) + load<f32>(row + beyond + c));
    }
  }
  for (let y = 0; y < extra; y++) {
    const to = plane + <usize>y * rowStep;
    const from = plane + <usize>(pme.ny + y) * rowStep;
    for (let c: usize = 0; c < bytes; c += 16) store<v128>(to + c, v.add(load<v128>(to + c), load<v128>(from + c)));
  }
  memory.fill(plane + <usize>pme.ny * rowStep, 0, <usize>(pme.rows - pme.ny) * rowStep);
}

/** Four vectors of f32 at `from`, `step` bytes apart, with rows and columns exchanged, to `to`, `toStep` bytes apart; two of f64. */
// @ts-ignore: decorator
@inline
function transpose<V>(from: usize, step: usize, to: usize, toStep: usize): void {
  if (changetype<V>(0).isDouble()) {
    const a = load<v128>(from);
    const b = load<v128>(from + step);
    store<v128>(to, i64x2.shuffle(a, b, 0, 2));
    store<v128>(to + toStep, i64x2.shuffle(a, b, 1, 3));
    return;
  }
  const a = load<v128>(from);
  const b = load<v128>(from + step);
  const c = load<v128>(from + 2 * step);
  const d = load<v128>(from + 3 * step);
  const e = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const f = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const g = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const h = i32x4.shuffle(c, d, 2, 6, 3, 7);
  store<v128>(to, i64x2.shuffle(e, f, 0, 2));
  store<v128>(to + toStep, i64x2.shuffle(e, f, 1, 3));
  store<v128>(to + 2 * toStep, i64x2.shuffle(g, h, 0, 2));
  store<v128>(to + 3 * toStep, i64x2.shuffle(g, h, 1, 3));
}

/**
 * Real rows to half their complex transform, then along y. Rows are transformed in pairs, one as the real and one as the imaginary part, and
 * taken apart by symmetry: A = Z(k) + Z*(-k) and B = -i (Z(k) - Z*(-k)), both twice the transform; the influence function makes up for it.
 */
function forwardPlane<V>(pme: Pme, plane: usize, work: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  const nz = pme.nz;
  const rowStep = pme.rowStep;
  const line = work + <usize>(2 * nz) * elementBytes;
  const vectorsIn = (nz + lanes - 1) / lanes;
  const half = <usize>lanes * rowStep;
  for (let y = 0; y < pme.ny; y += 2 * lanes) {
    const row = plane + <usize>y * rowStep;
    for (let k = 0; k < vectorsIn; k++) {
      // The last vector reaches beyond nz: room of the line behind, or of the work space of the transform before, takes it.
      const to = line + <usize>(k * lanes) * elementBytes;
      transpose<V>(row + <usize>k * 16, rowStep, to, elementBytes);
      transpose<V>(row + half + <usize>k * 16, rowStep, to + 16, elementBytes);
    }
    transformLine<V>(pme.alongZ, line, elementBytes, line, elementBytes, work, 0, 16);
    for (let block = 0; block < pme.blocks; block++) {
      for (let c = 0; c < lanes; c++) {
        const k = min(block * lanes + c, nz / 2);
        const forth = line + <usize>k * elementBytes;
        const back = line + <usize>(k == 0 ? 0 : nz - k) * elementBytes;
        const fr = load<v128>(forth);
        const fi = load<v128>(forth, 16);
        const br = load<v128>(back);
        const bi = load<v128>(back, 16);
        const to = work + <usize>c * 64;
        store<v128>(to, v.add(fr, br));
        store<v128>(to, v.sub(fi, bi), 16);
        store<v128>(to, v.add(fi, bi), 32);
        store<v128>(to, v.sub(br, fr), 48);
      }
      const to = row + <usize>block * elementBytes;
      transpose<V>(work, 64, to, rowStep);
      transpose<V>(work + 16, 64, to + 16, rowStep);
      transpose<V>(work + 32, 64, to + half, rowStep);
      transpose<V>(work + 48, 64, to + half + 16, rowStep);
    }
  }
  for (let block = 0; block < pme.blocks; block++) {
    const at = plane + <usize>block * elementBytes;
    transformLine<V>(pme.alongY, at, rowStep, at, rowStep, work, 0, 16);
  }
}

/** The potential from its transform, of the planes of the part, with its halo. */
export function potentialPlanes(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, pme.nx);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let x = begin(part, pme.parts, pme.nx); x < end; x++) {
    const plane = pme.grid + pme.planeStep * <usize>x;
    if (doublePrecision) backwardPlane<Double>(pme, plane, work);
    else backwardPlane<Single>(pme, plane, work);
    unfold(pme, plane);
  }
}

function backwardPlane<V>(pme: Pme, plane: usize, work: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  const nz = pme.nz;
  const rowStep = pme.rowStep;
  const line = work + <usize>(2 * nz) * elementBytes;
  const vectorsOut = (nz + lanes - 1) / lanes;
  const half = <usize>lanes * rowStep;
  for (let block = 0; block < pme.blocks; block++) {
    const at = plane + <usize>block * elementBytes;
    transformLine<V>(pme.alongY, at, rowStep, at, rowStep, work, 16, 0);
  }
  for (let y = 0; y < pme.ny; y += 2 * lanes) {
    const row = plane + <usize>y * rowStep;
    for (let block = 0; block < pme.blocks; block++) {
      const from = row + <usize>block * elementBytes;
      transpose<V>(from, rowStep, work, 64);
      transpose<V>(from + 16, rowStep, work + 16, 64);
      transpose<V>(from + half, rowStep, work + 32, 64);
      transpose<V>(from + half + 16, rowStep, work + 48, 64);
      for (let c = 0; c < lanes; c++) {
        const k = block * lanes + c;
        if (2 * k > nz) break;
        const forth = line + <usize>k * elementBytes;
        const at = work + <usize>c * 64;
        const ar = load<v128>(at);
        const ai = load<v128>(at, 16);
        const br = load<v128>(at, 32);
        const bi = load<v128>(at, 48);
        if (k == 0 || 2 * k == nz) {
          // Waves that are their own conjugates: an imaginary part would be that of a potential which is not real.
          store<v128>(forth, ar);
          store<v128>(forth, br, 16);
          continue;
        }
        const back = line + <usize>(nz - k) * elementBytes;
        store<v128>(back, v.add(ar, bi));
        store<v128>(back, v.sub(br, ai), 16);
        store<v128>(forth, v.sub(ar, bi));
        store<v128>(forth, v.add(ai, br), 16);
      }
    }
    transformLine<V>(pme.alongZ, line, elementBytes, line, elementBytes, work, 16, 0);
    for (let k = 0; k < vectorsOut; k++) {
      const from = line + <usize>(k * lanes) * elementBytes;
      transpose<V>(from, elementBytes, row + <usize>k * 16, rowStep);
      transpose<V>(from + 16, elementBytes, row + half + <usize>k * 16, rowStep);
    }
  }
}

/** Copies the beginning of the cell behind its end, along z and y. */
function unfold(pme: Pme, plane: usize): void {
  const shift: usize = doublePrecision ? 3 : 2;
  const extra = <usize>(pme.order - 1);
  const rowStep = pme.rowStep;
  let row = plane;
  for (let y = 0; y < pme.ny; y++, row += rowStep) memory.copy(row + ((<usize>pme.nz) << shift), row, extra << shift);
  memory.copy(plane + <usize>pme.ny * rowStep, plane, extra * rowStep);
}
