/** The box of a call: every thread reads it anew at the start of a job. */

/** f64: nine of the vectors, what kind of box it is, and how far a list made now reaches; pair-program.ts writes them. */
export let box: usize = 0;

/** 0: open; 1: orthorhombic; 2: sheared. */
export let kind: i32 = 0;
/** Edges along the axes (lower-triangular vectors) and their inverses; all zero in an open box, which makes every image shift zero. */
export let ax: f64 = 0;
export let bx: f64 = 0;
export let by: f64 = 0;
export let cx: f64 = 0;
export let cy: f64 = 0;
export let cz: f64 = 0;
export let ix: f64 = 0;
export let iy: f64 = 0;
export let iz: f64 = 0;
export let reach: f64 = 0;

export function enter(): void {
  if (box == 0) return;
  kind = <i32>load<f64>(box, 72);
  reach = load<f64>(box, 80);
  const closed = kind != 0;
  ax = closed ? load<f64>(box) : 0;
  bx = closed ? load<f64>(box, 24) : 0;
  by = closed ? load<f64>(box, 32) : 0;
  cx = closed ? load<f64>(box, 48) : 0;
  cy = closed ? load<f64>(box, 56) : 0;
  cz = closed ? load<f64>(box, 64) : 0;
  ix = closed ? 1 / ax : 0;
  iy = closed ? 1 / by : 0;
  iz = closed ? 1 / cz : 0;
}

/** A difference and its nearest image in any box; loops have the orthorhombic one in registers. */
export let dx: f64 = 0;
export let dy: f64 = 0;
export let dz: f64 = 0;
export function nearestImage(x: f64, y: f64, z: f64): void {
  const nz = nearest<f64>(z * iz);
  dz = z - nz * cz;
  y -= nz * cy;
  x -= nz * cx;
  const ny = nearest<f64>(y * iy);
  dy = y - ny * by;
  x -= ny * bx;
  dx = x - nearest<f64>(x * ix) * ax;
}
