/** Constraints as plain data, and which bonds a scenario makes rigid; `dynamics/constraints/` keeps them. */
import { InputError } from '../errors.ts';
import type { BondedForce, ForceDescription } from '../forces/description.ts';
import { cos } from '../math/functions.ts';
import type { Schema, Settings } from '../scenario/schema.ts';
import { particleLabel } from './structure.ts';
import type { Structure } from './system.ts';
import { bondGraph } from './topology.ts';

/** Pairs of particles whose distance is fixed. */
export interface Constraints {
  /** Flat pairs: i0, j0, i1, j1, ...; each pair once. */
  readonly atoms: Int32Array;
  /** One length a pair. */
  readonly lengths: Float64Array;
}

export const noConstraints: Constraints = { atoms: new Int32Array(0), lengths: new Float64Array(0) };

/** The same constraints for `copies` copies of a structure of `particles` particles, one after another. */
export function replicateConstraints(constraints: Constraints, particles: number, copies: number): Constraints {
  const { atoms, lengths } = constraints;
  const all = { atoms: new Int32Array(copies * atoms.length), lengths: new Float64Array(copies * lengths.length) };
  for (let copy = 0; copy < copies; copy++) {
    all.atoms.set(
      atoms.map((i) => i + copy * particles),
      copy * atoms.length,
    );
    all.lengths.set(lengths, copy * lengths.length);
  }
  return all;
}

/**
 * Lengths that any three particles with three constraints can have at once.
 * @throws InputError at `where` for three lengths of which one is longer than the other two together, naming particles and lengths
 */
export function checkTriangles(structure: Structure, { atoms, lengths }: Constraints, where: string): void {
  const tied = new Map<number, Map<number, number>>();
  const tie = (i: number, j: number, length: number) => {
    const own = tied.get(i);
    if (own) own.set(j, length);
    else tied.set(i, new Map([[j, length]]));
  };
  lengths.forEach((length, k) => {
    tie(atoms[2 * k], atoms[2 * k + 1], length);
    tie(atoms[2 * k + 1], atoms[2 * k], length);
  });
  const unit = structure.units === 'md' ? ' nm' : '';
  lengths.forEach((length, k) => {
    const [i, j] = [atoms[2 * k], atoms[2 * k + 1]];
    for (const [third, a] of tied.get(i) ?? []) {
      const b = tied.get(j)?.get(third);
      if (b === undefined || length <= (a + b) * (1 + 1e-9)) continue;
      throw new InputError(
        where,
        `the lengths between particles ${[i, j, third].map((p) => particleLabel(structure, p)).join(', ')} cannot all be met: ` +
          `${length}${unit} is more than ${a}${unit} and ${b}${unit} together; check these constraints, or the bonds and the angle they come from`,
      );
    }
  });
}

/** Which bonds are rigid. Each includes those before it: `hydrogens` and `bonds` keep water rigid too. */
export type ConstraintChoice = 'none' | 'water' | 'hydrogens' | 'bonds';

/** Properties of `system` in a scenario. */
export const constraintSettings: Readonly<Record<string, Schema>> = {
  constraints: {
    enum: ['none', 'water', 'hydrogens', 'bonds'],
    default: 'none',
    description:
      'What is rigid: nothing; water molecules; these and all bonds to hydrogen; these and all bonds. Lengths are the equilibrium lengths ' +
      'of the harmonic bonds, and the angle of water that of its angle term.',
  },
  hydrogenMass: {
    quantity: 'mass',
    exclusiveMinimum: 0,
    description:
      'Mass of hydrogen atoms outside of rigid water, taken from the atom that each is bonded to (hydrogen-mass repartitioning), for example "3 Da".',
  },
};

/** The choice that a resolved `system` section makes. */
export function constraintChoice(settings: Settings): ConstraintChoice {
  return (settings.constraints as ConstraintChoice | undefined) ?? 'none';
}

/** What making bonds rigid leaves: the constraints, and the forces without the terms that have become constant. */
export interface Constrained {
  readonly constraints: Constraints;
  readonly forces: readonly ForceDescription[];
}

/**
 * Makes the chosen bonds rigid. Harmonic bonds that are constrained, and the bonds and the angle of rigid water, are taken out of
 * the forces, as in OpenMM.
 *
 * @param given constraints that the system brings with itself (from a topology file); a bond that is among them stays as it is there
 * @throws InputError at `where` for a bond whose length no harmonic bond says, naming its atoms
 */
export function constrainBonds(
  structure: Structure,
  forces: readonly ForceDescription[],
  choice: ConstraintChoice,
  given: Constraints,
  where: string,
): Constrained {
  const pairs = new Map<string, readonly [number, number, number]>();
  const add = (i: number, j: number, length: number) => {
    if (!pairs.has(key(i, j))) pairs.set(key(i, j), [i, j, length]);
  };
  given.lengths.forEach((length, k) => {
    add(given.atoms[2 * k], given.atoms[2 * k + 1], length);
  });
  const water = new Uint8Array(structure.mass.length);
  if (choice !== 'none') {
    const bonds = harmonicBonds(forces);
    const lengthOf = (i: number, j: number) => {
      const found = pairs.get(key(i, j))?.[2] ?? bonds.get(key(i, j));
      if (found !== undefined) return found;
      const [a, b] = [particleLabel(structure, i), particleLabel(structure, j)];
      throw new InputError(
        where,
        `the bond between particles ${a} and ${b} is to be rigid, but has no harmonic-bond term that says how long it is; ` +
          'choose less to be rigid ("none", "water", "hydrogens", "bonds"), or give the bond such a term',
      );
    };
    for (const [oxygen, first, second] of waters(structure)) {
      for (const i of [oxygen, first, second]) water[i] = 1;
      const [a, b] = [lengthOf(oxygen, first), lengthOf(oxygen, second)];
      add(oxygen, first, a);
      add(oxygen, second, b);
      const direct = pairs.get(key(first, second))?.[2] ?? bonds.get(key(first, second));
      add(first, second, direct ?? thirdSide(a, b, angleOf(forces, first, oxygen, second, structure, where)));
    }
    for (let k = 0; k < structure.bonds.length && choice !== 'water'; k += 2) {
      const [i, j] = [structure.bonds[k], structure.bonds[k + 1]];
      if (structure.mass[i] === 0 || structure.mass[j] === 0 || (water[i] && water[j])) continue;
      if (choice === 'bonds' || isHydrogen(structure, i) || isHydrogen(structure, j)) add(i, j, lengthOf(i, j));
    }
  }
  const all = [...pairs.values()];
  return {
    constraints: {
      atoms: Int32Array.from({ length: 2 * all.length }, (_, k) => all[k >> 1][k & 1]),
      lengths: Float64Array.from(all, ([, , d]) => d),
    },
    forces: forces.map((force) => withoutConstant(force, pairs, water)).filter((force) => !isEmpty(force)),
  };
}

/**
 * Masses after hydrogen-mass repartitioning: each hydrogen bonded to one heavier atom has `hydrogenMass`, and that atom so much less.
 * Water molecules of which the choice makes rigid ones keep their masses. Hopkins, Le Grand, Walker & Roitberg, JCTC 11, 1864 (2015).
 *
 * @throws InputError at `where` for an atom that would have no mass left
 */
export function repartitionMasses(
  structure: Structure,
  hydrogenMass: number,
  choice: ConstraintChoice,
  where: string,
): Structure {
  const mass = structure.mass.slice();
  const graph = bondGraph(mass.length, structure.bonds);
  const rigid = new Set(choice === 'none' ? [] : waters(structure).flat());
  for (let i = 0; i < mass.length; i++) {
    if (!isHydrogen(structure, i) || rigid.has(i)) continue;
    const heavy = Array.from(graph.neighbours.subarray(graph.start[i], graph.start[i + 1])).find(
      (j) => !isHydrogen(structure, j) && structure.mass[j] > 0,
    );
    if (heavy === undefined) continue;
    mass[heavy] -= hydrogenMass - mass[i];
    mass[i] = hydrogenMass;
    if (!(mass[heavy] > 0))
      throw new InputError(
        where,
        `${hydrogenMass} is too much: particle ${particleLabel(structure, heavy)} would be left with a mass of ${mass[heavy].toPrecision(4)}`,
      );
  }
  return { ...structure, mass };
}

/** Molecules of one oxygen and two hydrogens, beside particles without mass: [oxygen, hydrogen, hydrogen] each. */
export function waters(structure: Structure): [number, number, number][] {
  const { molecule, element, mass } = structure;
  const found: [number, number, number][] = [];
  for (let first = 0, end = 0; first < molecule.length; first = end) {
    while (end < molecule.length && molecule[end] === molecule[first]) end++;
    if (end - first < 3 || end - first > 8) continue;
    const atoms = Array.from({ length: end - first }, (_, k) => first + k).filter((i) => mass[i] > 0);
    const oxygen = atoms.filter((i) => element[i] === 'O');
    const hydrogens = atoms.filter((i) => isHydrogen(structure, i));
    if (atoms.length === 3 && oxygen.length === 1 && hydrogens.length === 2) found.push([oxygen[0], hydrogens[0], hydrogens[1]]);
  }
  return found;
}

function isHydrogen(structure: Structure, i: number): boolean {
  return structure.element[i] === 'H' || structure.element[i] === 'D';
}

function key(i: number, j: number): string {
  return i < j ? `${i} ${j}` : `${j} ${i}`;
}

function isBonded(force: ForceDescription, term: string): force is BondedForce {
  return force.kind === 'bonded' && force.term === term;
}

/** Equilibrium lengths by pair. */
function harmonicBonds(forces: readonly ForceDescription[]): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const force of forces) {
    if (!isBonded(force, 'harmonic-bond')) continue;
    for (let k = 0; 2 * k < force.atoms.length; k++)
      lengths.set(key(force.atoms[2 * k], force.atoms[2 * k + 1]), force.parameters[2 * k]);
  }
  return lengths;
}

/** The equilibrium angle i-j-k (rad). */
function angleOf(
  forces: readonly ForceDescription[],
  i: number,
  j: number,
  k: number,
  structure: Structure,
  where: string,
): number {
  for (const force of forces) {
    if (!isBonded(force, 'harmonic-angle')) continue;
    const index = angleIndex(force);
    const tuple = index.get(`${j} ${key(i, k)}`);
    if (tuple !== undefined) return force.parameters[2 * tuple];
  }
  throw new InputError(
    where,
    `the water molecule of particle ${particleLabel(structure, j)} is to be rigid, but has no harmonic-angle term that says its angle`,
  );
}

const angleIndices = new WeakMap<BondedForce, Map<string, number>>();

/** Position in the list of each angle. */
function angleIndex(force: BondedForce): Map<string, number> {
  let index = angleIndices.get(force);
  if (!index) {
    index = new Map();
    for (let t = 0; 3 * t < force.atoms.length; t++)
      index.set(`${force.atoms[3 * t + 1]} ${key(force.atoms[3 * t], force.atoms[3 * t + 2])}`, t);
    angleIndices.set(force, index);
  }
  return index;
}

function thirdSide(a: number, b: number, angle: number): number {
  return Math.sqrt(a * a + b * b - 2 * a * b * cos(angle));
}

/** The force without harmonic bonds between constrained pairs and without what acts within a rigid water molecule. */
function withoutConstant(force: ForceDescription, pairs: ReadonlyMap<string, unknown>, water: Uint8Array): ForceDescription {
  const bond = isBonded(force, 'harmonic-bond');
  if (!bond && !isBonded(force, 'harmonic-angle')) return force;
  const arity = bond ? 2 : 3;
  const count = force.atoms.length / arity;
  const width = count > 0 ? force.parameters.length / count : 0;
  const kept = Array.from({ length: count }, (_, k) => k).filter((k) => {
    const tuple = force.atoms.subarray(k * arity, (k + 1) * arity);
    return !(tuple.every((i) => water[i] === 1) || (bond && pairs.has(key(tuple[0], tuple[1]))));
  });
  if (kept.length === count) return force;
  return {
    ...force,
    atoms: Int32Array.from(kept.flatMap((k) => [...force.atoms.subarray(k * arity, (k + 1) * arity)])),
    parameters: Float64Array.from(kept.flatMap((k) => [...force.parameters.subarray(k * width, (k + 1) * width)])),
  };
}

function isEmpty(force: ForceDescription): boolean {
  return force.kind === 'bonded' && force.atoms.length === 0;
}
