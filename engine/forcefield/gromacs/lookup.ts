/** Finds the parameters of interactions whose line names none, by the types of their atoms, as GROMACS does. */
import { InputError } from '../../errors.ts';
import type { GromacsTopology, Interaction, MoleculeType, TypeEntry } from './description.ts';
import { functionOf } from './topology.ts';

/**
 * Lists of parameters for a bonded interaction: its own, or those of its types; several for a dihedral with several lines.
 * Of dihedral types that fit, the one with the fewest wildcards (X) counts, of equals the first.
 *
 * @throws InputError at the interaction's line where there are none
 */
export function bondedParameters(
  section: 'bonds' | 'angles' | 'dihedrals',
  interaction: Interaction,
  molecule: MoleculeType,
  topology: GromacsTopology,
): readonly (readonly number[])[] {
  const { family, parameters } = functionOf(section, interaction.function, interaction.where);
  if (parameters === 0) return [[]];
  if (interaction.parameters.length > 0) return [interaction.parameters];
  const types = interaction.atoms.map((i) => topology.atomTypes.get(molecule.atoms[i].type)?.bondedType ?? '');
  const table = topology.types.get(`${section} ${family}`);
  const entry =
    table?.get(types.join(' ')) ??
    table?.get(types.toReversed().join(' ')) ??
    (section === 'dihedrals' && table ? bestWildcard(types, table) : undefined);
  if (entry) {
    if (entry.parameters.length > 1 && interaction.function !== 9)
      throw new InputError(
        interaction.where,
        `the dihedral type ${entry.types.join(' ')} (${entry.where}) has ${entry.parameters.length} lines; function type 9 is needed here, not ${interaction.function}`,
      );
    return entry.parameters;
  }
  throw new InputError(
    interaction.where,
    `the force field has no [ ${section} ] parameters of function type ${interaction.function} for the types ${types.join(' ')} ` +
      `(atoms ${interaction.atoms.map((i) => `${i + 1} ${molecule.atoms[i].name}`).join(', ')} of "${molecule.name}"); add them to the line or to the types`,
  );
}

function bestWildcard(types: readonly string[], table: ReadonlyMap<string, TypeEntry>): TypeEntry | undefined {
  const backward = types.toReversed();
  let best: TypeEntry | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const entry of table.values()) {
    const wildcards = entry.types.filter((type) => type === 'X').length;
    if (wildcards >= fewest || !(fits(entry.types, types) || fits(entry.types, backward))) continue;
    [best, fewest] = [entry, wildcards];
  }
  return best;
}

function fits(pattern: readonly string[], types: readonly string[]): boolean {
  return pattern.every((type, k) => type === 'X' || type === types[k]);
}

/** Parameters of a pair of atom types in a table of pairs, in either order. */
export function pairParameters(
  topology: GromacsTopology,
  name: 'pairs' | 'nonbonded',
  a: string,
  b: string,
): TypeEntry | undefined {
  const table = topology.types.get(name);
  return table?.get(`${a} ${b}`) ?? table?.get(`${b} ${a}`);
}
