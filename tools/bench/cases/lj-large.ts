/** The case `lj-large`: the Lennard-Jones liquid of `lj-melt` with a million particles, for the cost per particle and the memory. */
import type { BenchCase } from '../case.ts';
import { meltNeighbours, meltScenario } from './lj-melt.ts';

export const ljLarge: BenchCase = {
  name: 'lj-large',
  summary: 'the Lennard-Jones melt with a million particles',
  // 63 x 63 x 63 cells of four: 1 000 188 particles.
  scenario: (size) => meltScenario(size === 'full' ? 63 : 8),
  equilibration: [{ steps: 300 }],
  warmUp: 200,
  lammpsNeighbours: meltNeighbours,
};
