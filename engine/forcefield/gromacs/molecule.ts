/** One molecule type of a GROMACS topology: its structure, bonded forces, 1-4 pairs, exclusions, constraints and virtual sites. */
import { InputError } from '../../errors.ts';
import type { BondedForce } from '../../forces/description.ts';
import { elementFromName, elementOfNumber, elements } from '../../system/elements.ts';
import { makeStructure } from '../../system/structure.ts';
import type { Structure } from '../../system/system.ts';
import { bondGraph, pairsByBonds } from '../../system/topology.ts';
import type { VirtualSite } from '../../system/virtual-sites.ts';
import type { GromacsAtom, GromacsTopology, Interaction, MoleculeType } from './description.ts';
import { bondedParameters } from './lookup.ts';
import { mixed14, sigmaEpsilon } from './mixing.ts';
import { functionOf } from './topology.ts';

/** Tuples of one bonded force within a molecule. */
export interface BondedList {
  readonly term: string;
  readonly label?: string;
  readonly expression?: NonNullable<BondedForce['expression']>;
  readonly atoms: number[];
  readonly parameters: number[];
}

export interface CompiledMolecule {
  readonly structure: Structure;
  /** By label, else by term. */
  readonly bonded: ReadonlyMap<string, BondedList>;
  /** Flat atoms, and sigma, epsilon and product of (scaled) charges a pair. */
  readonly pairs: { readonly atoms: readonly number[]; readonly parameters: readonly number[] };
  /** Flat, i < j, each once. */
  readonly exclusions: readonly number[];
  readonly constraints: { readonly atoms: readonly number[]; readonly lengths: readonly number[] };
  readonly virtualSites: readonly VirtualSite[];
}

/** @throws InputError at the line of the topology that lacks a parameter */
export function compileMolecule(molecule: MoleculeType, topology: GromacsTopology): CompiledMolecule {
  const bonds = chemicalBonds(molecule);
  const structure = structureOf(molecule, bonds, topology);
  return {
    structure,
    bonded: bondedLists(molecule, topology),
    pairs: pairLists(molecule, topology),
    exclusions: exclusionsOf(molecule, bonds),
    constraints: constraintsOf(molecule, topology),
    virtualSites: sitesOf(molecule),
  };
}

function list(molecule: MoleculeType, section: string): readonly Interaction[] {
  return molecule.interactions.get(section) ?? [];
}

function pairKey(i: number, j: number, atoms: number): number {
  return Math.min(i, j) * atoms + Math.max(i, j);
}

function unpack(keys: Iterable<number>, atoms: number): number[] {
  return [...keys].sort((a, b) => a - b).flatMap((k) => [Math.floor(k / atoms), k % atoms]);
}

/** What counts for exclusions: bonds but for harmonic potentials of type 6, constraints of type 1, and the bonds of SETTLE water. Flat. */
function chemicalBonds(molecule: MoleculeType): number[] {
  const n = molecule.atoms.length;
  const keys = new Set<number>();
  for (const { atoms, function: kind, where } of list(molecule, 'bonds'))
    if (functionOf('bonds', kind, where).chemical) keys.add(pairKey(atoms[0], atoms[1], n));
  for (const { atoms, function: kind } of list(molecule, 'constraints')) if (kind === 1) keys.add(pairKey(atoms[0], atoms[1], n));
  for (const settle of list(molecule, 'settles')) {
    const [oxygen] = settle.atoms;
    settledAtoms(settle, molecule);
    keys.add(pairKey(oxygen, oxygen + 1, n)).add(pairKey(oxygen, oxygen + 2, n));
  }
  return unpack(keys, n);
}

/** The two hydrogens of SETTLE water follow its oxygen. */
function settledAtoms({ atoms, where }: Interaction, molecule: MoleculeType): void {
  if (atoms[0] + 2 >= molecule.atoms.length)
    throw new InputError(where, `[ settles ] names atom ${atoms[0] + 1}; two hydrogens must follow it`);
}

function elementIn(atom: GromacsAtom, topology: GromacsTopology): string {
  const number = topology.atomTypes.get(atom.type)?.atomicNumber ?? 0;
  if (number > 0) return elementOfNumber(number)?.symbol ?? '';
  if (atom.mass === 0) return '';
  const guess = elementFromName(atom.name);
  if (guess && Math.abs(guess.weight - atom.mass) < 0.1) return guess.symbol;
  return elements().find((element) => Math.abs(element.weight - atom.mass) < 0.03)?.symbol ?? '';
}

function structureOf(molecule: MoleculeType, bonds: readonly number[], topology: GromacsTopology): Structure {
  const { atoms } = molecule;
  const residueNames: string[] = [];
  const residue = atoms.map((atom, i) => {
    const before = atoms[i - 1];
    if (!before || before.residueNumber !== atom.residueNumber || before.residueName !== atom.residueName)
      residueNames.push(atom.residueName);
    return residueNames.length - 1;
  });
  const typeNames = [...new Set(atoms.map((atom) => atom.type))];
  return makeStructure(
    {
      units: 'md',
      mass: atoms.map((atom) => atom.mass),
      charge: atoms.map((atom) => atom.charge),
      type: atoms.map((atom) => typeNames.indexOf(atom.type)),
      typeNames,
      name: atoms.map((atom) => atom.name),
      element: atoms.map((atom) => elementIn(atom, topology)),
      molecule: new Int32Array(atoms.length),
      residue,
      residueNames,
      bonds,
    },
    molecule.where,
  );
}

function bondedLists(molecule: MoleculeType, topology: GromacsTopology): Map<string, BondedList> {
  const lists = new Map<string, BondedList>();
  for (const section of ['bonds', 'angles', 'dihedrals'] as const)
    for (const interaction of list(molecule, section)) {
      const { pieces } = functionOf(section, interaction.function, interaction.where);
      for (const parameters of bondedParameters(section, interaction, molecule, topology))
        for (const piece of pieces(parameters)) {
          const name = piece.label ?? piece.term;
          const { term, label, expression } = piece;
          const found = lists.get(name) ?? {
            term,
            ...(label && { label }),
            ...(expression && { expression }),
            atoms: [],
            parameters: [],
          };
          lists.set(name, found);
          found.atoms.push(...(piece.atoms?.map((k) => interaction.atoms[k]) ?? interaction.atoms));
          found.parameters.push(...piece.parameters);
        }
    }
  return lists;
}

function pairLists(molecule: MoleculeType, topology: GromacsTopology): CompiledMolecule['pairs'] {
  const { defaults } = topology;
  const atoms: number[] = [];
  const parameters: number[] = [];
  for (const pair of list(molecule, 'pairs')) {
    const [a, b] = pair.atoms.map((i) => molecule.atoms[i]);
    const given = pair.parameters;
    const own = given.length > 0 ? sigmaEpsilon(given.slice(-2), defaults, pair.where) : undefined;
    const lj = own ?? mixed14(topology, a.type, b.type);
    if (!lj || (pair.function === 2 && !own))
      throw new InputError(
        pair.where,
        `no 1-4 parameters for the types ${a.type} and ${b.type} (atoms ${a.name} and ${b.name} of "${molecule.name}"): ` +
          'they are neither in the line nor in [ pairtypes ], and gen-pairs of [ defaults ] is not "yes"',
      );
    const product = pair.function === 2 ? given[0] * given[1] * given[2] : defaults.fudgeQQ * a.charge * b.charge;
    atoms.push(...pair.atoms);
    parameters.push(lj.sigma, lj.epsilon, product);
  }
  return { atoms, parameters };
}

/** Pairs within nrexcl bonds, and those of [ exclusions ]. */
function exclusionsOf(molecule: MoleculeType, bonds: readonly number[]): number[] {
  const n = molecule.atoms.length;
  const near = molecule.excludedBonds > 0 ? pairsByBonds(bondGraph(n, Int32Array.from(bonds)), 1, molecule.excludedBonds) : [];
  const keys = new Set<number>();
  for (let p = 0; p < near.length; p += 2) keys.add(pairKey(near[p], near[p + 1], n));
  for (const { atoms } of list(molecule, 'exclusions'))
    for (const other of atoms.slice(1)) if (other !== atoms[0]) keys.add(pairKey(atoms[0], other, n));
  return unpack(keys, n);
}

function constraintsOf(molecule: MoleculeType, topology: GromacsTopology): CompiledMolecule['constraints'] {
  const atoms: number[] = [];
  const lengths: number[] = [];
  for (const constraint of list(molecule, 'constraints')) {
    const types = constraint.atoms.map((i) => topology.atomTypes.get(molecule.atoms[i].type)?.bondedType ?? '');
    const table = topology.types.get('constraints 1');
    const length =
      constraint.parameters[0] ?? (table?.get(types.join(' ')) ?? table?.get(types.toReversed().join(' ')))?.parameters[0][0];
    if (length === undefined)
      throw new InputError(
        constraint.where,
        `no length for the constraint between the types ${types.join(' and ')}; add it to the line`,
      );
    atoms.push(...constraint.atoms);
    lengths.push(length);
  }
  for (const settle of list(molecule, 'settles')) {
    const [oxygen] = settle.atoms;
    const [oh, hh] = settle.parameters;
    atoms.push(oxygen, oxygen + 1, oxygen, oxygen + 2, oxygen + 1, oxygen + 2);
    lengths.push(oh, oh, hh);
  }
  return { atoms, lengths };
}

function sitesOf(molecule: MoleculeType): VirtualSite[] {
  const two = list(molecule, 'virtual_sites2').map(({ atoms: [site, i, j], parameters: [a] }): VirtualSite => {
    return { kind: 'average2', site, parents: [i, j], weights: [1 - a, a] };
  });
  const three = list(molecule, 'virtual_sites3').map(
    ({ atoms: [site, i, j, k], function: kind, parameters: [a, b, c] }): VirtualSite => {
      const parents = [i, j, k] as const;
      return kind === 1
        ? { kind: 'average3', site, parents, weights: [1 - a - b, a, b] }
        : { kind: 'outOfPlane', site, parents, weights: [a, b, c] };
    },
  );
  return [...two, ...three];
}
