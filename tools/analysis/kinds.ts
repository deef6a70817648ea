/** Which particles of two trajectories are of one kind: those of one type, or of one element where the types of two force fields have other names. */
import { InputError, type Structure, type Trajectory } from '../../engine/index.ts';

/**
 * The two trajectories with kinds of particles that have names in common: their types, or else the elements, which `notes` then says.
 * @throws InputError if neither types nor elements have a name in common
 */
export function withCommonKinds(
  reference: { readonly name: string; readonly trajectory: Trajectory },
  candidate: { readonly name: string; readonly trajectory: Trajectory },
  notes: string[],
): [Trajectory, Trajectory] {
  const [a, b] = [reference.trajectory, candidate.trajectory];
  const [ofA, ofB] = [typesUsed(a.structure), typesUsed(b.structure)];
  if (ofA.some((name) => ofB.includes(name))) return [a, b];
  const [elementsA, elementsB] = [new Set(a.structure.element), new Set(b.structure.element)];
  if (![...elementsA].some((element) => element !== '' && elementsB.has(element)))
    throw new InputError(
      '',
      `"${reference.name}" (${ofA.join(', ')}) and "${candidate.name}" (${ofB.join(', ')}) have no type of particle ` +
        "in common; give the `mapping` that turns the reference into the candidate's sites",
    );
  notes.push(
    `types of particles (${ofA.join(', ')}; ${ofB.join(', ')}) have no name in common, so that particles of one element are compared`,
  );
  return [byElement(a), byElement(b)];
}

function typesUsed({ type, typeNames }: Structure): string[] {
  return [...new Set(Array.from(type, (t) => typeNames[t]))];
}

/** Particles without an element (virtual sites) keep the name of their type. */
function byElement(trajectory: Trajectory): Trajectory {
  const { structure } = trajectory;
  const kinds = structure.element.map((element, i) => element || structure.typeNames[structure.type[i]]);
  const typeNames = [...new Set(kinds)];
  return {
    structure: { ...structure, type: Int32Array.from(kinds, (kind) => typeNames.indexOf(kind)), typeNames },
    length: trajectory.length,
    frame: (index) => trajectory.frame(index),
    close: () => trajectory.close(),
  };
}
