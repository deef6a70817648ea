/** The inputs of a learned variable as other programs can be told of them: kinds they know, with atoms by number. */
import { InputError, type Settings, type Structure } from '../../../../engine/index.ts';
import { type AtomName, findAtoms } from '../../atoms.ts';
import type { FeatureDescription } from '../data/features.ts';

export type ExportedInput =
  | { readonly kind: 'distance' | 'angle' | 'dihedral' | 'gyration'; readonly name: string; readonly atoms: readonly number[] }
  | { readonly kind: 'position'; readonly name: string; readonly atom: number; readonly axis: string }
  | { readonly kind: 'aligned'; readonly name: string; readonly atoms: readonly number[]; readonly reference: readonly number[] };

const known = ['distance', 'angle', 'dihedral', 'gyration', 'position', 'aligned-positions'];

/** @throws InputError for a kind of variable that cannot be handed on */
export function checkInputs(
  features: Readonly<Record<string, Settings>>,
  inputs: readonly string[],
  program: string,
  where: string,
): void {
  for (const name of inputs)
    if (!known.includes(String(features[name]?.type)))
      throw new InputError(
        where,
        `the feature "${name}" is a ${String(features[name]?.type)}, which is not written for ${program}; written are ${known.join(', ')}`,
      );
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
      const own = all.length === 3 * indices.length ? [...all] : Array.from(indices).flatMap((i) => all.slice(3 * i, 3 * i + 3));
      const centre = [0, 1, 2].map((c) => own.reduce((sum, x, k) => sum + (k % 3 === c ? x : 0), 0) / indices.length);
      return { kind: 'aligned', name, atoms, reference: own.map((x, k) => x - centre[k % 3]) };
    }
    return { kind: settings.type as 'distance', name, atoms };
  });
}
