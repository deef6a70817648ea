/**
 * Gradients by parameters: sums over all sites or edges, in f32. Threads divide the parameters among themselves, not the sums, so that no two
 * write to one place and every sum is taken in one order.
 */
import { staticEnd, staticFirst } from '../../../../engine/threads/assembly/threads';
import { points, ranges, Tile, tileOf } from '../../assembly/tiles';
import { edgesOf } from './edges';
import { blocks, madd, rows, species, stride, tableGradient, weightGradient } from './network';
import { inner, innerSlope, outer } from './splines';

/** Table gradient += basis' dt (x_j g_i + x_i g_j) + basis (its tangent). */
export function gradeFilters(layer: i32, xs: usize, gs: usize, xDots: usize, gDots: usize): void {
  const halves = 2 * blocks;
  for (let half = staticFirst(halves); half < staticEnd(halves); half++)
    for (let a = 0; a < ranges; a++)
      for (let b = a; b < ranges; b++) gradeHalf(tileOf(a, b), layer, half, xs, gs, xDots, gDots);
}

/** Eight features of the table, by the edges of a tile. */
function gradeHalf(tile: Tile, layer: i32, half: i32, xs: usize, gs: usize, xDots: usize, gDots: usize): void {
  const edges = edgesOf(tile);
  const links = edges.links.at, rates = edges.rates.at;
  const shift = (half >> 1) * stride();
  // [layer][half of a block][row][8]: what one thread writes is in no cache line of another's.
  const table = tableGradient + <usize>(2 * layer * blocks + half) * <usize>(rows << 5);
  const from: usize = (half & 1) << 5;
  for (let k = 0; k < edges.count; k++) {
    const e = links + (<usize>k << 4);
    const i = shift + load<u32>(e), j = shift + load<u32>(e, 4);
    const t = load<f32>(e, 12);
    const u: f32 = 1 - t;
    const rate = load<f32>(rates + (<usize>k << 2));
    const b0 = f32x4.splat(outer(u)), b1 = f32x4.splat(inner(t)), b2 = f32x4.splat(inner(u)), b3 = f32x4.splat(outer(t));
    const d0 = f32x4.splat(rate * (<f32>-0.5 * u * u)), d1 = f32x4.splat(rate * innerSlope(t));
    const d2 = f32x4.splat(-rate * innerSlope(u)), d3 = f32x4.splat(rate * (<f32>0.5 * t * t));
    const c = table + (load<u32>(e, 8) >> 1) - from;
    for (let q = from; q < from + 32; q += 16) {
      const xi = v128.load(xs + i + q), xj = v128.load(xs + j + q), gi = v128.load(gs + i + q), gj = v128.load(gs + j + q);
      const w = madd(f32x4.mul(xj, gi), xi, gj);
      const wDot = f32x4.add(
        madd(f32x4.mul(v128.load(xDots + j + q), gi), xj, v128.load(gDots + i + q)),
        madd(f32x4.mul(v128.load(xDots + i + q), gj), xi, v128.load(gDots + j + q)),
      );
      const at = c + q;
      v128.store(at, madd(madd(v128.load(at), d0, w), b0, wDot));
      v128.store(at, madd(madd(v128.load(at, 32), d1, w), b1, wDot), 32);
      v128.store(at, madd(madd(v128.load(at, 64), d2, w), b2, wDot), 64);
      v128.store(at, madd(madd(v128.load(at, 96), d3, w), b3, wDot), 96);
    }
  }
}

/** Gradient of a matrix += u^T v: two inputs and sixteen outputs at a time in registers. */
export function gradeMatrix(matrix: usize, u: usize, v: usize): void {
  const units = 8 * blocks * blocks;
  for (let unit = staticFirst(units); unit < staticEnd(units); unit++) {
    const block = unit / (8 * blocks), input = (unit >> 3) % blocks, k = <usize>(unit & 7) << 3;
    const g = weightGradient + matrix + (<usize>unit << 7);
    let a0 = v128.load(g), a1 = v128.load(g, 16), a2 = v128.load(g, 32), a3 = v128.load(g, 48);
    let c0 = v128.load(g, 64), c1 = v128.load(g, 80), c2 = v128.load(g, 96), c3 = v128.load(g, 112);
    let x = u + input * stride() + k;
    let y = v + block * stride();
    for (let i = 0; i < points; i++) {
      const p = v128.load32_splat(x), q = v128.load32_splat(x, 4);
      const y0 = v128.load(y), y1 = v128.load(y, 16), y2 = v128.load(y, 32), y3 = v128.load(y, 48);
      a0 = madd(a0, p, y0);
      a1 = madd(a1, p, y1);
      a2 = madd(a2, p, y2);
      a3 = madd(a3, p, y3);
      c0 = madd(c0, q, y0);
      c1 = madd(c1, q, y1);
      c2 = madd(c2, q, y2);
      c3 = madd(c3, q, y3);
      x += 64;
      y += 64;
    }
    v128.store(g, a0);
    v128.store(g, a1, 16);
    v128.store(g, a2, 32);
    v128.store(g, a3, 48);
    v128.store(g, c0, 64);
    v128.store(g, c1, 80);
    v128.store(g, c2, 96);
    v128.store(g, c3, 112);
  }
}

/** Gradient of a bias += factor * sum_i v_i. */
export function gradeBias(bias: usize, v: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  const quarters = 4 * blocks;
  for (let quarter = staticFirst(quarters); quarter < staticEnd(quarters); quarter++) {
    const g = weightGradient + bias + (<usize>quarter << 4);
    const from = v + (quarter >> 2) * stride() + (<usize>(quarter & 3) << 4);
    let all = v128.load(g);
    for (let i = 0; i < points; i++) all = madd(all, f, v128.load(from + (<usize>i << 6)));
    v128.store(g, all);
  }
}

/** Gradient of the embedding += the sum of v over the sites of a species. */
export function gradeEmbedding(v: usize): void {
  const quarters = 4 * blocks;
  for (let quarter = staticFirst(quarters); quarter < staticEnd(quarters); quarter++) {
    const from = v + (quarter >> 2) * stride() + (<usize>(quarter & 3) << 4);
    for (let i = 0; i < points; i++) {
      const g = weightGradient + ((<usize>load<i32>(species + (<usize>i << 2)) * 4 * blocks + quarter) << 4);
      v128.store(g, f32x4.add(v128.load(g), v128.load(from + (<usize>i << 6))));
    }
  }
}
