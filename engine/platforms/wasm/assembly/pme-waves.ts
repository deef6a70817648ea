/** Lines of the mesh along x: the transform, the product with the influence function, energy and virial of the waves. */
import { elementBytes, transformLine } from './fft';
import { exp } from '../../../math/assembly/functions';
import { begin, Pme } from './mesh';
import { ax, bx, by, cx, cy, cz, doublePrecision } from './state';
import { Double, Single } from './vector';

/** Transform along x, influence function, and back, of the rows of the part; energy and virial of the part if asked for. */
export function convolveRows(pme: Pme, part: i32, energies: bool): void {
  const first = begin(part, pme.parts, pme.ny);
  const end = begin(part + 1, pme.parts, pme.ny);
  const cell = pme.influenceBoxes + <usize>part * 72;
  if (load<f64>(cell) != ax || load<f64>(cell, 8) != bx || load<f64>(cell, 16) != by || load<f64>(cell, 24) != cx ||
    load<f64>(cell, 32) != cy || load<f64>(cell, 40) != cz) {
    for (let y = first; y < end; y++) setInfluence(pme, y);
    store<f64>(cell, ax);
    store<f64>(cell, bx, 8);
    store<f64>(cell, by, 16);
    store<f64>(cell, cx, 24);
    store<f64>(cell, cy, 32);
    store<f64>(cell, cz, 40);
  }
  const sums = pme.sums + <usize>part * 128;
  if (energies) memory.fill(sums, 0, 80);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let y = first; y < end; y++) {
    if (doublePrecision) convolve<Double>(pme, y, work, energies, sums);
    else convolve<Single>(pme, y, work, energies, sums);
  }
}

function convolve<V>(pme: Pme, y: i32, work: usize, energies: bool, sums: usize): void {
  const v = changetype<V>(0);
  const nx = pme.nx;
  const line = work + <usize>(2 * nx) * elementBytes;
  const bytes = <usize>nx * 16;
  let influence = pme.influence + <usize>(y * pme.blocks) * bytes;
  for (let block = 0; block < pme.blocks; block++, influence += bytes) {
    const at = pme.grid + <usize>y * pme.rowStep + <usize>block * elementBytes;
    transformLine<V>(pme.alongX, at, pme.planeStep, line, elementBytes, work, 0, 16);
    if (energies) measure<V>(pme, y, block, line, influence, sums);
    let to = line;
    for (let x: usize = 0; x < bytes; x += 16, to += elementBytes) {
      const w = load<v128>(influence + x);
      store<v128>(to, v.mul(w, load<v128>(to)));
      store<v128>(to, v.mul(w, load<v128>(to, 16)), 16);
    }
    transformLine<V>(pme.alongX, line, elementBytes, at, pme.planeStep, work, 16, 0);
  }
}

/** Wave vector and its square. */
let kx: f64 = 0;
let ky: f64 = 0;
let kz: f64 = 0;
let k2: f64 = 0;

function waveOf(mx: i32, my: i32, mz: i32): void {
  const turn = 2 * Math.PI;
  kx = (turn * <f64>mx) / ax;
  ky = (turn * <f64>my - bx * kx) / by;
  kz = (turn * <f64>mz - cx * kx - cy * ky) / cz;
  k2 = kx * kx + ky * ky + kz * kz;
}

/** Of a point of the transformed mesh, 0 <= z <= nz/2. */
// @ts-ignore: decorator
@inline
function wave(pme: Pme, x: i32, y: i32, z: i32): void {
  waveOf(2 * x > pme.nx ? x - pme.nx : x, 2 * y > pme.ny ? y - pme.ny : y, z);
}

/**
 * Of its conjugate, which is not here. The middle of the range is taken as positive in both, so that there the conjugate is not -k, and
 * has another length in a sheared cell.
 */
function conjugateWave(pme: Pme, x: i32, y: i32, z: i32): void {
  waveOf(2 * x >= pme.nx ? pme.nx - x : -x, 2 * y >= pme.ny ? pme.ny - y : -y, 2 * z == pme.nz ? z : -z);
}

// @ts-ignore: decorator
@inline
function inTheMiddle(pme: Pme, x: i32, y: i32, z: i32): bool {
  return 2 * x == pme.nx || 2 * y == pme.ny || 2 * z == pme.nz;
}

/** exp(-k^2/4 alpha^2)/k^2 of the last wave. */
// @ts-ignore: decorator
@inline
function gaussian(pme: Pme): f64 {
  return k2 > 0 ? exp((-0.25 * k2) / (pme.alpha * pme.alpha)) / k2 : 0;
}

/** exp(-k^2/4 alpha^2)/k^2, the mean of a wave and its conjugate, times 2 pi/V and the moduli of the splines, of a row along y. */
function setInfluence(pme: Pme, y: i32): void {
  const lanes = doublePrecision ? 2 : 4;
  const scale = (2 * Math.PI) / (ax * by * cz);
  let at = pme.influence + <usize>(y * pme.blocks * pme.nx) * 16;
  for (let block = 0; block < pme.blocks; block++) {
    for (let x = 0; x < pme.nx; x++) {
      const modulus = load<f64>(pme.moduliX + <usize>x * 8) * load<f64>(pme.moduliY + <usize>y * 8);
      for (let c = 0; c < lanes; c++) {
        const z = block * lanes + c;
        let weight: f64 = 0;
        if (2 * z <= pme.nz) {
          wave(pme, x, y, z);
          weight = gaussian(pme);
          if (inTheMiddle(pme, x, y, z)) {
            conjugateWave(pme, x, y, z);
            weight = 0.5 * (weight + gaussian(pme));
          }
          weight *= scale * modulus * load<f64>(pme.moduliZ + <usize>z * 8);
        }
        if (doublePrecision) {
          store<f64>(at, weight);
          at += 8;
        } else {
          store<f32>(at, <f32>weight);
          at += 4;
        }
      }
    }
  }
}

/** Adds energy and virial of a line's waves to the sums. */
function measure<V>(pme: Pme, y: i32, block: i32, line: usize, influence: usize, sums: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  for (let c = 0; c < lanes; c++) {
    const z = block * lanes + c;
    if (2 * z > pme.nz) break;
    // The transforms are twice the true ones; of k and -k only one is here.
    const count: f64 = z == 0 || 2 * z == pme.nz ? 0.25 : 0.5;
    for (let x = 0; x < pme.nx; x++) {
      const at = line + <usize>x * elementBytes + (<usize>c << (v.isDouble() ? 3 : 2));
      let re: f64;
      let im: f64;
      let weight: f64;
      if (v.isDouble()) {
        re = load<f64>(at);
        im = load<f64>(at, 16);
        weight = load<f64>(influence + <usize>x * 16 + <usize>c * 8);
      } else {
        re = <f64>load<f32>(at);
        im = <f64>load<f32>(at, 16);
        weight = <f64>load<f32>(influence + <usize>x * 16 + <usize>c * 4);
      }
      const energy = count * weight * (re * re + im * im);
      if (inTheMiddle(pme, x, y, z)) {
        // Half of the mean weight's energy is the conjugate's, in proportion to its own weight.
        wave(pme, x, y, z);
        const here = gaussian(pme);
        conjugateWave(pme, x, y, z);
        const there = gaussian(pme);
        if (here + there == 0) continue;
        addWave(pme, sums, (energy * there) / (here + there));
        wave(pme, x, y, z);
        addWave(pme, sums, (energy * here) / (here + there));
      } else {
        wave(pme, x, y, z);
        addWave(pme, sums, energy);
      }
    }
  }
}

/** Adds energy and virial of the last wave. */
function addWave(pme: Pme, sums: usize, energy: f64): void {
  if (k2 == 0) return;
  const stretch = 2 * (1 / k2 + 0.25 / (pme.alpha * pme.alpha)) * energy;
  store<f64>(sums, load<f64>(sums) + energy);
  store<f64>(sums, load<f64>(sums, 8) + energy - stretch * kx * kx, 8);
  store<f64>(sums, load<f64>(sums, 16) - stretch * kx * ky, 16);
  store<f64>(sums, load<f64>(sums, 24) - stretch * kx * kz, 24);
  store<f64>(sums, load<f64>(sums, 32) + energy - stretch * ky * ky, 32);
  store<f64>(sums, load<f64>(sums, 40) - stretch * ky * kz, 40);
  store<f64>(sums, load<f64>(sums, 48) + energy - stretch * kz * kz, 48);
}
