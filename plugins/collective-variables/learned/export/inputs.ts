/** The inputs of a learned variable as other programs can be told of them: kinds they know, with atoms by number. */
import { InputError, type Settings, type Structure } from '../../../../engine/index.ts';
import { type AtomName, findAtoms } from '../../atoms.ts';
import { pick } from '../../rmsd.ts';
import type { FeatureDescription } from '../data/features.ts';

export type ExportedInput =
  | { readonly kind: 'distance' | 'angle' | 'dihedral'; readonly name: string; readonly atoms: readonly number[] }
  | { readonly kind: 'gyration'; readonly name: string; readonly atoms: readonly number[]; readonly massWeighted: boolean }
  | { readonly kind: 'position'; readonly name: string; readonly atom: number; readonly axis: string }
  | { readonly kind: 'aligned'; readonly name: string; readonly atoms: readonly number[]; readonly reference: readonly number[] };

const known = ['distance', 'angle', 'dihedral', 'gyration', 'position', 'aligned-positions'];

export type Program = 'PLUMED' | 'Colvars';

/** @throws InputError for a variable that cannot be handed on */
export function checkInputs(
  features: Readonly<Record<string, Settings>>,
  inputs: readonly string[],
  program: Program,
  where: string,
): void {
  for (const name of inputs) {
    if (!known.includes(String(features[name]?.type)))
      throw new InputError(
        where,
        `the feature "${name}" is a ${String(features[name]?.type)}, which is not written for ${program}; written are ${known.join(', ')}`,
      );
    if (Array.isArray(features[name].atoms) && (features[name].atoms as unknown[]).some(Array.isArray))
      throw new InputError(where, `the feature "${name}" is of centres of groups of atoms, which are not written for ${program}`);
    if (program === 'Colvars' && features[name].type === 'gyration' && features[name].weights !== 'equal')
      throw new InputError(
        where,
        `the feature "${name}" is a radius of gyration weighted by mass, and Colvars' "gyration" gives all atoms the same weight; ` +
          'set "weights": "equal" in the feature (with equal masses that is the same variable)',
      );
  }
}

/** Atoms by number from 1; reference positions 3 an atom, about their centre. */
export function exportedInputs({ variables, inputs, references }: FeatureDescription, structure: Structure): ExportedInput[] {
  return inputs.map((name): ExportedInput => {
    const settings = variables[name];
    const indices = findAtoms((settings.atoms ?? [0]) as AtomName[], structure, `features.${name}.atoms`);
    const atoms = Array.from(indices, (i) => i + 1);
    if (settings.type === 'position') return { kind: 'position', name, atom: atoms[0], axis: settings.axis as string };
    if (settings.type === 'aligned-positions') {
      const all = references[name];
      const own = [...pick(Float64Array.from(all), indices, structure.mass.length, `features.${name}.reference`)];
      const centre = [0, 1, 2].map((c) => own.reduce((sum, x, k) => sum + (k % 3 === c ? x : 0), 0) / indices.length);
      return { kind: 'aligned', name, atoms, reference: own.map((x, k) => x - centre[k % 3]) };
    }
    if (settings.type === 'gyration') return { kind: 'gyration', name, atoms, massWeighted: settings.weights !== 'equal' };
    return { kind: settings.type as 'distance', name, atoms };
  });
}

/**
 * Atoms by number, in their order, of all molecules with an atom that is superposed or in a radius of gyration: these take no nearest images, and the other
 * program has to make molecules whole that its host wraps.
 */
export function moleculesOf(inputs: readonly ExportedInput[], { molecule }: Structure): number[] {
  const atoms = inputs.flatMap((input) => (input.kind === 'aligned' || input.kind === 'gyration' ? input.atoms : []));
  const whole = new Set(atoms.map((atom) => molecule[atom - 1]));
  return Array.from(molecule.keys(), (i) => i + 1).filter((atom) => whole.has(molecule[atom - 1]));
}
