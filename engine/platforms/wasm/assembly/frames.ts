/**
 * Frames: boxes of the cell, from whose middles the coordinates of clusters are counted, so that f32 resolves them equally well in a cell of any size; a list
 * entry carries the difference of two frames together with the periodic shift.
 */
import { PairSet } from './set';
import { particles } from './state';

/** About fourteen cut-offs, or, where neighbours are about a cut-off apart, up to twice as much: frames that meet make lists of more pieces. */
function frameWidth(set: PairSet): f64 {
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  return Math.max(14 * set.cutoff, Math.min(28 * set.cutoff, 34 * Math.cbrt(volume / <f64>particles)));
}

/** The frames and their middles. */
export function divideIntoFrames(set: PairSet): void {
  const eX = set.columnWidthX * <f64>set.columnsX;
  const eY = set.columnWidthY * <f64>set.columnsY;
  const reach = set.infinite ? Infinity : frameWidth(set);
  set.framesX = <i32>Math.max(1, Math.floor(eX / reach));
  set.framesY = <i32>Math.max(1, Math.floor(eY / reach));
  set.framesZ = <i32>Math.max(1, Math.floor(set.extentZ / reach));
  set.frameCount = set.framesX * set.framesY * set.framesZ;
  let frame = set.frames.reserve(24 * <usize>set.frameCount, 0);
  for (let z = 0; z < set.framesZ; z++) {
    for (let y = 0; y < set.framesY; y++) {
      for (let x = 0; x < set.framesX; x++) {
        store<f64>(frame, set.lowX + ((<f64>x + 0.5) * eX) / <f64>set.framesX);
        store<f64>(frame, set.lowY + ((<f64>y + 0.5) * eY) / <f64>set.framesY, 8);
        store<f64>(frame, set.lowZ + ((<f64>z + 0.5) * set.extentZ) / <f64>set.framesZ, 16);
        frame += 24;
      }
    }
  }
}
