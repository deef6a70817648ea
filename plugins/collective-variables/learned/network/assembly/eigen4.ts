/** The largest eigenvalue of a symmetric 4 x 4 matrix and its eigenvector by Jacobi's rotations: `math/eigen4.ts`, for matrices with eigenvalues close together. */

const sweeps = 30;

/**
 * @param a row-major; destroyed
 * @param vectors work space for 16 numbers; @param out the eigenvalue, then the unit vector
 */
export function eigen4(a: usize, vectors: usize, out: usize): void {
  for (let k = 0; k < 16; k++) store<f64>(vectors + (<usize>k << 3), k % 5 == 0 ? 1 : 0);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let off: f64 = 0;
    let scale: f64 = 0;
    for (let p = 0; p < 4; p++) {
      scale += at(a, p, p) * at(a, p, p);
      for (let q = p + 1; q < 4; q++) off += at(a, p, q) * at(a, p, q);
    }
    if (off <= 1e-32 * scale || off == 0) break;
    for (let p = 0; p < 3; p++) for (let q = p + 1; q < 4; q++) rotate(a, vectors, p, q);
  }
  let best = 0;
  for (let k = 1; k < 4; k++) if (at(a, k, k) > at(a, best, best)) best = k;
  store<f64>(out, at(a, best, best));
  memory.copy(out + 8, vectors + (<usize>best << 5), 32);
}

// @ts-ignore: decorator
@inline
function at(a: usize, i: i32, j: i32): f64 {
  return load<f64>(a + (<usize>(4 * i + j) << 3));
}

// @ts-ignore: decorator
@inline
function set(a: usize, i: i32, j: i32, value: f64): void {
  store<f64>(a + (<usize>(4 * i + j) << 3), value);
}

function rotate(a: usize, vectors: usize, p: i32, q: i32): void {
  const apq = at(a, p, q);
  if (apq == 0) return;
  const theta = (at(a, q, q) - at(a, p, p)) / (2 * apq);
  const t = (theta >= 0 ? 1.0 : -1.0) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < 4; k++) {
    const x = at(a, k, p);
    const y = at(a, k, q);
    set(a, k, p, c * x - s * y);
    set(a, k, q, s * x + c * y);
  }
  for (let k = 0; k < 4; k++) {
    turn(a, p, q, k, c, s);
    turn(vectors, p, q, k, c, s);
  }
}

// @ts-ignore: decorator
@inline
function turn(a: usize, p: i32, q: i32, k: i32, c: f64, s: f64): void {
  const x = at(a, p, k);
  const y = at(a, q, k);
  set(a, p, k, c * x - s * y);
  set(a, q, k, s * x + c * y);
}
