/**
 * The operations of the graph network in f32 SIMD (AssemblyScript, compiled by tools/build/assembly.mjs).
 *
 * Features lie in blocks of 16 (64 bytes): an array is [block][site][16], a matrix [output block][input][16], the filter tables
 * [layer][block][row][16]. Addresses of all regions are exported globals, set by name by the loader (`simd.ts`). Positions, forces
 * and energies are f64; edges are sorted by their first site, whose sums stay in registers while its edges are visited.
 */

/** Number of sites, and the same rounded up to even: the length of the arrays. */
export let sites: i32 = 0;
export let padded: i32 = 0;
export let blocks: i32 = 0;
/** Rows of one layer's table. */
export let rows: i32 = 0;
export let energyScale: f64 = 1;
/** Grids: cut-off and intervals / cut-off of non-bonded and bonded edges; first table row of bonded edges. */
export let cutoff: f64 = 0;
export let inverseSpacing: f64 = 0;
export let bondedCutoff: f64 = 0;
export let bondedInverseSpacing: f64 = 0;
export let bondedRow: i32 = 0;
export let intervals: i32 = 0;
export let bondedIntervals: i32 = 0;
export let periodic: i32 = 0;

/** f64: 3 a site; box 9; virial 9; extremes 9. */
export let positions: usize = 0;
export let forces: usize = 0;
export let direction: usize = 0;
export let box: usize = 0;
export let virial: usize = 0;
export let extremes: usize = 0;
/** i32 a site. */
export let species: usize = 0;
/** i32: pair list and bonded pairs. */
export let start: usize = 0;
export let neighbours: usize = 0;
export let bonded: usize = 0;
export let bondedCount: i32 = 0;
/** i32: the pairs of the list that were within `pruneReach` when the sites were at `prunedAt` (f64, 3 a site). */
export let prunedStart: usize = 0;
export let pruned: usize = 0;
export let prunedAt: usize = 0;
export let pruneReach: f64 = 0;
/** f32: dense parameters, the same with transposed matrices, filter tables, and the gradients of both. */
export let weights: usize = 0;
export let transposed: usize = 0;
export let tables: usize = 0;
export let weightGradient: usize = 0;
export let tableGradient: usize = 0;
/** Edges: 16 bytes each. links: i * 64, j * 64, row * 64, t; geometry: unit vector, r; slopes: partial sums of dE/dt; rates: dt (f32). */
export let links: usize = 0;
export let geometry: usize = 0;
export let slopes: usize = 0;
export let rates: usize = 0;
export let edgeCount: i32 = 0;
export let nonbondedCount: i32 = 0;

export function heapBase(): usize {
  return __heap_base;
}

// ---- edges ----

/** Nearest image in a triclinic box; the loop of `buildEdges` has the orthorhombic one in registers. */
let dx: f64 = 0;
let dy: f64 = 0;
let dz: f64 = 0;
function triclinic(): void {
  const nz = nearest<f64>(dz / load<f64>(box, 64));
  dz -= nz * load<f64>(box, 64);
  dy -= nz * load<f64>(box, 56);
  dx -= nz * load<f64>(box, 48);
  const ny = nearest<f64>(dy / load<f64>(box, 32));
  dy -= ny * load<f64>(box, 32);
  dx -= ny * load<f64>(box, 24);
  dx -= nearest<f64>(dx / load<f64>(box)) * load<f64>(box);
}

/** Adds an edge from its difference r_i - r_j. */
// @ts-ignore: decorator
@inline
function addEdge(i: i32, j: i32, x: f64, y: f64, z: f64, r2: f64, inverse: f64, last: i32, firstRow: i32): void {
  const r = Math.sqrt(r2);
  const s = r * inverse;
  const interval = min<i32>(<i32>s, last);
  const at = <usize>edgeCount << 4;
  store<u32>(links + at, i << 6);
  store<u32>(links + at, j << 6, 4);
  store<u32>(links + at, (firstRow + interval) << 6, 8);
  store<f32>(links + at, <f32>(s - <f64>interval), 12);
  const inverseR = r > 0 ? 1 / r : 0;
  store<f32>(geometry + at, <f32>(x * inverseR));
  store<f32>(geometry + at, <f32>(y * inverseR), 4);
  store<f32>(geometry + at, <f32>(z * inverseR), 8);
  store<f32>(geometry + at, <f32>r, 12);
  v128.store(slopes + at, f32x4.splat(0));
  edgeCount++;
}

function note(at: usize, r2: f64, i: i32, j: i32): void {
  store<f64>(extremes + at, Math.sqrt(r2));
  store<f64>(extremes + at, <f64>i, 8);
  store<f64>(extremes + at, <f64>j, 16);
}

/** Edges from the list of pairs (`inner` false) or from its pruned copy. */
export function buildEdges(inner: i32): void {
  const firsts = inner ? prunedStart : start;
  const list = inner ? pruned : neighbours;
  edgeCount = 0;
  note(0, f64.MAX_VALUE, -1, -1);
  note(24, f64.MAX_VALUE, -1, -1);
  note(48, 0, -1, -1);
  const lx = load<f64>(box), ly = load<f64>(box, 32), lz = load<f64>(box, 64);
  // Open boundaries: no image is nearer.
  const ix: f64 = periodic ? 1 / lx : 0, iy: f64 = periodic ? 1 / ly : 0, iz: f64 = periodic ? 1 / lz : 0;
  const reach2 = cutoff * cutoff;
  let closest = f64.MAX_VALUE;
  let closestI = -1, closestJ = -1;
  for (let i = 0; i < sites; i++) {
    const a = positions + <usize>i * 24;
    const xi = load<f64>(a), yi = load<f64>(a, 8), zi = load<f64>(a, 16);
    const end = load<i32>(firsts + (<usize>i << 2), 4);
    for (let k = load<i32>(firsts + (<usize>i << 2)); k < end; k++) {
      const j = load<i32>(list + (<usize>k << 2));
      const b = positions + <usize>j * 24;
      let x = xi - load<f64>(b), y = yi - load<f64>(b, 8), z = zi - load<f64>(b, 16);
      if (periodic == 2) {
        dx = x;
        dy = y;
        dz = z;
        triclinic();
        x = dx;
        y = dy;
        z = dz;
      } else {
        x -= nearest<f64>(x * ix) * lx;
        y -= nearest<f64>(y * iy) * ly;
        z -= nearest<f64>(z * iz) * lz;
      }
      const r2 = x * x + y * y + z * z;
      if (r2 < reach2) addEdge(i, j, x, y, z, r2, inverseSpacing, intervals - 1, 0);
      if (r2 < closest) {
        closest = r2;
        closestI = i;
        closestJ = j;
      }
    }
  }
  if (closestI >= 0) note(0, closest, closestI, closestJ);
  nonbondedCount = edgeCount;
  addBondedEdges();
}

/** Copies the pairs of the list that are within `pruneReach`, in its order; for open and orthorhombic boxes. */
export function prune(): void {
  const lx = load<f64>(box), ly = load<f64>(box, 32), lz = load<f64>(box, 64);
  const ix: f64 = periodic ? 1 / lx : 0, iy: f64 = periodic ? 1 / ly : 0, iz: f64 = periodic ? 1 / lz : 0;
  const reach2 = pruneReach * pruneReach;
  let count: usize = 0;
  store<i32>(prunedStart, 0);
  for (let i = 0; i < sites; i++) {
    const a = positions + <usize>i * 24;
    const xi = load<f64>(a), yi = load<f64>(a, 8), zi = load<f64>(a, 16);
    const end = load<i32>(start + (<usize>i << 2), 4);
    for (let k = load<i32>(start + (<usize>i << 2)); k < end; k++) {
      const j = load<i32>(neighbours + (<usize>k << 2));
      const b = positions + <usize>j * 24;
      let x = xi - load<f64>(b), y = yi - load<f64>(b, 8), z = zi - load<f64>(b, 16);
      x -= nearest<f64>(x * ix) * lx;
      y -= nearest<f64>(y * iy) * ly;
      z -= nearest<f64>(z * iz) * lz;
      store<i32>(pruned + (count << 2), j); // overwritten by the next unless it counts: no branch to guess
      count += <usize>(x * x + y * y + z * z < reach2);
    }
    store<i32>(prunedStart + (<usize>i << 2), <i32>count, 4);
  }
  memory.copy(prunedAt, positions, <usize>sites * 24);
}

/** The largest square of a distance that a site has moved since the list was pruned. */
export function movedSincePruned(): f64 {
  let most: f64 = 0;
  for (let i = 0; i < sites; i++) {
    const a = positions + <usize>i * 24, b = prunedAt + <usize>i * 24;
    const x = load<f64>(a) - load<f64>(b), y = load<f64>(a, 8) - load<f64>(b, 8), z = load<f64>(a, 16) - load<f64>(b, 16);
    most = max<f64>(most, x * x + y * y + z * z);
  }
  return most;
}

function addBondedEdges(): void {
  let closest = f64.MAX_VALUE;
  let longest: f64 = 0;
  for (let k = 0; k < bondedCount; k++) {
    const i = load<i32>(bonded + (<usize>k << 3));
    const j = load<i32>(bonded + (<usize>k << 3), 4);
    const a = positions + <usize>i * 24;
    const b = positions + <usize>j * 24;
    dx = load<f64>(a) - load<f64>(b);
    dy = load<f64>(a, 8) - load<f64>(b, 8);
    dz = load<f64>(a, 16) - load<f64>(b, 16);
    if (periodic) triclinic();
    const r2 = dx * dx + dy * dy + dz * dz;
    if (r2 < bondedCutoff * bondedCutoff)
      addEdge(i, j, dx, dy, dz, r2, bondedInverseSpacing, bondedIntervals - 1, bondedRow);
    if (r2 < closest) {
      closest = r2;
      note(24, r2, i, j);
    }
    if (r2 > longest) {
      longest = r2;
      note(48, r2, i, j);
    }
  }
}

/** dt of every edge along the direction. */
export function setDirection(): void {
  for (let e = 0; e < edgeCount; e++) {
    const at = <usize>e << 4;
    const i = direction + <usize>(load<u32>(links + at) >> 6) * 24;
    const j = direction + <usize>(load<u32>(links + at, 4) >> 6) * 24;
    const rate =
      <f64>load<f32>(geometry + at) * (load<f64>(i) - load<f64>(j)) +
      <f64>load<f32>(geometry + at, 4) * (load<f64>(i, 8) - load<f64>(j, 8)) +
      <f64>load<f32>(geometry + at, 8) * (load<f64>(i, 16) - load<f64>(j, 16));
    store<f32>(rates + (<usize>e << 2), <f32>(rate * (e < nonbondedCount ? inverseSpacing : bondedInverseSpacing)));
  }
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Adds forces and virial of all edges to the f64 regions. */
export function addForces(): void {
  let xx: f64 = 0, xy: f64 = 0, xz: f64 = 0, yy: f64 = 0, yz: f64 = 0, zz: f64 = 0;
  for (let e = 0; e < edgeCount; e++) {
    const at = <usize>e << 4;
    const slope = <f64>sum(v128.load(slopes + at)) * (e < nonbondedCount ? inverseSpacing : bondedInverseSpacing);
    const ux = <f64>load<f32>(geometry + at);
    const uy = <f64>load<f32>(geometry + at, 4);
    const uz = <f64>load<f32>(geometry + at, 8);
    const r = <f64>load<f32>(geometry + at, 12);
    const fx = -slope * ux;
    const fy = -slope * uy;
    const fz = -slope * uz;
    const i = forces + <usize>(load<u32>(links + at) >> 6) * 24;
    const j = forces + <usize>(load<u32>(links + at, 4) >> 6) * 24;
    store<f64>(i, load<f64>(i) + fx);
    store<f64>(i, load<f64>(i, 8) + fy, 8);
    store<f64>(i, load<f64>(i, 16) + fz, 16);
    store<f64>(j, load<f64>(j) - fx);
    store<f64>(j, load<f64>(j, 8) - fy, 8);
    store<f64>(j, load<f64>(j, 16) - fz, 16);
    xx += r * ux * fx;
    xy += r * ux * fy;
    xz += r * ux * fz;
    yy += r * uy * fy;
    yz += r * uy * fz;
    zz += r * uz * fz;
  }
  store<f64>(virial, xx);
  store<f64>(virial, xy, 8);
  store<f64>(virial, xz, 16);
  store<f64>(virial, xy, 24);
  store<f64>(virial, yy, 32);
  store<f64>(virial, yz, 40);
  store<f64>(virial, xz, 48);
  store<f64>(virial, yz, 56);
  store<f64>(virial, zz, 64);
}

// ---- filters: cubic B-spline weights and their derivatives ----

// @ts-ignore: decorator
@inline
const sixth: f32 = 1.0 / 6.0;

// @ts-ignore: decorator
@inline
function outer(t: f32): f32 {
  return t * t * t * sixth;
}
// @ts-ignore: decorator
@inline
function inner(t: f32): f32 {
  return (t * t * (3 * t - 6) + 4) * sixth;
}
// @ts-ignore: decorator
@inline
function innerSlope(t: f32): f32 {
  return t * (<f32>1.5 * t - 2);
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(a, f32x4.mul(b, c));
}

/** Four features of the spline: c points at the first of four rows. */
// @ts-ignore: decorator
@inline
function spline(c: usize, b0: v128, b1: v128, b2: v128, b3: v128): v128 {
  return f32x4.add(
    madd(f32x4.mul(b0, v128.load(c)), b1, v128.load(c, 64)),
    madd(f32x4.mul(b2, v128.load(c, 128)), b3, v128.load(c, 192)),
  );
}

// @ts-ignore: decorator
@inline
function tableOf(layer: i32, block: i32): usize {
  return <usize>(layer * blocks + block) * <usize>(rows << 6);
}

// @ts-ignore: decorator
@inline
function stride(): usize {
  return <usize>(padded << 6);
}

/** out_j += w * x at one group of four features; returns the addend for site i. */
// @ts-ignore: decorator
@inline
function exchange(oj: usize, vj: usize, w: v128, xi: v128, sumI: v128): v128 {
  v128.store(oj, madd(v128.load(oj), w, xi));
  return madd(sumI, w, v128.load(vj));
}

export function convolve(out: usize, v: usize, layer: i32): void {
  zero(out);
  const end = links + (<usize>edgeCount << 4);
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = v + block * stride();
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
function reverseLoop(withSum: bool, out: usize, xs: usize, gs: usize, layer: i32): void {
  const end = links + (<usize>edgeCount << 4);
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = xs + block * stride();
    const g = gs + block * stride();
    const table = tables + tableOf(layer, block);
    let e = links;
    let slope = slopes;
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

export function convolveReverse(out: usize, x: usize, mBar: usize, layer: i32): void {
  zero(out);
  reverseLoop(true, out, x, mBar, layer);
}

export function addSlopes(x: usize, mBar: usize, layer: i32): void {
  reverseLoop(false, 0, x, mBar, layer);
}

/** out_i = sum_j W vDot_j + (W' dt) v_j. */
export function convolveTangent(out: usize, vDot: usize, v: usize, layer: i32): void {
  zero(out);
  for (let block = 0; block < blocks; block++) {
    const o = out + block * stride();
    const x = v + block * stride();
    const y = vDot + block * stride();
    const table = tables + tableOf(layer, block);
    for (let k = 0; k < edgeCount; k++) {
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

/** Table gradient += basis' dt (x_j g_i + x_i g_j) + basis (its tangent). */
export function gradeFilters(layer: i32, xs: usize, gs: usize, xDots: usize, gDots: usize): void {
  for (let block = 0; block < blocks; block++) {
    const shift = block * stride();
    const table = tableGradient + tableOf(layer, block);
    for (let k = 0; k < edgeCount; k++) {
      const e = links + (<usize>k << 4);
      const i = shift + load<u32>(e), j = shift + load<u32>(e, 4);
      const t = load<f32>(e, 12);
      const u: f32 = 1 - t;
      const rate = load<f32>(rates + (<usize>k << 2));
      const b0 = f32x4.splat(outer(u)), b1 = f32x4.splat(inner(t)), b2 = f32x4.splat(inner(u)), b3 = f32x4.splat(outer(t));
      const d0 = f32x4.splat(rate * (<f32>-0.5 * u * u)), d1 = f32x4.splat(rate * innerSlope(t));
      const d2 = f32x4.splat(-rate * innerSlope(u)), d3 = f32x4.splat(rate * (<f32>0.5 * t * t));
      const c = table + load<u32>(e, 8);
      for (let q: usize = 0; q < 64; q += 16) {
        const xi = v128.load(xs + i + q), xj = v128.load(xs + j + q), gi = v128.load(gs + i + q), gj = v128.load(gs + j + q);
        const w = madd(f32x4.mul(xj, gi), xi, gj);
        const wDot = f32x4.add(
          madd(f32x4.mul(v128.load(xDots + j + q), gi), xj, v128.load(gDots + i + q)),
          madd(f32x4.mul(v128.load(xDots + i + q), gj), xi, v128.load(gDots + j + q)),
        );
        const at = c + q;
        v128.store(at, madd(madd(v128.load(at), d0, w), b0, wDot));
        v128.store(at, madd(madd(v128.load(at, 64), d1, w), b1, wDot), 64);
        v128.store(at, madd(madd(v128.load(at, 128), d2, w), b2, wDot), 128);
        v128.store(at, madd(madd(v128.load(at, 192), d3, w), b3, wDot), 192);
      }
    }
  }
}

// ---- dense layers ----

export function zero(out: usize): void {
  memory.fill(out, 0, <usize>blocks * stride());
}

export function add(out: usize, v: usize): void {
  const size = <usize>blocks * stride();
  for (let q: usize = 0; q < size; q += 16) v128.store(out + q, f32x4.add(v128.load(out + q), v128.load(v + q)));
}

/** out_i = the row of the embedding. */
export function embed(out: usize): void {
  for (let block = 0; block < blocks; block++)
    for (let i = 0; i < sites; i++) {
      const row = weights + ((<usize>load<i32>(species + (<usize>i << 2)) * blocks + block) << 6);
      memory.copy(out + block * stride() + (<usize>i << 6), row, 64);
    }
}

export function addBias(out: usize, bias: usize): void {
  for (let block = 0; block < blocks; block++) broadcast(out + block * stride(), weights + bias + (block << 6), true, 1);
}

export function broadcastOutput(out: usize, output: usize): void {
  for (let block = 0; block < blocks; block++)
    broadcast(out + block * stride(), weights + output + (block << 6), false, <f32>energyScale);
}

// @ts-ignore: decorator
@inline
function broadcast(out: usize, row: usize, adding: bool, factor: f32): void {
  const f = f32x4.splat(factor);
  const size = stride();
  for (let q: usize = 0; q < size; q += 16) {
    const v = f32x4.mul(f, v128.load(row + (q & 63)));
    v128.store(out + q, adding ? f32x4.add(v128.load(out + q), v) : v);
  }
}

/** out = v W: two sites and sixteen outputs at a time in registers. */
export function multiply(out: usize, v: usize, matrix: usize): void {
  for (let block = 0; block < blocks; block++)
    for (let i = 0; i < padded; i += 2) {
      let w = matrix + ((<usize>block * blocks) << 10);
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
      for (let input = 0; input < blocks; input++) {
        let x = v + input * stride() + (<usize>i << 6);
        const end = x + 64;
        while (x < end) {
          const p = v128.load32_splat(x), q = v128.load32_splat(x, 64);
          const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
          a0 = madd(a0, p, w0);
          a1 = madd(a1, p, w1);
          a2 = madd(a2, p, w2);
          a3 = madd(a3, p, w3);
          c0 = madd(c0, q, w0);
          c1 = madd(c1, q, w1);
          c2 = madd(c2, q, w2);
          c3 = madd(c3, q, w3);
          x += 4;
          w += 64;
        }
      }
      const o = out + block * stride() + (<usize>i << 6);
      v128.store(o, a0);
      v128.store(o, a1, 16);
      v128.store(o, a2, 32);
      v128.store(o, a3, 48);
      v128.store(o, c0, 64);
      v128.store(o, c1, 80);
      v128.store(o, c2, 96);
      v128.store(o, c3, 112);
    }
}

/** Gradient of a matrix += u^T v: two inputs and sixteen outputs at a time in registers. */
export function gradeMatrix(matrix: usize, u: usize, v: usize): void {
  let g = weightGradient + matrix;
  for (let block = 0; block < blocks; block++)
    for (let input = 0; input < blocks; input++)
      for (let k: usize = 0; k < 64; k += 8) {
        let a0 = v128.load(g), a1 = v128.load(g, 16), a2 = v128.load(g, 32), a3 = v128.load(g, 48);
        let c0 = v128.load(g, 64), c1 = v128.load(g, 80), c2 = v128.load(g, 96), c3 = v128.load(g, 112);
        let x = u + input * stride() + k;
        let y = v + block * stride();
        for (let i = 0; i < sites; i++) {
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
        g += 128;
      }
}

/** Gradient of a bias += factor * sum_i v_i. */
export function gradeBias(bias: usize, v: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  for (let block = 0; block < blocks; block++)
    for (let i = 0; i < sites; i++) addRow(weightGradient + bias + (block << 6), v + block * stride() + (<usize>i << 6), f);
}

export function gradeEmbedding(v: usize): void {
  const one = f32x4.splat(1);
  for (let block = 0; block < blocks; block++)
    for (let i = 0; i < sites; i++) {
      const row = weightGradient + ((<usize>load<i32>(species + (<usize>i << 2)) * blocks + block) << 6);
      addRow(row, v + block * stride() + (<usize>i << 6), one);
    }
}

// @ts-ignore: decorator
@inline
function addRow(g: usize, v: usize, factor: v128): void {
  for (let q: usize = 0; q < 64; q += 16) v128.store(g + q, madd(v128.load(g + q), factor, v128.load(v + q)));
}

// ---- activation: (z + sqrt(z^2 + 4))/2 - 1 ----

// @ts-ignore: decorator
@inline
function root(z: v128): v128 {
  return f32x4.sqrt(madd(f32x4.splat(4), z, z));
}

// @ts-ignore: decorator
@inline
function activation(z: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.splat(0.5), f32x4.add(z, root(z))), f32x4.splat(1));
}

export function activate(out: usize, z: usize): void {
  const size = <usize>blocks * stride();
  for (let q: usize = 0; q < size; q += 16) v128.store(out + q, activation(v128.load(z + q)));
}

export function activationSlope(out: usize, zs: usize, v: usize): void {
  const size = <usize>blocks * stride();
  const half = f32x4.splat(0.5);
  for (let q: usize = 0; q < size; q += 16) {
    const z = v128.load(zs + q);
    v128.store(out + q, f32x4.mul(madd(half, half, f32x4.div(z, root(z))), v128.load(v + q)));
  }
}

export function addActivationCurvature(out: usize, zs: usize, u: usize, v: usize): void {
  const size = <usize>blocks * stride();
  for (let q: usize = 0; q < size; q += 16) {
    const z = v128.load(zs + q);
    const s = root(z);
    const curvature = f32x4.div(f32x4.splat(2), f32x4.mul(s, f32x4.mul(s, s)));
    v128.store(out + q, madd(v128.load(out + q), curvature, f32x4.mul(v128.load(u + q), v128.load(v + q))));
  }
}

export function readout(y: usize, output: usize): f64 {
  let energy: f64 = 0;
  for (let i = 0; i < sites; i++) {
    let part = f32x4.splat(0);
    for (let block = 0; block < blocks; block++)
      for (let q: usize = 0; q < 64; q += 16) {
        const s = activation(v128.load(y + block * stride() + (<usize>i << 6) + q));
        part = madd(part, s, v128.load(weights + output + (block << 6) + q));
      }
    energy += <f64>sum(part);
  }
  return energyScale * energy;
}
