/** Joint distributions of two dihedrals, such as Ramachandran maps, and how alike those of two runs are. */
import { InputError, type Structure, type Trajectory } from '../../engine/index.ts';
import { type AtomName, findAtoms } from '../../plugins/collective-variables/index.ts';
import { rounded } from './compare-structure.ts';
import type { ComparedMap } from './comparison.ts';
import { jensenShannon, overlap } from './distributions.ts';
import { coordinateValue } from './internal-coordinates.ts';

/** Two dihedrals of one molecule, by the names of their atoms; those of all molecules like it count. */
export interface TorsionMap {
  readonly name: string;
  readonly x: readonly AtomName[];
  readonly y: readonly AtomName[];
}

/** Cells of 10 degrees: as fine as maps of a few thousand frames bear. */
const bins = 36;

/** @throws InputError for atoms that there are not, or dihedrals of different molecules */
export function compareMaps(a: Trajectory, b: Trajectory, maps: readonly TorsionMap[]): ComparedMap[] {
  const area = ((2 * Math.PI) / bins) ** 2;
  return maps.map((map) => {
    const [p, q] = [a, b].map((trajectory) => histogram(trajectory, map));
    return {
      name: map.name,
      axes: [map.x.join(' '), map.y.join(' ')],
      bins,
      reference: rounded(p),
      candidate: rounded(q),
      overlap: overlap(p, q, area),
      jensenShannon: jensenShannon(p, q, area),
    };
  });
}

/** Density over the two dihedrals (1/rad^2), row by row of the second. */
function histogram(trajectory: Trajectory, map: TorsionMap): Float64Array {
  const { structure } = trajectory;
  const [x, y] = (['x', 'y'] as const).map((axis) => findAtoms(map[axis], structure, `torsionMaps.${map.name}.${axis}`));
  const starts = copies(structure, [...x, ...y], map.name);
  const density = new Float64Array(bins * bins);
  const weight = 1 / (trajectory.length * starts.length * ((2 * Math.PI) / bins) ** 2);
  const cell = (angle: number): number => Math.min(bins - 1, Math.floor(((angle + Math.PI) / (2 * Math.PI)) * bins));
  for (let f = 0; f < trajectory.length; f++) {
    const { positions, box } = trajectory.frame(f);
    for (const start of starts) {
      const [c, r] = [x, y].map((atoms) =>
        cell(
          coordinateValue(
            'dihedrals',
            positions,
            box,
            atoms.map((i) => i + start),
            0,
          ),
        ),
      );
      density[r * bins + c] += weight;
    }
  }
  return density;
}

/** How far the molecules with the same particles lie from the one that the atoms are in. */
function copies(structure: Structure, atoms: readonly number[], name: string): number[] {
  const { molecule, name: names } = structure;
  const own = molecule[atoms[0]];
  const other = atoms.find((i) => molecule[i] !== own);
  if (other !== undefined)
    throw new InputError(
      `torsionMaps.${name}`,
      `the atoms ${atoms[0]} and ${other} are in different molecules; both dihedrals must be of one`,
    );
  const starts: number[] = [0];
  for (let i = 1; i < molecule.length; i++) if (molecule[i] !== molecule[i - 1]) starts.push(i);
  const ends = [...starts.slice(1), molecule.length];
  const namesOf = (m: number): string => names.slice(starts[m], ends[m]).join(' ');
  const wanted = namesOf(own);
  return starts.flatMap((start, m) => (namesOf(m) === wanted ? [start - starts[own]] : []));
}
