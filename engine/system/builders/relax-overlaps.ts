/** Pushes overlapping rigid molecules apart, moving and turning only those that overlap. */
import { type Box, minimumImage } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';
import { type RandomSource, randomDirection, randomRotation } from './random.ts';

/** How far beyond the smallest distance a pair is pushed, so that it does not come back at once. */
const margin = 1.05;
/** The part of the smallest distance that is missing between molecules that cross each other. */
const stuck = 0.15;
/** Rounds after which molecules that still overlap are taken out and put elsewhere, and how many such turns may pass without progress. */
const [roundsPerTurn, idleTurns] = [80, 5];

/** What the contacts of a molecule ask of it: sums over its contacts. */
interface Pushes {
  readonly shift: Float64Array;
  readonly torque: Float64Array;
  readonly arm2: Float64Array;
  readonly contacts: Int32Array;
  /** The largest overlap of one of its contacts. */
  readonly depth: Float64Array;
}

/**
 * Each round every pair of atoms of different molecules that is too close asks both molecules to give way by half of what is missing,
 * along the line between the atoms; a molecule moves and turns by the mean of what its contacts ask. Those that stay stuck are put elsewhere.
 *
 * @param positions 3N, changed in place; molecules stay rigid
 * @param starts first atom of each molecule, and the number of atoms at the end
 * @returns pairs that are still closer than `minimumDistance`: 0 when it worked
 */
export function relaxOverlaps(
  positions: Float64Array,
  starts: Int32Array,
  box: Box,
  minimumDistance: number,
  random: RandomSource,
): number {
  const molecules = starts.length - 1;
  const pushes: Pushes = {
    shift: new Float64Array(3 * molecules),
    torque: new Float64Array(3 * molecules),
    arm2: new Float64Array(molecules),
    contacts: new Int32Array(molecules),
    depth: new Float64Array(molecules),
  };
  const moleculeOf = new Int32Array(positions.length / 3);
  for (let m = 0; m < molecules; m++) moleculeOf.fill(m, starts[m], starts[m + 1]);
  const centres = new Float64Array(3 * molecules);
  // Two molecules that both stayed where they were cannot have come to overlap: only the others are looked at.
  const moved = new Uint8Array(molecules).fill(1);
  let [overlapping, fewest, idle] = [0, Number.POSITIVE_INFINITY, 0];
  for (let round = 1; idle < idleTurns; round++) {
    overlapping = gatherPushes(positions, starts, moleculeOf, moved, centres, box, minimumDistance, random, pushes);
    if (overlapping === 0) return 0;
    const turn = round % roundsPerTurn === 0;
    if (turn) idle = overlapping < 0.9 * fewest ? 0 : idle + 1;
    if (turn) fewest = Math.min(fewest, overlapping);
    for (let m = 0; m < molecules; m++) {
      moved[m] = pushes.contacts[m] > 0 ? 1 : 0;
      if (!moved[m]) continue;
      // Chains that cross push each other to both sides at once and stay: one of them has to leave.
      if (turn && pushes.depth[m] > stuck * minimumDistance && random() < 0.5)
        relocate(positions, starts[m], starts[m + 1], centres, m, box, random);
      else moveMolecule(positions, starts[m], starts[m + 1], centres, m, pushes);
    }
  }
  return overlapping;
}

function gatherPushes(
  positions: Float64Array,
  starts: Int32Array,
  moleculeOf: Int32Array,
  moved: Uint8Array,
  centres: Float64Array,
  box: Box,
  minimumDistance: number,
  random: RandomSource,
  pushes: Pushes,
): number {
  for (const sums of Object.values(pushes) as (Float64Array | Int32Array)[]) sums.fill(0);
  findCentres(positions, starts, centres);
  const target = margin * minimumDistance;
  const grid = new CellGrid(box, minimumDistance, moleculeOf.length);
  const d = new Float64Array(3);
  let overlapping = 0;
  for (let i = 0; i < moleculeOf.length; i++) grid.add(i, positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]);
  for (let i = 0; i < moleculeOf.length; i++) {
    const m = moleculeOf[i];
    if (!moved[m]) continue;
    grid.near(positions[3 * i], positions[3 * i + 1], positions[3 * i + 2], (j, r2) => {
      const other = moleculeOf[j];
      // A pair of two that moved is met from both sides, and counts once.
      if (other === m || (moved[other] && j > i)) return false;
      overlapping++;
      for (let c = 0; c < 3; c++) d[c] = positions[3 * i + c] - positions[3 * j + c];
      minimumImage(box, d);
      let r = Math.sqrt(r2);
      if (r < 1e-9) {
        d.set(randomDirection(random));
        r = 1;
      }
      const give = (target - Math.sqrt(r2)) / (2 * r);
      pushes.depth[m] = Math.max(pushes.depth[m], minimumDistance - Math.sqrt(r2));
      pushes.depth[other] = Math.max(pushes.depth[other], minimumDistance - Math.sqrt(r2));
      addPush(pushes, positions, centres, m, i, d, give);
      addPush(pushes, positions, centres, other, j, d, -give);
      return false;
    });
  }
  return overlapping;
}

/** Molecule `m` is asked to move its atom `i` by `factor * d`. */
function addPush(
  pushes: Pushes,
  positions: Float64Array,
  centres: Float64Array,
  m: number,
  i: number,
  d: Float64Array,
  factor: number,
): void {
  const ax = positions[3 * i] - centres[3 * m];
  const ay = positions[3 * i + 1] - centres[3 * m + 1];
  const az = positions[3 * i + 2] - centres[3 * m + 2];
  const [px, py, pz] = [factor * d[0], factor * d[1], factor * d[2]];
  pushes.shift[3 * m] += px;
  pushes.shift[3 * m + 1] += py;
  pushes.shift[3 * m + 2] += pz;
  pushes.torque[3 * m] += ay * pz - az * py;
  pushes.torque[3 * m + 1] += az * px - ax * pz;
  pushes.torque[3 * m + 2] += ax * py - ay * px;
  pushes.arm2[m] += ax * ax + ay * ay + az * az;
  pushes.contacts[m]++;
}

function findCentres(positions: Float64Array, starts: Int32Array, centres: Float64Array): void {
  centres.fill(0);
  for (let m = 0; m + 1 < starts.length; m++) {
    const n = starts[m + 1] - starts[m];
    for (let k = 3 * starts[m]; k < 3 * starts[m + 1]; k++) centres[3 * m + (k % 3)] += positions[k] / n;
  }
}

/** Moves atoms `first` to `last` by the mean shift and turns them by the mean rotation (Cayley map: orthogonal without sines). */
function moveMolecule(
  positions: Float64Array,
  first: number,
  last: number,
  centres: Float64Array,
  m: number,
  pushes: Pushes,
): void {
  const { shift, torque, arm2, contacts } = pushes;
  const [tx, ty, tz] = [shift[3 * m] / contacts[m], shift[3 * m + 1] / contacts[m], shift[3 * m + 2] / contacts[m]];
  // Half the rotation vector; single atoms do not turn.
  const half = arm2[m] > 1e-12 ? 0.5 / arm2[m] : 0;
  const [wx, wy, wz] = [half * torque[3 * m], half * torque[3 * m + 1], half * torque[3 * m + 2]];
  const s = 2 / (1 + wx * wx + wy * wy + wz * wz);
  const [cx, cy, cz] = [centres[3 * m], centres[3 * m + 1], centres[3 * m + 2]];
  for (let i = first; i < last; i++) {
    const [x, y, z] = [positions[3 * i] - cx, positions[3 * i + 1] - cy, positions[3 * i + 2] - cz];
    // r' = r + s (w x r + w x (w x r))
    const [ux, uy, uz] = [wy * z - wz * y, wz * x - wx * z, wx * y - wy * x];
    positions[3 * i] = cx + tx + x + s * (ux + wy * uz - wz * uy);
    positions[3 * i + 1] = cy + ty + y + s * (uy + wz * ux - wx * uz);
    positions[3 * i + 2] = cz + tz + z + s * (uz + wx * uy - wy * ux);
  }
}

/** Puts a molecule at a random place with a random orientation. */
function relocate(
  positions: Float64Array,
  first: number,
  last: number,
  centres: Float64Array,
  m: number,
  box: Box,
  random: RandomSource,
): void {
  const v = box.vectors ?? new Float64Array(9);
  const [a, b, c] = [random(), random(), random()];
  const place = [a * v[0] + b * v[3] + c * v[6], b * v[4] + c * v[7], c * v[8]];
  const r = randomRotation(random);
  for (let i = first; i < last; i++) {
    const [x, y, z] = [0, 1, 2].map((k) => positions[3 * i + k] - centres[3 * m + k]);
    for (let k = 0; k < 3; k++) positions[3 * i + k] = place[k] + r[3 * k] * x + r[3 * k + 1] * y + r[3 * k + 2] * z;
  }
}
