/** Puts the molecules of an assembly at random places: a start that knows nothing of the configuration it was made from. */
import { packMolecules } from './builders/packing.ts';
import { randomSource } from './builders/random.ts';
import type { Assembly } from './system.ts';

/**
 * Every molecule keeps its shape and gets a random place and orientation in the box.
 *
 * @param minimumDistance smallest distance between particles of different molecules, length units
 * @returns the assembly without velocities
 * @throws InputError at `where` for open boundaries, or where the molecules do not fit with that distance
 */
export function repack(assembly: Assembly, minimumDistance: number, seed: number, where: string): Assembly {
  const { structure, positions, box } = assembly;
  const { molecule } = structure;
  const starts = Array.from(molecule.keys()).filter((i) => i === 0 || molecule[i] !== molecule[i - 1]);
  const molecules = starts.map((start, m) => ({
    name: structure.residueNames[structure.residue[start]],
    positions: positions.slice(3 * start, 3 * (starts[m + 1] ?? molecule.length)),
    count: 1,
  }));
  return {
    ...assembly,
    positions: packMolecules(molecules, box, minimumDistance, randomSource(seed, 'repack'), where),
    velocities: null,
  };
}
