/** The forces of a system sorted for writers of input files: what each program is asked to have a form of. */
import type {
  BondedForce,
  NonbondedForce,
  PairListForce,
  PairPotential,
  Registry,
  System,
  Table,
} from '../../../engine/index.ts';
import { CannotRun } from './peer.ts';

export interface Interactions {
  readonly bonded: readonly BondedForce[];
  readonly nonbonded: NonbondedForce | null;
  readonly listed: PairListForce | null;
  /** Forces that only we compute because they exert none, such as the watchdog of a trained model. */
  readonly ours: readonly string[];
}

/** Rigid water molecules, which programs have a solver of their own for, and all other fixed distances. */
export interface RigidBonds {
  /** Oxygen and two hydrogens a molecule, flat; the distances that hold in it. */
  readonly waters: readonly { readonly atoms: readonly [number, number, number]; readonly oh: number; readonly hh: number }[];
  readonly others: readonly { readonly atoms: readonly [number, number]; readonly length: number }[];
}

/** Sorts constraints: three among the three particles of a molecule, two of them equal, make it a rigid water. */
export function rigidBonds({ constraints, structure }: System): RigidBonds {
  const byMolecule = new Map<number, { atoms: [number, number]; length: number }[]>();
  for (let k = 0; k < (constraints?.lengths.length ?? 0); k++) {
    const [i, j] = constraints?.atoms.subarray(2 * k, 2 * k + 2) ?? [];
    const list = byMolecule.get(structure.molecule[i]) ?? [];
    byMolecule.set(structure.molecule[i], list);
    list.push({ atoms: [i, j], length: constraints?.lengths[k] ?? 0 });
  }
  const sizes = new Map<number, number>();
  for (const m of structure.molecule) sizes.set(m, (sizes.get(m) ?? 0) + 1);
  const waters: { atoms: [number, number, number]; oh: number; hh: number }[] = [];
  const others: { atoms: [number, number]; length: number }[] = [];
  for (const [molecule, list] of byMolecule) {
    const particles = [...new Set(list.flatMap(({ atoms }) => atoms))];
    const oxygen = particles.find((i) => structure.element[i] === 'O');
    if (list.length !== 3 || particles.length !== 3 || sizes.get(molecule) !== 3 || oxygen === undefined) {
      others.push(...list);
      continue;
    }
    const [first, second] = particles.filter((i) => i !== oxygen);
    const bond = list.find(({ atoms }) => atoms.includes(oxygen));
    const across = list.find(({ atoms }) => !atoms.includes(oxygen));
    waters.push({ atoms: [oxygen, first, second], oh: bond?.length ?? 0, hh: across?.length ?? 0 });
  }
  return { waters, others };
}

/** @throws CannotRun for forces with kernels of their own, and for more than one set of non-bonded forces */
export function interactionsOf(system: System): Interactions {
  const bonded: BondedForce[] = [];
  const nonbonded: NonbondedForce[] = [];
  const listed: PairListForce[] = [];
  const ours: string[] = [];
  if (system.virtualSites && system.virtualSites.length > 0) throw new CannotRun('the harness writes no virtual sites');
  for (const force of system.forces) {
    if (force.kind === 'bonded') bonded.push(force);
    else if (force.kind === 'nonbonded') nonbonded.push(force);
    else if (force.kind === 'pair-list') listed.push(force);
    else if (force.term === 'training-range-watchdog') ours.push(force.label ?? force.term);
    else throw new CannotRun(`the force ${force.term} is our own`);
  }
  if (nonbonded.length > 1 || listed.length > 1) throw new CannotRun('it has several sets of pair interactions');
  return { bonded, nonbonded: nonbonded[0] ?? null, listed: listed[0] ?? null, ours };
}

/** Parameters of the pair potential between two types. */
export function pairParameters(pair: PairPotential, types: number, i: number, j: number): Float64Array {
  const o = (i * types + j) * pair.width;
  return pair.parameters.subarray(o, o + pair.width);
}

/** Distance beyond which a pair of types does not interact. */
export function pairRange(force: NonbondedForce, pair: PairPotential, types: number, i: number, j: number): number {
  if (pair.term !== 'wca') return force.cutoff;
  return Math.min(force.cutoff, 2 ** (1 / 6) * pairParameters(pair, types, i, j)[0]);
}

/** Energy and force -dE/dr of a pair potential between two types at distance r. */
export function pairFunction(force: NonbondedForce, types: number, registry: Registry, i: number, j: number) {
  const { pair } = force;
  if (!pair) throw new CannotRun('it has no pair potential');
  const term = registry.get('pair', pair.term);
  const evaluate = term.compile?.(pair) ?? term.evaluate;
  const out = new Float64Array(2);
  return (r: number): { energy: number; force: number } => {
    evaluate(r * r, pair.parameters, (i * types + j) * pair.width, out);
    return { energy: out[0], force: out[1] * r };
  };
}

/** All terms between the two particles of a bond, because some programs take one term a bond. */
export interface BondKind {
  readonly terms: readonly { readonly term: string; readonly parameters: readonly number[] }[];
  /** Flat pairs of particles. */
  readonly pairs: readonly number[];
  /** Energy and -dE/dr of all terms together. */
  evaluate(r: number): { energy: number; force: number };
}

/** Bonds grouped by what acts on them. */
export function bondKinds(bonded: readonly BondedForce[], registry: Registry): BondKind[] {
  const byPair = new Map<string, { pair: [number, number]; terms: { force: BondedForce; parameters: number[] }[] }>();
  for (const force of bonded) {
    if (registry.get('bonded', force.term).coordinate !== 'distance') continue;
    const count = force.atoms.length / 2;
    const width = force.parameters.length / Math.max(1, count);
    for (let k = 0; k < count; k++) {
      const pair: [number, number] = [force.atoms[2 * k], force.atoms[2 * k + 1]];
      const key = pair.join(' ');
      const entry = byPair.get(key) ?? { pair, terms: [] };
      entry.terms.push({ force, parameters: [...force.parameters.subarray(k * width, (k + 1) * width)] });
      byPair.set(key, entry);
    }
  }
  const kinds = new Map<string, BondKind & { pairs: number[] }>();
  for (const { pair, terms } of byPair.values()) {
    const key = terms.map(({ force, parameters }) => `${bonded.indexOf(force)} ${parameters.join(' ')}`).join('; ');
    const kind = kinds.get(key) ?? { terms: terms.map(named), pairs: [], evaluate: sumOf(terms, registry) };
    kind.pairs.push(...pair);
    kinds.set(key, kind);
  }
  return [...kinds.values()];
}

function named({ force, parameters }: { force: BondedForce; parameters: readonly number[] }) {
  return { term: force.term, parameters };
}

function sumOf(
  terms: readonly { force: BondedForce; parameters: readonly number[] }[],
  registry: Registry,
): BondKind['evaluate'] {
  const evaluators = terms.map(({ force, parameters }) => {
    const term = registry.get('bonded', force.term);
    return { evaluate: term.compile?.(force) ?? term.evaluate, parameters: Float64Array.from(parameters) };
  });
  const out = new Float64Array(2);
  return (r) => {
    let [energy, force] = [0, 0];
    for (const { evaluate, parameters } of evaluators) {
      if (!evaluate(r, parameters, 0, out)) throw new CannotRun(`a bond is not defined at ${r}`);
      energy += out[0];
      force -= out[1];
    }
    return { energy, force };
  };
}

/** Smallest and largest distance of the bonds of a kind, for tables that must cover them. */
export function bondExtent(kind: BondKind, positions: Float64Array): { smallest: number; largest: number } {
  let [smallest, largest] = [Number.POSITIVE_INFINITY, 0];
  for (let k = 0; k < kind.pairs.length; k += 2) {
    const [i, j] = [3 * kind.pairs[k], 3 * kind.pairs[k + 1]];
    const r = Math.hypot(positions[i] - positions[j], positions[i + 1] - positions[j + 1], positions[i + 2] - positions[j + 2]);
    smallest = Math.min(smallest, r);
    largest = Math.max(largest, r);
  }
  return { smallest, largest };
}

/** A table that holds a function of our own at `count` distances. */
export function sampled(f: (r: number) => number, from: number, to: number, count: number): Table['values'] {
  return Float64Array.from({ length: count }, (_, k) => f(from + ((to - from) * k) / (count - 1)));
}
