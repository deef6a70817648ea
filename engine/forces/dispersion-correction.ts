/** What Lennard-Jones interactions beyond the cut-off would add to energy and pressure if particles were evenly spread there. */
import { volume } from '../system/box.ts';
import type { Structure } from '../system/system.ts';
import type { NonbondedForce, PairPotential } from './description.ts';
import { forceSwitchConstants } from './modifiers.ts';
import type { ForceKernel } from './terms.ts';

/** Whether the force asks for the correction and has a cut-off that needs one; open boxes have nothing beyond. */
export function hasDispersionCorrection(force: NonbondedForce, periodic: boolean): boolean {
  return periodic && force.pair?.dispersionCorrection === true && Number.isFinite(force.cutoff);
}

/**
 * E = (2 pi N^2/V) <integral of r^2 D(r)>, with D the full potential less the one that is computed (so that shifts and switching
 * are made up for), averaged over all pairs of types, a particle with itself included (OpenMM user guide, theory; Shirts, Mobley,
 * Chodera & Pande, J. Phys. Chem. B 111, 13052, 2007). The pressure is that of the full potential: the derivative -dE/dV, and for a
 * truncated potential also what pairs that cross the cut-off would do, which no virial sees. No particle feels a force.
 */
export function dispersionCorrection(force: NonbondedForce, structure: Structure): ForceKernel {
  const { energy, crossing } = meanTail(force, structure);
  const n = structure.mass.length;
  const factor = 2 * Math.PI * n * n;
  return {
    label: 'dispersion-correction',
    compute(_positions, box, _forces, virial) {
      const perVolume = factor / volume(box);
      for (const d of [0, 4, 8]) virial[d] += (energy + crossing) * perVolume;
      return energy * perVolume;
    },
  };
}

/** Means over pairs of particles: of the integral of r^2 D(r), and of rc^3 E(rc)/3 where the potential jumps at the cut-off. */
function meanTail({ pair, cutoff }: NonbondedForce, structure: Structure): { energy: number; crossing: number } {
  const types = structure.typeNames.length;
  const counts = new Float64Array(types);
  for (const t of structure.type) counts[t]++;
  let [energy, crossing, pairs] = [0, 0, 0];
  if (!pair) return { energy, crossing };
  for (let a = 0; a < types; a++)
    for (let b = 0; b <= a; b++) {
      const o = (a * types + b) * pair.width;
      const count = a === b ? (counts[a] * (counts[a] + 1)) / 2 : counts[a] * counts[b];
      const tail = pairTail(pair, pair.parameters[o], pair.parameters[o + 1], cutoff);
      energy += count * tail.energy;
      crossing += count * tail.crossing;
      pairs += count;
    }
  return { energy: energy / pairs, crossing: crossing / pairs };
}

function pairTail(pair: PairPotential, sigma: number, epsilon: number, cutoff: number): { energy: number; crossing: number } {
  const s3 = (sigma / cutoff) ** 3;
  const s6 = s3 * s3;
  const rc3 = cutoff * cutoff * cutoff;
  const beyond = 4 * epsilon * rc3 * s6 * (s6 / 9 - 1 / 3);
  const inside = (rc3 / 3) * 4 * epsilon * s6 * (s6 - 1); // rc^3 E(rc)/3
  switch (pair.modifier) {
    case 'none':
      return { energy: beyond, crossing: inside };
    case 'shift':
      return { energy: beyond + inside, crossing: 0 };
    case 'force-shift': {
      // D = E(rc) + (r - rc) E'(rc) inside; r^2 (r - rc) integrates to -rc^4/12.
      const slope = (24 * epsilon * s6 * (1 - 2 * s6)) / cutoff;
      return { energy: beyond + inside - (slope * rc3 * cutoff) / 12, crossing: 0 };
    }
    case 'switch':
      return { energy: beyond + switchedOff(sigma, epsilon, pair.switchDistance ?? 0.9 * cutoff, cutoff), crossing: 0 };
    case 'force-switch': {
      // D = C, and beyond the switching distance C + A x^3/3 + B x^4/4, with E(rc) - D(rc) = 0.
      const start = pair.switchDistance ?? 0.9 * cutoff;
      const d = cutoff - start;
      const force = (24 * epsilon * s6 * (2 * s6 - 1)) / cutoff;
      const derivative = (24 * epsilon * s6 * (7 - 26 * s6)) / cutoff ** 2;
      const { a, b } = forceSwitchConstants(force, derivative, d);
      const cubes = (a / 3) * d ** 4 * (start ** 2 / 4 + (2 * start * d) / 5 + d ** 2 / 6);
      const fourths = (b / 4) * d ** 5 * (start ** 2 / 5 + (start * d) / 3 + d ** 2 / 7);
      const constant = (-(a / 3 + (b * d) / 4) * d ** 3 * rc3) / 3;
      return { energy: beyond + inside + constant + cubes + fourths, crossing: 0 };
    }
  }
}

/** The integral of r^2 E(r) (1 - S(r)) over the range of switching, by Simpson's rule. */
function switchedOff(sigma: number, epsilon: number, start: number, end: number): number {
  const intervals = 2048;
  const h = (end - start) / intervals;
  let sum = 0;
  for (let k = 0; k <= intervals; k++) {
    const x = k / intervals;
    const r = start + k * h;
    const s6 = (sigma / r) ** 6;
    const off = x * x * x * (10 + x * (-15 + 6 * x));
    sum += (k === 0 || k === intervals ? 1 : 2 + 2 * (k % 2)) * r * r * 4 * epsilon * s6 * (s6 - 1) * off;
  }
  return (sum * h) / 3;
}
