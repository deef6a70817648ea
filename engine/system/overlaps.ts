/** Finds particles that lie on each other before a simulation blows up on them. */
import { InputError } from '../errors.ts';
import { CellGrid } from './cell-grid.ts';
import { particleLabel } from './structure.ts';
import type { Assembly } from './system.ts';

/** Closer than this no two particles are meant to be: a seventh of the bond in H2, or a hundredth of a reduced length. */
const closest = { md: 0.01, lj: 0.01 } as const;

/**
 * Throws InputError at `where` naming the two particles that are closest, if they are so close (0.01 nm, or 0.01 in lj units) that
 * forces between them mean nothing; also for a position that is not finite.
 */
export function checkOverlaps(assembly: Assembly, where: string): void {
  const { structure, positions, box } = assembly;
  const width = closest[structure.units];
  positions.forEach((x, k) => {
    if (!Number.isFinite(x))
      throw new InputError(where, `particle ${particleLabel(structure, Math.floor(k / 3))} has the coordinate ${x}`);
  });
  const grid = new CellGrid(box, width, structure.mass.length);
  let worst: { i: number; j: number; r2: number } | undefined;
  for (let i = 0; i < structure.mass.length; i++) {
    const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    grid.near(x, y, z, (j, r2) => {
      if (!worst || r2 < worst.r2) worst = { i: j, j: i, r2 };
      return false;
    });
    grid.add(i, x, y, z);
  }
  if (worst)
    throw new InputError(
      where,
      `particles ${particleLabel(structure, worst.i)} and ${particleLabel(structure, worst.j)} are ${Math.sqrt(worst.r2).toPrecision(3)} apart; ` +
        `overlapping particles (closer than ${width}) cannot be simulated: check the structure file, and the box if they meet across its faces`,
    );
}
