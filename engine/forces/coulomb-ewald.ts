/** Ewald summation: erfc(alpha r)/r between pairs, the rest in reciprocal space, with conducting surroundings. */
import { erfc, exp, log, sincos } from '../math/functions.ts';
import { unitConstants } from '../scenario/units.ts';
import { minimumImage } from '../system/box.ts';
import type { CoulombDescription } from './description.ts';
import type { CoulombMethod, ForceKernel, KernelContext } from './terms.ts';

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Tolerances of descriptions that name none. */
export const defaultTolerance = { ewald: 1e-5, pme: 5e-4 };

/** The splitting parameter alpha (1/length): that given, or sqrt(-ln(2 tolerance))/cutoff (OpenMM user guide, theory). */
export function ewaldSplitting(description: CoulombDescription, cutoff: number): number {
  const { splitting, tolerance, method } = description;
  return splitting ?? Math.sqrt(-log(2 * (tolerance ?? defaultTolerance[method === 'pme' ? 'pme' : 'ewald']))) / cutoff;
}

/** Ewald, Ann. Phys. 369, 253 (1921); Allen & Tildesley, Computer Simulation of Liquids, section 6.2. */
export const coulombEwald: CoulombMethod = {
  name: 'ewald',
  summary: 'Ewald summation in plain loops, the reference for periodic electrostatics.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      tolerance: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 0.1,
        default: 1e-5,
        description: 'Relative error of the forces aimed at.',
      },
    },
  },
  pair(description, cutoff) {
    const alpha = ewaldSplitting(description, cutoff);
    return (r2, out) => {
      const r = Math.sqrt(r2);
      const energy = erfc(alpha * r) / r;
      out[0] = energy;
      out[1] = (energy + twoOverRootPi * alpha * exp(-alpha * alpha * r2)) / r2;
    };
  },
  longRange(description, cutoff, exclusions, context) {
    const alpha = ewaldSplitting(description, cutoff);
    const tolerance = description.tolerance ?? defaultTolerance.ewald;
    return [reciprocalSpace(alpha, tolerance, context), excludedPairs(alpha, exclusions, context)];
  },
};

/** The number of waves along a box vector of the given length: the smallest whose estimated relative error is below the tolerance. */
function waves(alpha: number, width: number, tolerance: number): number {
  let k = 1;
  const error = (n: number) => {
    const x = (Math.PI * n) / (width * alpha);
    return (n / 20) * Math.sqrt(width * alpha) * exp(-x * x);
  };
  while (error(k) > tolerance) k++;
  return k;
}

/** E = (2 pi/V) sum_k exp(-k^2/4 alpha^2)/k^2 |S(k)|^2 - alpha/sqrt(pi) sum q^2 - pi Q^2/(2 V alpha^2); virial of the same. */
function reciprocalSpace(alpha: number, tolerance: number, context: KernelContext): ForceKernel {
  const { structure, box } = context.system;
  const { charge } = structure;
  const n = charge.length;
  const coulomb = unitConstants(structure.units).coulomb;
  const v0 = box.vectors ?? new Float64Array(9);
  // A wave of index n along a box vector has |k| >= 2 pi n/length: the length, not the height, bounds what is left out.
  const limits = [0, 3, 6].map((d) => waves(alpha, Math.hypot(v0[d], v0[d + 1], v0[d + 2]), tolerance));
  const sines = new Float64Array(n);
  const cosines = new Float64Array(n);
  const sc = new Float64Array(2);
  let sumSquares = 0;
  let total = 0;
  for (const q of charge) {
    sumSquares += q * q;
    total += q;
  }

  function wave(
    kx: number,
    ky: number,
    kz: number,
    volume: number,
    x: Float64Array,
    forces: Float64Array,
    virial: Float64Array,
  ): number {
    const k2 = kx * kx + ky * ky + kz * kz;
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < n; i++) {
      sincos(kx * x[3 * i] + ky * x[3 * i + 1] + kz * x[3 * i + 2], sc);
      sines[i] = charge[i] * sc[0];
      cosines[i] = charge[i] * sc[1];
      real += cosines[i];
      imaginary += sines[i];
    }
    // The factor 2 counts k and -k, of which only one is visited.
    const weight = (2 * coulomb * 2 * Math.PI * exp(-k2 / (4 * alpha * alpha))) / (volume * k2);
    for (let i = 0; i < n; i++) {
      const f = 2 * weight * (sines[i] * real - cosines[i] * imaginary);
      forces[3 * i] += f * kx;
      forces[3 * i + 1] += f * ky;
      forces[3 * i + 2] += f * kz;
    }
    const energy = weight * (real * real + imaginary * imaginary);
    const stretch = 2 * (1 / k2 + 1 / (4 * alpha * alpha)) * energy;
    virial[0] += energy - stretch * kx * kx;
    virial[1] -= stretch * kx * ky;
    virial[2] -= stretch * kx * kz;
    virial[3] -= stretch * kx * ky;
    virial[4] += energy - stretch * ky * ky;
    virial[5] -= stretch * ky * kz;
    virial[6] -= stretch * kx * kz;
    virial[7] -= stretch * ky * kz;
    virial[8] += energy - stretch * kz * kz;
    return energy;
  }

  return {
    label: 'ewald-reciprocal',
    compute(positions, box, forces, virial) {
      const v = box.vectors;
      if (!v) return 0;
      const volume = v[0] * v[4] * v[8];
      const unit = 2 * Math.PI;
      const background = (coulomb * Math.PI * total * total) / (2 * volume * alpha * alpha);
      let energy = (-coulomb * alpha * sumSquares) / Math.sqrt(Math.PI) - background;
      for (const d of [0, 4, 8]) virial[d] -= background;
      for (let a = 0; a <= limits[0]; a++)
        for (let b = a === 0 ? 0 : -limits[1]; b <= limits[1]; b++)
          for (let c = a === 0 && b === 0 ? 1 : -limits[2]; c <= limits[2]; c++) {
            // Reciprocal vectors of a lower-triangular cell by back substitution: H k = 2 pi (a, b, c).
            const kx = (unit * a) / v[0];
            const ky = (unit * b - v[3] * kx) / v[4];
            const kz = (unit * c - v[6] * kx - v[7] * ky) / v[8];
            energy += wave(kx, ky, kz, volume, positions, forces, virial);
          }
      return energy;
    },
  };
}

/** The line of the energy table. */
export const excludedPairsLabel = 'ewald-exclusions';

/** Takes out of reciprocal space what excluded pairs contribute there: -q_i q_j erf(alpha r)/r. */
export function excludedPairs(alpha: number, exclusions: Int32Array, context: KernelContext): ForceKernel {
  const { charge, units } = context.system.structure;
  const coulomb = unitConstants(units).coulomb;
  const d = new Float64Array(3);
  return {
    label: excludedPairsLabel,
    compute(positions, box, forces, virial) {
      let sum = 0;
      for (let k = 0; k < exclusions.length; k += 2) {
        const i = 3 * exclusions[k];
        const j = 3 * exclusions[k + 1];
        for (let a = 0; a < 3; a++) d[a] = positions[i + a] - positions[j + a];
        // The pair may lie across the box; it is the nearest image that the pair loop leaves out.
        minimumImage(box, d);
        const [dx, dy, dz] = d;
        const r2 = dx * dx + dy * dy + dz * dz;
        const r = Math.sqrt(r2);
        const qq = coulomb * charge[exclusions[k]] * charge[exclusions[k + 1]];
        const energy = (-qq * (1 - erfc(alpha * r))) / r;
        const f = (energy + qq * twoOverRootPi * alpha * exp(-alpha * alpha * r2)) / r2;
        sum += energy;
        addPairForce(i, j, dx, dy, dz, f, forces, virial);
      }
      return sum;
    },
  };
}

/** Adds f (dx, dy, dz) to the particle at offset i, its opposite at offset j, and the pair's virial. */
export function addPairForce(
  i: number,
  j: number,
  dx: number,
  dy: number,
  dz: number,
  f: number,
  forces: Float64Array,
  virial: Float64Array,
): void {
  const fx = f * dx;
  const fy = f * dy;
  const fz = f * dz;
  forces[i] += fx;
  forces[i + 1] += fy;
  forces[i + 2] += fz;
  forces[j] -= fx;
  forces[j + 1] -= fy;
  forces[j + 2] -= fz;
  virial[0] += dx * fx;
  virial[1] += dx * fy;
  virial[2] += dx * fz;
  virial[3] += dy * fx;
  virial[4] += dy * fy;
  virial[5] += dy * fz;
  virial[6] += dz * fx;
  virial[7] += dz * fy;
  virial[8] += dz * fz;
}
