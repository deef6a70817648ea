/**
 * Frames: coordinates in records are relative to the middle of a frame near them, so that f32 resolves them equally well in a box of any size; a list
 * entry carries the difference of two frames together with the periodic shift. What is taken off a position for that, its offset, is the shift of its
 * image and the origin of its frame; of these there are few, and slots share them.
 */
import { allocate } from '../../../threads/assembly/memory';
import { PairPart, PairSet } from './set';
import { ax, bx, by, cx, cy, cz, inverseX, inverseY, inverseZ, particles, periodic } from './state';

/** Offsets found lately: image (f64 x 3), frame, address, by a hash of the first two. Of this thread. */
let recent: usize = 0;
const recentBytes: usize = 32;
const recentCount: usize = 1024;
/** Of the hash: a small system has one frame, and would take longer to clear the rest than to find anything. */
let recentMask: i32 = 0;

/** Bytes of an offset: x, y, z, nothing. */
const offsetBytes: usize = 32;

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

/** Before `offsetOf` is called for at most so many slots by part `part` of a build. */
export function startOffsets(part: PairPart, slots: i32): void {
  if (recent == 0) recent = allocate(recentBytes * recentCount);
  recentMask = slots < 4096 ? 63 : <i32>recentCount - 1;
  for (let e: usize = 0; e <= <usize>recentMask; e++) store<i32>(recent + e * recentBytes, -1, 24);
  // Were each of them in an image of its own: what is not used costs only addresses.
  part.offsets.reserve(offsetBytes * <usize>slots, 0);
  part.offsetsEnd = part.offsets.at;
}

/** The address of the offset of a particle at x, in a frame; w is where it is in the wrapped cell (f64 x 3 each). */
// @ts-ignore: decorator
@inline
export function offsetOf(set: PairSet, part: PairPart, x: usize, w: usize, frame: i32): usize {
  let nx: f64 = 0;
  let ny: f64 = 0;
  let nz: f64 = 0;
  if (periodic && !set.infinite) {
    nz = nearest((load<f64>(x, 16) - load<f64>(w, 16)) * inverseZ);
    ny = nearest((load<f64>(x, 8) - load<f64>(w, 8) - nz * cy) * inverseY);
    nx = nearest((load<f64>(x) - load<f64>(w) - nz * cx - ny * bx) * inverseX);
  }
  const image = (<i32>nx & 3) | ((<i32>ny & 3) << 2) | ((<i32>nz & 3) << 4);
  const at = recent + <usize>((<i32>(<u32>(frame * 0x61c88647) >> 28) << 6 | image) & recentMask) * recentBytes;
  if (load<f64>(at) == nx && load<f64>(at, 8) == ny && load<f64>(at, 16) == nz && load<i32>(at, 24) == frame) return <usize>load<u32>(at, 28);
  return addOffset(set, part, at, nx, ny, nz, frame);
}

function addOffset(set: PairSet, part: PairPart, at: usize, nx: f64, ny: f64, nz: f64, frame: i32): usize {
  const offset = part.offsetsEnd;
  part.offsetsEnd += offsetBytes;
  const origin = set.frames.at + <usize>frame * 24;
  store<f64>(offset, nz * cx + ny * bx + nx * ax + load<f64>(origin));
  store<f64>(offset, nz * cy + ny * by + load<f64>(origin, 8), 8);
  store<f64>(offset, nz * cz + load<f64>(origin, 16), 16);
  store<f64>(at, nx);
  store<f64>(at, ny, 8);
  store<f64>(at, nz, 16);
  store<i32>(at, frame, 24);
  store<u32>(at, <u32>offset, 28);
  return offset;
}
