/** How work is divided: by the system alone, never by the number of threads, so that sums are the same for any number. */

/** Particles that are worth a range of their own, and ranges at most. */
const particlesPerRange = 512;
const mostRanges = 32;
const mostPairParts = 16;

/** Particles below which another thread costs more than it brings: barriers of a microsecond against steps of fifty. */
const particlesPerThread = 700;

/** Threads that serve a system of so many particles, of those there are. */
export function usefulThreads(particles: number, threads: number, perThread = particlesPerThread): number {
  return Math.max(1, Math.min(threads, Math.floor(particles / perThread)));
}

/** Parts of a pair set: one for small systems, whose every part would reach everywhere. */
export function pairParts(particles: number): number {
  return Math.max(1, Math.min(mostPairParts, Math.floor(particles / particlesPerRange)));
}

/**
 * First particle of each range, and the end. Ranges begin at multiples of four and, where one is near, at the start of a molecule: then
 * few bonds cross them.
 */
export function particleRanges(molecule: Int32Array): Int32Array {
  const n = molecule.length;
  const count = Math.max(1, Math.min(mostRanges, Math.floor(n / particlesPerRange)));
  const starts = new Int32Array(count + 1);
  starts[count] = n;
  for (let p = 1; p < count; p++) starts[p] = boundaryNear(molecule, Math.round((p * n) / count), n / count / 4);
  return starts;
}

/** The multiple of four nearest to `place`, of those within `reach` that start a molecule if there are any. */
function boundaryNear(molecule: Int32Array, place: number, reach: number): number {
  const middle = 4 * Math.round(place / 4);
  for (let d = 0; d <= reach; d += 4) {
    for (const i of [middle - d, middle + d]) if (i > 0 && i < molecule.length && molecule[i] !== molecule[i - 1]) return i;
  }
  return middle;
}
