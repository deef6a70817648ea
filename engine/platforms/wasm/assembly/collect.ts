/** From the results of the parts of a set to the forces of the particles: added in the order of the parts, whoever computed them. What has been read is set to 0 again. */
import { mostParts } from '../../../threads/assembly/layout';
import { clusterBlock, recordBytes } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { blocks, PairSet, partOf } from './set';
import { doublePrecision, forces } from './state';

/** Addresses (u32) of the results of the parts that reach a block; of this thread alone. */
let sources: usize = 0;

/** Adds to the forces of the particles of the clusters in share `p` of `shares`, or sets them. */
export function collect(set: PairSet, p: i32, shares: i32, add: bool): void {
  if (sources == 0) sources = allocate(mostParts * 4);
  const count = blocks(set);
  for (let b = (p * count) / shares; b < ((p + 1) * count) / shares; b++) {
    let n: usize = 0;
    for (let q = 0; q < set.parts; q++) {
      if (!load<u8>(partOf(set, q).touched.at + <usize>b)) continue;
      store<u32>(sources + n * 4, <u32>partOf(set, q).results.at);
      n++;
    }
    const end = min(set.clusters, (b + 1) * clusterBlock);
    if (doublePrecision) collectDouble(set, b * clusterBlock, end, n, add);
    else if (set.gathers) collectPoints(set, b * clusterBlock, end, n, add);
    else collectSingle(set, b * clusterBlock, end, n, add);
  }
}

function collectSingle(set: PairSet, first: i32, end: i32, n: usize, add: bool): void {
  for (let k = first; k < end; k++) {
    const at = <usize>k * recordBytes;
    let x = f32x4.splat(0);
    let y = f32x4.splat(0);
    let z = f32x4.splat(0);
    for (let s: usize = 0; s < n; s++) {
      const from = <usize>load<u32>(sources + s * 4) + at;
      x = f32x4.add(x, load<v128>(from));
      y = f32x4.add(y, load<v128>(from, 16));
      z = f32x4.add(z, load<v128>(from, 32));
      store<v128>(from, i32x4.splat(0));
      store<v128>(from, i32x4.splat(0), 16);
      store<v128>(from, i32x4.splat(0), 32);
    }
    const order = set.order.at + <usize>k * 16;
    put(order, f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y), f64x2.promote_low_f32x4(z), add);
    const x1 = i32x4.shuffle(x, x, 2, 3, 2, 3);
    const y1 = i32x4.shuffle(y, y, 2, 3, 2, 3);
    const z1 = i32x4.shuffle(z, z, 2, 3, 2, 3);
    put(order + 8, f64x2.promote_low_f32x4(x1), f64x2.promote_low_f32x4(y1), f64x2.promote_low_f32x4(z1), add);
  }
}

function collectPoints(set: PairSet, first: i32, end: i32, n: usize, add: bool): void {
  for (let s = 4 * first; s < 4 * end; s++) {
    const at = <usize>s * 16;
    let f = f32x4.splat(0);
    for (let q: usize = 0; q < n; q++) {
      const from = <usize>load<u32>(sources + q * 4) + at;
      f = f32x4.add(f, load<v128>(from));
      store<v128>(from, i32x4.splat(0));
    }
    const i = forces + <usize>load<u32>(set.order.at + <usize>s * 4) * 24;
    let xy = f64x2.promote_low_f32x4(f);
    let z = <f64>f32x4.extract_lane(f, 2);
    if (add) {
      xy = f64x2.add(xy, load<v128>(i));
      z += load<f64>(i, 16);
    }
    store<v128>(i, xy);
    store<f64>(i, z, 16);
  }
}

function collectDouble(set: PairSet, first: i32, end: i32, n: usize, add: bool): void {
  for (let k = first; k < end; k++) {
    const order = set.order.at + <usize>k * 16;
    for (let half: usize = 0; half < 32; half += 16) {
      let x = f64x2.splat(0);
      let y = f64x2.splat(0);
      let z = f64x2.splat(0);
      for (let s: usize = 0; s < n; s++) {
        const from = <usize>load<u32>(sources + s * 4) + <usize>k * (2 * recordBytes) + half;
        x = f64x2.add(x, load<v128>(from));
        y = f64x2.add(y, load<v128>(from, 32));
        z = f64x2.add(z, load<v128>(from, 64));
        store<v128>(from, i32x4.splat(0));
        store<v128>(from, i32x4.splat(0), 32);
        store<v128>(from, i32x4.splat(0), 64);
      }
      put(order + half / 2, x, y, z, add);
    }
  }
}

/** Forces of the two particles at `order`. */
// @ts-ignore: decorator
@inline
function put(order: usize, x: v128, y: v128, z: v128, add: bool): void {
  const i = forces + <usize>load<u32>(order) * 24;
  const j = forces + <usize>load<u32>(order, 4) * 24;
  if (add) {
    x = f64x2.add(x, v128.load64_lane(j, v128.load64_zero(i), 1));
    y = f64x2.add(y, v128.load64_lane(j + 8, v128.load64_zero(i + 8), 1));
    z = f64x2.add(z, v128.load64_lane(j + 16, v128.load64_zero(i + 16), 1));
  }
  v128.store64_lane(i, x, 0);
  v128.store64_lane(i + 8, y, 0);
  v128.store64_lane(i + 16, z, 0);
  v128.store64_lane(j, x, 1);
  v128.store64_lane(j + 8, y, 1);
  v128.store64_lane(j + 16, z, 1);
}
