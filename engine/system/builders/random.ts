/** Seeded random places and directions for building systems; only + - * / and sqrt, so that they are equal on every machine. */
import seedrandom from 'seedrandom';

export type RandomSource = () => number;

/** A source of uniform numbers in [0, 1) that depends on the seed and on what it is for. */
export function randomSource(seed: number, purpose: string): RandomSource {
  const generator = seedrandom(`${seed} ${purpose}`);
  return () => generator.double();
}

/** A uniformly distributed unit vector (rejection from the cube). */
export function randomDirection(random: RandomSource): [number, number, number] {
  for (;;) {
    const [x, y, z] = [2 * random() - 1, 2 * random() - 1, 2 * random() - 1];
    const r2 = x * x + y * y + z * z;
    if (r2 > 1e-6 && r2 <= 1) {
      const r = Math.sqrt(r2);
      return [x / r, y / r, z / r];
    }
  }
}

/** A uniformly distributed rotation matrix, row-major, from a uniform unit quaternion (rejection from the four-dimensional cube). */
export function randomRotation(random: RandomSource): Float64Array {
  for (;;) {
    const [w, x, y, z] = [2 * random() - 1, 2 * random() - 1, 2 * random() - 1, 2 * random() - 1];
    const n = w * w + x * x + y * y + z * z;
    if (n < 1e-6 || n > 1) continue;
    const s = 2 / n;
    return Float64Array.of(
      1 - s * (y * y + z * z),
      s * (x * y - w * z),
      s * (x * z + w * y),
      s * (x * y + w * z),
      1 - s * (x * x + z * z),
      s * (y * z - w * x),
      s * (x * z - w * y),
      s * (y * z + w * x),
      1 - s * (x * x + y * y),
    );
  }
}
