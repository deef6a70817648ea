/** Pushes atoms of flexible molecules apart until none overlap, holding bond lengths, angles and rigid parts. */
import { type Box, minimumImage } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';

export interface HeldPairs {
  readonly molecules: readonly {
    /** Index of its first atom. */
    readonly start: number;
    readonly atoms: number;
    /** Pairs of its atoms (from 0) whose distance is held, flat, and the distances. */
    readonly fixed: Int32Array;
    readonly lengths: Float64Array;
    /** n x n: 1 for pairs of its atoms that may be close. */
    readonly near: Uint8Array;
  }[];
}

/** In parts of the smallest distance: below which distance a pair is pushed, how far, and what a push may be at most. */
const [reach, margin, largestPush] = [1.06, 1.1, 0.25];
/**
 * Within a molecule: below which part of the smallest distance a pair is pushed, and what is too close to stay. Neighbouring gauche states of
 * opposite sign bring hydrogens as close as this, and minimisation takes them apart.
 */
const [within, tooClose] = [0.75, 0.5];
/** Pairs up to so far apart (parts of the smallest distance) are looked at for so many rounds. */
const [skin, refresh] = [1.7, 8];
/** Sweeps over the held distances a round, and at the end; rounds without progress before it gives up, and rounds in all. */
const [sweeps, lastSweeps, idleRounds, mostRounds] = [8, 60, 40, 1500];

/**
 * Position-based relaxation (Müller et al., J. Vis. Commun. Image R. 2007, 18, 109): each round pushes overlapping pairs apart, then restores
 * the held distances one after another.
 *
 * @param positions 3N, changed in place
 * @returns pairs of molecules (flat) whose atoms stay closer than `minimumDistance` when held distances are restored: none when it worked;
 * a molecule that overlaps with itself is paired with itself
 */
export function relaxFlexible(positions: Float64Array, held: HeldPairs, box: Box, minimumDistance: number): number[] {
  const atoms = positions.length / 3;
  const moleculeOf = new Int32Array(atoms);
  held.molecules.forEach(({ start, atoms: n }, m) => {
    moleculeOf.fill(m, start, start + n);
  });
  const smallest = (i: number, j: number): number => {
    const m = moleculeOf[i];
    if (m !== moleculeOf[j]) return minimumDistance;
    const { start, atoms: n, near } = held.molecules[m];
    return near[(i - start) * n + (j - start)] === 1 ? 0 : within * minimumDistance;
  };
  let fewest = Number.POSITIVE_INFINITY;
  let idle = 0;
  let left: number[] = [];
  let pairs = candidates(positions, smallest, box, minimumDistance);
  for (let round = 1; round < mostRounds && idle < idleRounds; round++) {
    if (round % refresh === 0) pairs = candidates(positions, smallest, box, minimumDistance);
    left = pushApart(positions, pairs, box, minimumDistance);
    if (left.length === 0) {
      // Held distances are nearly right by now; what restoring them fully brings back, or what came near since, is pushed away again.
      restore(positions, held, lastSweeps);
      pairs = candidates(positions, smallest, box, minimumDistance);
      left = pushApart(positions, pairs, box, minimumDistance, false);
      if (left.length === 0) return left;
    }
    restore(positions, held, sweeps);
    idle = left.length < fewest ? 0 : idle + 1;
    fewest = Math.min(fewest, left.length);
  }
  return left.map((i) => moleculeOf[i]);
}

/** Pairs that are close or may soon be, and the smallest distance of each. */
interface Candidates {
  readonly atoms: readonly number[];
  readonly distances: readonly number[];
}

function candidates(
  positions: Float64Array,
  smallest: (i: number, j: number) => number,
  box: Box,
  minimumDistance: number,
): Candidates {
  const count = positions.length / 3;
  const grid = new CellGrid(box, skin * minimumDistance, count);
  const atoms: number[] = [];
  const distances: number[] = [];
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    grid.near(x, y, z, (j) => {
      const distance = smallest(i, j);
      if (distance > 0) {
        atoms.push(i, j);
        distances.push(distance);
      }
      return false;
    });
    grid.add(i, x, y, z);
  }
  return { atoms, distances };
}

/** Moves pairs that overlap, or nearly so, apart, half each (unless `push` is false); returns those that overlapped, flat. */
function pushApart(positions: Float64Array, pairs: Candidates, box: Box, minimumDistance: number, push = true): number[] {
  const d = new Float64Array(3);
  const overlapping: number[] = [];
  pairs.distances.forEach((distance, p) => {
    const [i, j] = [pairs.atoms[2 * p], pairs.atoms[2 * p + 1]];
    for (let c = 0; c < 3; c++) d[c] = positions[3 * i + c] - positions[3 * j + c];
    minimumImage(box, d);
    const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    if (r >= reach * distance) return;
    if (r < (distance < minimumDistance ? tooClose * minimumDistance : distance)) overlapping.push(i, j);
    if (!push) return;
    // Two atoms in one place part along x.
    if (r < 1e-6) d.set([1e-6, 0, 0]);
    const give = Math.min((margin * distance - r) / 2, largestPush * minimumDistance) / Math.max(r, 1e-6);
    for (let c = 0; c < 3; c++) {
      positions[3 * i + c] += give * d[c];
      positions[3 * j + c] -= give * d[c];
    }
  });
  return overlapping;
}

function restore(x: Float64Array, held: HeldPairs, rounds: number): void {
  for (const { start, fixed, lengths } of held.molecules)
    for (let round = 0; round < rounds; round++) {
      let worst = 0;
      for (let p = 0; p < lengths.length; p++) {
        const i = 3 * (start + fixed[2 * p]);
        const j = 3 * (start + fixed[2 * p + 1]);
        const [dx, dy, dz] = [x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]];
        const r = Math.sqrt(dx * dx + dy * dy + dz * dz);
        const f = r > 0 ? (lengths[p] - r) / (2 * r) : 0;
        worst = Math.max(worst, Math.abs(f));
        x[i] += f * dx;
        x[i + 1] += f * dy;
        x[i + 2] += f * dz;
        x[j] -= f * dx;
        x[j + 1] -= f * dy;
        x[j + 2] -= f * dz;
      }
      if (worst < 1e-4) break;
    }
}
