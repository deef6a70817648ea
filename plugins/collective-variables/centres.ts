/** Distances, angles and dihedrals between centres of mass of groups of atoms, in place of atoms. */
import { type Component, InputError, type Structure, strainsOf, type Variable } from '../../engine/index.ts';
import { type AtomName, findAtom, findAtoms } from './atoms.ts';

/**
 * @param points for each an atom, or the atoms of a group
 * @param evaluate the variable of points by their numbers in a list of positions
 * @throws InputError for atoms that there are not, and for points that are the same or weigh nothing
 */
export function betweenCentres(
  name: string,
  points: readonly (AtomName | readonly AtomName[])[],
  structure: Structure,
  where: string,
  component: Omit<Component, 'name'>,
  evaluate: (points: Int32Array) => Variable['evaluate'],
): Variable {
  const groups = points.map((point, p) => {
    const here = `${where}[${p}]`;
    return Array.isArray(point) ? findAtoms(point, structure, here) : Int32Array.of(findAtom(point as AtomName, structure, here));
  });
  groups.forEach((group, p) => {
    if (new Set(group).size < group.length) throw new InputError(`${where}[${p}]`, 'names an atom twice');
    const key = [...group].sort().join();
    const same = groups.findIndex((other) => [...other].sort().join() === key);
    if (same < p) throw new InputError(`${where}[${p}]`, `is the same as ${where}[${same}]; each must be another one`);
  });
  const atoms = Int32Array.from(new Set(groups.flatMap((group) => [...group])));
  const place = new Map(Array.from(atoms, (i, k) => [i, 3 * k]));
  const targets = groups.map((group) => Int32Array.from(group, (i) => place.get(i) as number));
  const shares = groups.map((group, p) => {
    if (group.length === 1) return Float64Array.of(1);
    const total = group.reduce((sum, i) => sum + structure.mass[i], 0);
    if (!(total > 0)) throw new InputError(`${where}[${p}]`, 'has no mass, and so no centre of mass');
    return Float64Array.from(group, (i) => structure.mass[i] / total);
  });
  const centres = new Float64Array(3 * groups.length);
  const slopes = new Float64Array(3 * groups.length);
  const centre = { atoms: Int32Array.from(groups.keys()) };
  const between = evaluate(centre.atoms);
  const strain = new Float64Array(9);
  return {
    name,
    components: [{ name, ...component }],
    atoms,
    strain,
    evaluate(positions, box, values, gradients) {
      centres.fill(0);
      for (let p = 0; p < groups.length; p++)
        for (let a = 0; a < groups[p].length; a++)
          for (let c = 0; c < 3; c++) centres[3 * p + c] += shares[p][a] * positions[3 * groups[p][a] + c];
      between(centres, box, values, slopes);
      // Groups are strained as their centres are.
      if (box.vectors !== null) strainsOf(centre, slopes, 1, centres, box, strain);
      gradients.fill(0, 0, 3 * atoms.length);
      for (let p = 0; p < groups.length; p++)
        for (let a = 0; a < groups[p].length; a++)
          for (let c = 0; c < 3; c++) gradients[targets[p][a] + c] += shares[p][a] * slopes[3 * p + c];
    },
  };
}
