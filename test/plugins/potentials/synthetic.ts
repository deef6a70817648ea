/** Liquids of dimers with a known pair and bond potential: exact forces, and noise of a known size on top. */
import { type Box, makeStructure, minimumImage, openBox, orthorhombic, type Structure } from '../../../engine/index.ts';
import type { TrainingSet } from '../../../plugins/potentials/model.ts';
import { trainingSet } from '../../../plugins/potentials/training-set.ts';

/** A potential and its derivative. */
export type Potential = (r: number) => [number, number];

/** Deterministic uniform numbers in [0, 1) and normal ones, for tests only (mulberry32, Box-Muller). */
export function generator(seed: number): { uniform: () => number; normal: () => number } {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

export const kT = 1;
export const cutoff = 2.4;

/** Lennard-Jones times a factor that takes it smoothly to zero at the cut-off. */
export const pairPotential: Potential = (r) => {
  if (r >= cutoff) return [0, 0];
  const s6 = r ** -6;
  const [u, du] = [4 * s6 * (s6 - 1), (-24 * s6 * (2 * s6 - 1)) / r];
  const w = 1 - (r / cutoff) ** 2;
  return [u * w ** 3, du * w ** 3 - (6 * u * w ** 2 * r) / cutoff ** 2];
};

/** An anharmonic bond about 0.8. */
export const bondPotential: Potential = (r) => [
  200 * (r - 0.8) ** 2 - 300 * (r - 0.8) ** 3,
  400 * (r - 0.8) - 900 * (r - 0.8) ** 2,
];

export function dimers(molecules: number): Structure {
  const bonds = Array.from({ length: molecules }, (_, m) => [2 * m, 2 * m + 1]).flat();
  return makeStructure({ units: 'lj', mass: new Array<number>(2 * molecules).fill(1), typeNames: ['A'], bonds });
}

/** Exact forces of the two potentials by all pairs. */
export function exactForces(positions: Float64Array, box: Box): Float64Array {
  const forces = new Float64Array(positions.length);
  const d = new Float64Array(3);
  for (let i = 0; i < positions.length / 3; i++) {
    for (let j = i + 1; j < positions.length / 3; j++) {
      for (let c = 0; c < 3; c++) d[c] = positions[3 * j + c] - positions[3 * i + c];
      minimumImage(box, d);
      const r = Math.hypot(d[0], d[1], d[2]);
      const bonded = i % 2 === 0 && j === i + 1;
      if (!bonded && r >= cutoff) continue;
      const slope = (bonded ? bondPotential : pairPotential)(r)[1];
      for (let c = 0; c < 3; c++) {
        forces[3 * i + c] += (slope * d[c]) / r;
        forces[3 * j + c] -= (slope * d[c]) / r;
      }
    }
  }
  return forces;
}

/**
 * A run of overdamped Langevin dynamics of `molecules` dimers in a cubic box, with Gaussian noise of standard deviation `noise` on each
 * component of the stored forces.
 */
export function dimerLiquid({ molecules = 27, frames = 120, noise = 0, seed = 1, edge = 5 } = {}): TrainingSet {
  const { normal } = generator(seed);
  const structure = dimers(molecules);
  const box = orthorhombic(edge, edge, edge);
  const cells = Math.ceil(molecules ** (1 / 3));
  const positions = new Float64Array(6 * molecules);
  for (let m = 0; m < molecules; m++) {
    const at = [m % cells, Math.floor(m / cells) % cells, Math.floor(m / cells ** 2)].map((k) => (k * edge) / cells);
    for (let c = 0; c < 3; c++) positions[6 * m + c] = positions[6 * m + 3 + c] = at[c];
    positions[6 * m + 3 + (m % 3)] += 0.8;
  }
  const dt = 2e-4;
  const stored = Array.from({ length: frames }, (_, f) => {
    for (let step = 0; step < (f === 0 ? 400 : 25); step++) {
      const forces = exactForces(positions, box);
      for (let k = 0; k < positions.length; k++) positions[k] += dt * forces[k] + Math.sqrt(2 * kT * dt) * normal();
    }
    const forces = exactForces(positions, box).map((force) => force + noise * normal());
    return { positions: positions.slice(), forces, box, at: { frame: 10 * f, time: 0.1 * f } };
  });
  return trainingSet(structure, stored, { temperature: 1, blocks: 10, validationFraction: 0.2 });
}

/** Overdamped Langevin dynamics of one chain in open boundaries: bonds between neighbours, pairs between sites three and more bonds apart. */
export function chainInVacuum({ sites = 5, frames = 400, seed = 1 } = {}): TrainingSet {
  const { normal } = generator(seed);
  const bonds = Array.from({ length: sites - 1 }, (_, k) => [k, k + 1]).flat();
  const structure = makeStructure({ units: 'lj', mass: new Array<number>(sites).fill(1), typeNames: ['A'], bonds });
  const positions = Float64Array.from({ length: 3 * sites }, (_, k) => (k % 3 === 0 ? 0.7 * (k / 3) : k % 6 === 1 ? 0.3 : 0));
  const forces = new Float64Array(3 * sites);
  const evaluate = (): void => {
    forces.fill(0);
    for (let i = 0; i < sites; i++)
      for (let j = i + 1; j < sites; j++) {
        if (j === i + 2) continue;
        const d = [0, 1, 2].map((c) => positions[3 * j + c] - positions[3 * i + c]);
        const r = Math.hypot(...d);
        const slope = (j === i + 1 ? bondPotential : pairPotential)(r)[1];
        for (let c = 0; c < 3; c++) {
          forces[3 * i + c] += (slope * d[c]) / r;
          forces[3 * j + c] -= (slope * d[c]) / r;
        }
      }
  };
  const dt = 2e-4;
  const stored = Array.from({ length: frames }, (_, f) => {
    for (let step = 0; step < (f === 0 ? 2000 : 100); step++) {
      evaluate();
      for (let k = 0; k < positions.length; k++) positions[k] += dt * forces[k] + Math.sqrt(2 * kT * dt) * normal();
    }
    evaluate();
    return { positions: positions.slice(), forces: forces.slice(), box: openBox, at: { frame: f, time: f } };
  });
  return trainingSet(structure, stored, { temperature: 1, blocks: 10, validationFraction: 0.2 });
}
