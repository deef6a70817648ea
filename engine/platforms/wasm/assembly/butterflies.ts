/** The passes of Fourier transforms (fft.ts), of radix 2, 3, 4, 5, 7 and 8, over vectors of lines. */
// @ts-ignore: decorator
@inline
function splatAt<V>(at: usize): v128 {
  return changetype<V>(0).isDouble() ? v128.load_splat<f64>(at) : v128.load_splat<f32>(at);
}

/** Stores (x, y) times the j-th twiddle factor, or as it is where all factors are 1. */
// @ts-ignore: decorator
@inline
function put<V>(to: usize, re: usize, im: usize, x: v128, y: v128, twiddle: usize, j: usize, turned: bool): void {
  const v = changetype<V>(0);
  if (turned) {
    const real: usize = v.isDouble() ? 8 : 4;
    const c = splatAt<V>(twiddle + 2 * j * real);
    const s = splatAt<V>(twiddle + (2 * j + 1) * real);
    store<v128>(to + re, v.nmadd(y, s, v.mul(x, c)));
    store<v128>(to + im, v.madd(x, s, v.mul(y, c)));
  } else {
    store<v128>(to + re, x);
    store<v128>(to + im, y);
  }
}

/*
 * Each pass: m groups p of s butterflies q; inputs q + s (p + i m), outputs q + s (radix p + j) times exp(-2 pi i p j/(m radix)).
 * In group 0 all factors are 1.
 */

// @ts-ignore: decorator
@inline
function butterfly2<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  const ar = load<v128>(a + re);
  const ai = load<v128>(a + im);
  const br = load<v128>(a + gap + re);
  const bi = load<v128>(a + gap + im);
  put<V>(o, re, im, v.add(ar, br), v.add(ai, bi), w, 0, false);
  put<V>(o + ogap, re, im, v.sub(ar, br), v.sub(ai, bi), w, 0, turned);
}

export function pass2<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly2<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += ogap;
    twiddle += changetype<V>(0).isDouble() ? 16 : 8;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly2<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}

// @ts-ignore: decorator
@inline
function butterfly3<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  const ar = load<v128>(a + re);
  const ai = load<v128>(a + im);
  const br = load<v128>(a + gap + re);
  const bi = load<v128>(a + gap + im);
  const cr = load<v128>(a + 2 * gap + re);
  const ci = load<v128>(a + 2 * gap + im);
  const tr = v.add(br, cr);
  const ti = v.add(bi, ci);
  const half = v.splat(0.5);
  const root = v.splat(0.86602540378443865);
  const mr = v.nmadd(half, tr, ar);
  const mi = v.nmadd(half, ti, ai);
  const nr = v.mul(root, v.sub(br, cr));
  const ni = v.mul(root, v.sub(bi, ci));
  put<V>(o, re, im, v.add(ar, tr), v.add(ai, ti), w, 0, false);
  put<V>(o + ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 0, turned);
  put<V>(o + 2 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 1, turned);
}

export function pass3<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly3<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += 2 * ogap;
    twiddle += changetype<V>(0).isDouble() ? 32 : 16;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly3<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}

// @ts-ignore: decorator
@inline
function butterfly4<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  const ar = load<v128>(a + re);
  const ai = load<v128>(a + im);
  const br = load<v128>(a + gap + re);
  const bi = load<v128>(a + gap + im);
  const cr = load<v128>(a + 2 * gap + re);
  const ci = load<v128>(a + 2 * gap + im);
  const dr = load<v128>(a + 3 * gap + re);
  const di = load<v128>(a + 3 * gap + im);
  const sr = v.add(ar, cr);
  const si = v.add(ai, ci);
  const tr = v.sub(ar, cr);
  const ti = v.sub(ai, ci);
  const ur = v.add(br, dr);
  const ui = v.add(bi, di);
  const xr = v.sub(br, dr);
  const xi = v.sub(bi, di);
  put<V>(o, re, im, v.add(sr, ur), v.add(si, ui), w, 0, false);
  put<V>(o + ogap, re, im, v.add(tr, xi), v.sub(ti, xr), w, 0, turned);
  put<V>(o + 2 * ogap, re, im, v.sub(sr, ur), v.sub(si, ui), w, 1, turned);
  put<V>(o + 3 * ogap, re, im, v.sub(tr, xi), v.add(ti, xr), w, 2, turned);
}

export function pass4<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly4<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += 3 * ogap;
    twiddle += changetype<V>(0).isDouble() ? 48 : 24;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly4<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}

// @ts-ignore: decorator
@inline
function butterfly5<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  const ar = load<v128>(a + re);
  const ai = load<v128>(a + im);
  let xr = load<v128>(a + gap + re);
  let xi = load<v128>(a + gap + im);
  let yr = load<v128>(a + 4 * gap + re);
  let yi = load<v128>(a + 4 * gap + im);
  const t1r = v.add(xr, yr);
  const t1i = v.add(xi, yi);
  const d1r = v.sub(xr, yr);
  const d1i = v.sub(xi, yi);
  xr = load<v128>(a + 2 * gap + re);
  xi = load<v128>(a + 2 * gap + im);
  yr = load<v128>(a + 3 * gap + re);
  yi = load<v128>(a + 3 * gap + im);
  const t2r = v.add(xr, yr);
  const t2i = v.add(xi, yi);
  const d2r = v.sub(xr, yr);
  const d2i = v.sub(xi, yi);
  const c1 = v.splat(0.30901699437494742);
  const c2 = v.splat(0.80901699437494742); // less than nothing: subtracted
  const s1 = v.splat(0.95105651629515357);
  const s2 = v.splat(0.58778525229247313);
  put<V>(o, re, im, v.add(ar, v.add(t1r, t2r)), v.add(ai, v.add(t1i, t2i)), w, 0, false);
  let mr = v.nmadd(c2, t2r, v.madd(c1, t1r, ar));
  let mi = v.nmadd(c2, t2i, v.madd(c1, t1i, ai));
  let nr = v.madd(s1, d1r, v.mul(s2, d2r));
  let ni = v.madd(s1, d1i, v.mul(s2, d2i));
  put<V>(o + ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 0, turned);
  put<V>(o + 4 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 3, turned);
  mr = v.madd(c1, t2r, v.nmadd(c2, t1r, ar));
  mi = v.madd(c1, t2i, v.nmadd(c2, t1i, ai));
  nr = v.nmadd(s1, d2r, v.mul(s2, d1r));
  ni = v.nmadd(s1, d2i, v.mul(s2, d1i));
  put<V>(o + 2 * ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 1, turned);
  put<V>(o + 3 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 2, turned);
}

export function pass5<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly5<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += 4 * ogap;
    twiddle += changetype<V>(0).isDouble() ? 64 : 32;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly5<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}

// @ts-ignore: decorator
@inline
function butterfly7<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  const ar = load<v128>(a + re);
  const ai = load<v128>(a + im);
  let xr = load<v128>(a + gap + re);
  let xi = load<v128>(a + gap + im);
  let yr = load<v128>(a + 6 * gap + re);
  let yi = load<v128>(a + 6 * gap + im);
  const t1r = v.add(xr, yr);
  const t1i = v.add(xi, yi);
  const d1r = v.sub(xr, yr);
  const d1i = v.sub(xi, yi);
  xr = load<v128>(a + 2 * gap + re);
  xi = load<v128>(a + 2 * gap + im);
  yr = load<v128>(a + 5 * gap + re);
  yi = load<v128>(a + 5 * gap + im);
  const t2r = v.add(xr, yr);
  const t2i = v.add(xi, yi);
  const d2r = v.sub(xr, yr);
  const d2i = v.sub(xi, yi);
  xr = load<v128>(a + 3 * gap + re);
  xi = load<v128>(a + 3 * gap + im);
  yr = load<v128>(a + 4 * gap + re);
  yi = load<v128>(a + 4 * gap + im);
  const t3r = v.add(xr, yr);
  const t3i = v.add(xi, yi);
  const d3r = v.sub(xr, yr);
  const d3i = v.sub(xi, yi);
  const c1 = v.splat(0.62348980185873353);
  const c2 = v.splat(-0.22252093395631440);
  const c3 = v.splat(-0.90096886790241913);
  const s1 = v.splat(0.78183148246802981);
  const s2 = v.splat(0.97492791218182361);
  const s3 = v.splat(0.43388373911755812);
  put<V>(o, re, im, v.add(v.add(ar, t1r), v.add(t2r, t3r)), v.add(v.add(ai, t1i), v.add(t2i, t3i)), w, 0, false);
  let mr = v.madd(c3, t3r, v.madd(c2, t2r, v.madd(c1, t1r, ar)));
  let mi = v.madd(c3, t3i, v.madd(c2, t2i, v.madd(c1, t1i, ai)));
  let nr = v.madd(s3, d3r, v.madd(s2, d2r, v.mul(s1, d1r)));
  let ni = v.madd(s3, d3i, v.madd(s2, d2i, v.mul(s1, d1i)));
  put<V>(o + ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 0, turned);
  put<V>(o + 6 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 5, turned);
  mr = v.madd(c1, t3r, v.madd(c3, t2r, v.madd(c2, t1r, ar)));
  mi = v.madd(c1, t3i, v.madd(c3, t2i, v.madd(c2, t1i, ai)));
  nr = v.nmadd(s1, d3r, v.nmadd(s3, d2r, v.mul(s2, d1r)));
  ni = v.nmadd(s1, d3i, v.nmadd(s3, d2i, v.mul(s2, d1i)));
  put<V>(o + 2 * ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 1, turned);
  put<V>(o + 5 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 4, turned);
  mr = v.madd(c2, t3r, v.madd(c1, t2r, v.madd(c3, t1r, ar)));
  mi = v.madd(c2, t3i, v.madd(c1, t2i, v.madd(c3, t1i, ai)));
  nr = v.madd(s2, d3r, v.nmadd(s1, d2r, v.mul(s3, d1r)));
  ni = v.madd(s2, d3i, v.nmadd(s1, d2i, v.mul(s3, d1i)));
  put<V>(o + 3 * ogap, re, im, v.add(mr, ni), v.sub(mi, nr), w, 2, turned);
  put<V>(o + 4 * ogap, re, im, v.sub(mr, ni), v.add(mi, nr), w, 3, turned);
}

export function pass7<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly7<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += 6 * ogap;
    twiddle += changetype<V>(0).isDouble() ? 96 : 48;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly7<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}

/** Two butterflies of radix 4, of the even and of the odd inputs, joined by eighths of a turn. */
// @ts-ignore: decorator
@inline
function butterfly8<V>(a: usize, gap: usize, o: usize, ogap: usize, w: usize, re: usize, im: usize, turned: bool): void {
  const v = changetype<V>(0);
  let ar = load<v128>(a + gap + re);
  let ai = load<v128>(a + gap + im);
  let br = load<v128>(a + 3 * gap + re);
  let bi = load<v128>(a + 3 * gap + im);
  let cr = load<v128>(a + 5 * gap + re);
  let ci = load<v128>(a + 5 * gap + im);
  let dr = load<v128>(a + 7 * gap + re);
  let di = load<v128>(a + 7 * gap + im);
  let sr = v.add(ar, cr);
  let si = v.add(ai, ci);
  let tr = v.sub(ar, cr);
  let ti = v.sub(ai, ci);
  let ur = v.add(br, dr);
  let ui = v.add(bi, di);
  let xr = v.sub(br, dr);
  let xi = v.sub(bi, di);
  const root = v.splat(0.70710678118654752);
  const o0r = v.add(sr, ur);
  const o0i = v.add(si, ui);
  // Times -i.
  const o2r = v.sub(si, ui);
  const o2i = v.sub(ur, sr);
  let pr = v.add(tr, xi);
  let pi = v.sub(ti, xr);
  const o1r = v.mul(root, v.add(pr, pi));
  const o1i = v.mul(root, v.sub(pi, pr));
  pr = v.sub(tr, xi);
  pi = v.add(ti, xr);
  const o3r = v.mul(root, v.sub(pi, pr));
  const o3i = v.mul(v.splat(-0.70710678118654752), v.add(pr, pi));
  ar = load<v128>(a + re);
  ai = load<v128>(a + im);
  br = load<v128>(a + 2 * gap + re);
  bi = load<v128>(a + 2 * gap + im);
  cr = load<v128>(a + 4 * gap + re);
  ci = load<v128>(a + 4 * gap + im);
  dr = load<v128>(a + 6 * gap + re);
  di = load<v128>(a + 6 * gap + im);
  sr = v.add(ar, cr);
  si = v.add(ai, ci);
  tr = v.sub(ar, cr);
  ti = v.sub(ai, ci);
  ur = v.add(br, dr);
  ui = v.add(bi, di);
  xr = v.sub(br, dr);
  xi = v.sub(bi, di);
  let er = v.add(sr, ur);
  let ei = v.add(si, ui);
  put<V>(o, re, im, v.add(er, o0r), v.add(ei, o0i), w, 0, false);
  put<V>(o + 4 * ogap, re, im, v.sub(er, o0r), v.sub(ei, o0i), w, 3, turned);
  er = v.add(tr, xi);
  ei = v.sub(ti, xr);
  put<V>(o + ogap, re, im, v.add(er, o1r), v.add(ei, o1i), w, 0, turned);
  put<V>(o + 5 * ogap, re, im, v.sub(er, o1r), v.sub(ei, o1i), w, 4, turned);
  er = v.sub(sr, ur);
  ei = v.sub(si, ui);
  put<V>(o + 2 * ogap, re, im, v.add(er, o2r), v.add(ei, o2i), w, 1, turned);
  put<V>(o + 6 * ogap, re, im, v.sub(er, o2r), v.sub(ei, o2i), w, 5, turned);
  er = v.sub(tr, xi);
  ei = v.add(ti, xr);
  put<V>(o + 3 * ogap, re, im, v.add(er, o3r), v.add(ei, o3i), w, 2, turned);
  put<V>(o + 7 * ogap, re, im, v.sub(er, o3r), v.sub(ei, o3i), w, 6, turned);
}

export function pass8<V>(m: i32, s: i32, at: usize, step: usize, out: usize, outStep: usize, twiddle: usize, re: usize, im: usize): void {
  const gap = <usize>(s * m) * step;
  const ogap = <usize>s * outStep;
  for (let q = 0; q < s; q++, at += step, out += outStep) butterfly8<V>(at, gap, out, ogap, 0, re, im, false);
  for (let p = 1; p < m; p++) {
    out += 7 * ogap;
    twiddle += changetype<V>(0).isDouble() ? 112 : 56;
    for (let q = 0; q < s; q++, at += step, out += outStep) butterfly8<V>(at, gap, out, ogap, twiddle, re, im, true);
  }
}
