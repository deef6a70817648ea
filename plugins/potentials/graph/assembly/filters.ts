/**
 * Convolutions along the edges of a tile, in f32. Features lie in blocks of 16 (64 bytes): an array is [block][site][16], the filter tables
 * [layer][block][row][16]. The edges of a tile are sorted by their first site, whose sums stay in registers while its edges are visited.
 */
import { eachTile, Tile } from '../../assembly/tiles';
import { edgesOf } from './edges';
import { blocks, madd, rangeAt, rangeBytes, stride, tableOf, tables } from './network';
import { inner, innerSlope, outer, spline } from './splines';

/** The arrays of the present operation. */
let layer: i32 = 0;
let out: usize = 0;
let first: usize = 0;
let second: usize = 0;

/** out_i = sum_j W(r_ij) v_j. */
export function convolve(to: usize, v: usize, ofLayer: i32): void {
  out = to;
  first = v;
  layer = ofLayer;
  eachTile(convolveTile);
}

/** out = the convolution of mBar; slopes of the edges += W' (x_j mBar_i + x_i mBar_j). */
export function convolveReverse(to: usize, x: usize, mBar: usize, ofLayer: i32): void {
  out = to;
  first = x;
  second = mBar;
  layer = ofLayer;
  eachTile(reverseTile);
}

/** The slopes alone. */
export function addSlopes(x: usize, mBar: usize, ofLayer: i32): void {
  first = x;
  second = mBar;
  layer = ofLayer;
  eachTile(slopesOfTile);
}

/** out_i = sum_j W vDot_j + (W' dt) v_j. */
export function convolveTangent(to: usize, vDot: usize, v: usize, ofLayer: i32): void {
  out = to;
  first = v;
  second = vDot;
  layer = ofLayer;
  eachTile(tangentTile);
}

/** The tiles of the first round begin the sums of their sites. */
// @ts-ignore: decorator
@inline
function begin(tile: Tile): void {
  if (tile.a != tile.b) return;
  for (let block = 0; block < blocks; block++) memory.fill(out + block * stride() + rangeAt(tile.a), 0, rangeBytes(tile.a));
}

/** out_j += w * x at one group of four features; returns the addend for site i. */
// @ts-ignore: decorator
@inline
function exchange(oj: usize, vj: usize, w: v128, xi: v128, sumI: v128): v128 {
  v128.store(oj, madd(v128.load(oj), w, xi));
  return madd(sumI, w, v128.load(vj));
}

function convolveTile(tile: Tile): void {
  begin(tile);
  const edges = edgesOf(tile);
  const links = edges.links.at, end = links + (<usize>edges.count << 4);
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = first + block * stride();
    const table = tables + tableOf(layer, block);
    let e = links;
    while (e < end) {
      const i = load<u32>(e);
      const x0 = v128.load(x + i), x1 = v128.load(x + i, 16), x2 = v128.load(x + i, 32), x3 = v128.load(x + i, 48);
      let s0 = v128.load(o + i), s1 = v128.load(o + i, 16), s2 = v128.load(o + i, 32), s3 = v128.load(o + i, 48);
      do {
        const j = load<u32>(e, 4);
        const c = table + load<u32>(e, 8);
        const t = load<f32>(e, 12);
        const b0 = f32x4.splat(outer(1 - t)), b1 = f32x4.splat(inner(t)), b2 = f32x4.splat(inner(1 - t)), b3 = f32x4.splat(outer(t));
        const oj = o + j, xj = x + j;
        s0 = exchange(oj, xj, spline(c, b0, b1, b2, b3), x0, s0);
        s1 = exchange(oj + 16, xj + 16, spline(c + 16, b0, b1, b2, b3), x1, s1);
        s2 = exchange(oj + 32, xj + 32, spline(c + 32, b0, b1, b2, b3), x2, s2);
        s3 = exchange(oj + 48, xj + 48, spline(c + 48, b0, b1, b2, b3), x3, s3);
        e += 16;
      } while (e < end && load<u32>(e) == i);
      v128.store(o + i, s0);
      v128.store(o + i, s1, 16);
      v128.store(o + i, s2, 32);
      v128.store(o + i, s3, 48);
    }
  }
}

/** Partial slope at four features: W' (x_j g_i + x_i g_j). */
// @ts-ignore: decorator
@inline
function slopePart(c: usize, d0: v128, d1: v128, d2: v128, d3: v128, xj: usize, gj: v128, xi: v128, gi: v128): v128 {
  return f32x4.mul(spline(c, d0, d1, d2, d3), madd(f32x4.mul(v128.load(xj), gi), xi, gj));
}

// @ts-ignore: decorator
@inline
function reverseLoop(tile: Tile, withSum: bool): void {
  const edges = edgesOf(tile);
  const links = edges.links.at, end = links + (<usize>edges.count << 4);
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = first + block * stride();
    const g = second + block * stride();
    const table = tables + tableOf(layer, block);
    let e = links;
    let slope = edges.slopes.at;
    while (e < end) {
      const i = load<u32>(e);
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      do {
        const j = load<u32>(e, 4);
        const c = table + load<u32>(e, 8);
        const t = load<f32>(e, 12);
        const u: f32 = 1 - t;
        const d0 = f32x4.splat(<f32>-0.5 * u * u), d1 = f32x4.splat(innerSlope(t));
        const d2 = f32x4.splat(-innerSlope(u)), d3 = f32x4.splat(<f32>0.5 * t * t);
        const xj = x + j, gj = g + j;
        const g0 = v128.load(gj), g1 = v128.load(gj, 16), g2 = v128.load(gj, 32), g3 = v128.load(gj, 48);
        let part = slopePart(c, d0, d1, d2, d3, xj, g0, v128.load(x + i), v128.load(g + i));
        part = f32x4.add(part, slopePart(c + 16, d0, d1, d2, d3, xj + 16, g1, v128.load(x + i, 16), v128.load(g + i, 16)));
        part = f32x4.add(part, slopePart(c + 32, d0, d1, d2, d3, xj + 32, g2, v128.load(x + i, 32), v128.load(g + i, 32)));
        part = f32x4.add(part, slopePart(c + 48, d0, d1, d2, d3, xj + 48, g3, v128.load(x + i, 48), v128.load(g + i, 48)));
        v128.store(slope, f32x4.add(v128.load(slope), part));
        if (withSum) {
          const b0 = f32x4.splat(outer(u)), b1 = f32x4.splat(inner(t)), b2 = f32x4.splat(inner(u)), b3 = f32x4.splat(outer(t));
          const oj = o + j;
          s0 = exchange(oj, gj, spline(c, b0, b1, b2, b3), v128.load(g + i), s0);
          s1 = exchange(oj + 16, gj + 16, spline(c + 16, b0, b1, b2, b3), v128.load(g + i, 16), s1);
          s2 = exchange(oj + 32, gj + 32, spline(c + 32, b0, b1, b2, b3), v128.load(g + i, 32), s2);
          s3 = exchange(oj + 48, gj + 48, spline(c + 48, b0, b1, b2, b3), v128.load(g + i, 48), s3);
        }
        e += 16;
        slope += 16;
      } while (e < end && load<u32>(e) == i);
      if (withSum) {
        v128.store(o + i, f32x4.add(v128.load(o + i), s0));
        v128.store(o + i, f32x4.add(v128.load(o + i, 16), s1), 16);
        v128.store(o + i, f32x4.add(v128.load(o + i, 32), s2), 32);
        v128.store(o + i, f32x4.add(v128.load(o + i, 48), s3), 48);
      }
    }
  }
}

function reverseTile(tile: Tile): void {
  begin(tile);
  reverseLoop(tile, true);
}

function slopesOfTile(tile: Tile): void {
  reverseLoop(tile, false);
}

function tangentTile(tile: Tile): void {
  begin(tile);
  const edges = edgesOf(tile);
  const links = edges.links.at, rates = edges.rates.at;
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = first + block * stride();
    const y = second + block * stride();
    const table = tables + tableOf(layer, block);
    for (let k = 0; k < edges.count; k++) {
      const e = links + (<usize>k << 4);
      const oi = o + load<u32>(e), xi = x + load<u32>(e), yi = y + load<u32>(e);
      const oj = o + load<u32>(e, 4), xj = x + load<u32>(e, 4), yj = y + load<u32>(e, 4);
      const t = load<f32>(e, 12);
      const u: f32 = 1 - t;
      const rate = load<f32>(rates + (<usize>k << 2));
      const b0 = f32x4.splat(outer(u)), b1 = f32x4.splat(inner(t)), b2 = f32x4.splat(inner(u)), b3 = f32x4.splat(outer(t));
      const d0 = f32x4.splat(rate * (<f32>-0.5 * u * u)), d1 = f32x4.splat(rate * innerSlope(t));
      const d2 = f32x4.splat(-rate * innerSlope(u)), d3 = f32x4.splat(rate * (<f32>0.5 * t * t));
      const c = table + load<u32>(e, 8);
      for (let q: usize = 0; q < 64; q += 16) {
        const w = spline(c + q, b0, b1, b2, b3);
        const wDot = spline(c + q, d0, d1, d2, d3);
        v128.store(oi + q, madd(madd(v128.load(oi + q), w, v128.load(yj + q)), wDot, v128.load(xj + q)));
        v128.store(oj + q, madd(madd(v128.load(oj + q), w, v128.load(yi + q)), wDot, v128.load(xi + q)));
      }
    }
  }
}
