/**
 * Parses a preprocessed GROMACS topology (GROMACS reference manual 2022, "Topology file formats"), section by section.
 *
 * Types come before molecules, molecules before [ system ]. Parameters of a perturbed state (B) are accepted where they repeat the first;
 * [ implicit_genborn_params ] is passed over, as GROMACS itself does.
 */
import { InputError, nearest } from '../../errors.ts';
import type {
  Defaults,
  GromacsAtom,
  GromacsAtomType,
  GromacsTopology,
  Interaction,
  MoleculeType,
  TypeEntry,
} from './description.ts';
import { bondedFunctions } from './functions.ts';
import type { SourceLine } from './preprocessor.ts';

interface State {
  defaults: Defaults | null;
  readonly atomTypes: Map<string, GromacsAtomType>;
  readonly types: Map<string, Map<string, TypeEntry>>;
  readonly moleculeTypes: Map<string, MoleculeType>;
  readonly molecules: { type: MoleculeType; count: number }[];
  current: MoleculeType | null;
  /** The table and key of the line before, if that was a line of a type section: lines of dihedral type 9 add up where they follow each other. */
  previous: string;
}

type Reader = (words: readonly string[], where: string, state: State) => void;

/** @throws InputError at `file:line` for sections, functions and numbers that are not understood. */
export function parseTopology(lines: readonly SourceLine[], file: string): GromacsTopology {
  const state: State = {
    defaults: null,
    atomTypes: new Map(),
    types: new Map(),
    moleculeTypes: new Map(),
    molecules: [],
    current: null,
    previous: '',
  };
  let section = '';
  let reader: Reader | null = null;
  for (const { text, where } of lines) {
    const header = /^\[\s*(.*?)\s*\]$/.exec(text)?.[1];
    if (header !== undefined) {
      section = header;
      reader = readerOf(section, where, state);
      state.previous = '';
    } else if (reader) reader(text.split(/\s+/), where, state);
    else throw new InputError(where, `"${text}" comes before any section; [ defaults ] is expected first`);
  }
  if (!state.defaults) throw new InputError(file, 'there is no section [ defaults ]; is an #include of a force field missing?');
  if (state.molecules.length === 0)
    throw new InputError(file, 'no molecules: [ molecules ] at the end of the topology says how many of each there are');
  return { defaults: state.defaults, atomTypes: state.atomTypes, types: state.types, molecules: state.molecules };
}

function readerOf(section: string, where: string, state: State): Reader {
  if (Object.hasOwn(fieldReaders, section)) {
    if (state.current)
      throw new InputError(where, `[ ${section} ] comes after a [ moleculetype ]; types of the force field come first`);
    return fieldReaders[section];
  }
  if (Object.hasOwn(moleculeReaders, section)) {
    if (section !== 'moleculetype' && !state.current)
      throw new InputError(where, `[ ${section} ] comes before any [ moleculetype ], to which it would belong`);
    return moleculeReaders[section];
  }
  if (Object.hasOwn(systemReaders, section)) return systemReaders[section];
  const known = [...Object.keys(fieldReaders), ...Object.keys(moleculeReaders), ...Object.keys(systemReaders)];
  const near = nearest(section, known);
  throw new InputError(
    where,
    `[ ${section} ] is not supported${near ? `; did you mean [ ${near} ]?` : '.'} Supported: ${known.join(', ')}`,
  );
}

function number(words: readonly string[], k: number, what: string, where: string): number {
  const value = words[k] === undefined ? Number.NaN : Number(words[k]);
  if (!Number.isFinite(value))
    throw new InputError(where, `found "${words[k] ?? ''}" where ${what} is expected, a number (in "${words.join(' ')}")`);
  return value;
}

const fieldReaders: Readonly<Record<string, Reader>> = {
  defaults(words, where, state) {
    if (state.defaults) throw new InputError(where, '[ defaults ] is given twice');
    const rule = number(words, 1, 'the combination rule', where);
    if (number(words, 0, 'the function type', where) !== 1)
      throw new InputError(where, `non-bonded function type ${words[0]} is not supported; only 1, Lennard-Jones`);
    if (rule !== 1 && rule !== 2 && rule !== 3) throw new InputError(where, `combination rule ${words[1]}; allowed: 1, 2, 3`);
    state.defaults = {
      combination: rule,
      generatePairs: words[2] === 'yes',
      fudgeLJ: words.length > 3 ? number(words, 3, 'fudgeLJ', where) : 1,
      fudgeQQ: words.length > 4 ? number(words, 4, 'fudgeQQ', where) : 1,
    };
  },
  atomtypes(words, where, state) {
    // name [bonded type] [atomic number] mass charge kind V W: the kind is the only single letter.
    const kind = [5, 4, 3].find((k) => /^[A-Za-z]$/.test(words[k] ?? ''));
    if (kind === undefined)
      throw new InputError(
        where,
        `"${words.join(' ')}" is no atom type: name, mass, charge, kind (A, S, V or D) and two parameters are expected`,
      );
    if (!/^[ASVD]$/i.test(words[kind]))
      throw new InputError(where, `the kind of particle is ${words[kind]}; allowed: A, S, V, D`);
    const middle = words.slice(1, kind - 2);
    const named = middle.find((word) => /^[A-Za-z]/.test(word));
    const numbered = middle.find((word) => /^\d+$/.test(word));
    const at = (k: number, what: string) => number(words, k, what, where);
    state.atomTypes.set(words[0], {
      name: words[0],
      bondedType: named ?? words[0],
      atomicNumber: numbered === undefined ? 0 : Number(numbered),
      mass: at(kind - 2, 'a mass'),
      charge: at(kind - 1, 'a charge'),
      parameters: [at(kind + 1, 'C6 or sigma'), at(kind + 2, 'C12 or epsilon')],
    });
  },
  nonbond_params: (words, where, state) => addPairType('nonbonded', words, where, state),
  pairtypes: (words, where, state) => addPairType('pairs', words, where, state),
  bondtypes: (words, where, state) => addBondedTypes('bonds', words.slice(0, 2), words.slice(2), where, state),
  angletypes: (words, where, state) => addBondedTypes('angles', words.slice(0, 3), words.slice(3), where, state),
  dihedraltypes(words, where, state) {
    // Two types are the middle ones, or the outer ones of a harmonic improper.
    const two = /^\d$/.test(words[2] ?? '');
    if (!two) addBondedTypes('dihedrals', words.slice(0, 4), words.slice(4), where, state);
    else if (words[2] === '2') addBondedTypes('dihedrals', [words[0], 'X', 'X', words[1]], words.slice(2), where, state);
    else addBondedTypes('dihedrals', ['X', words[0], words[1], 'X'], words.slice(2), where, state);
  },
  constrainttypes(words, where, state) {
    table('constraints 1', state).set(`${words[0]} ${words[1]}`, {
      types: words.slice(0, 2),
      parameters: [[number(words, 3, 'a length', where)]],
      where,
    });
  },
  implicit_genborn_params() {},
};

function table(name: string, state: State): Map<string, TypeEntry> {
  const found = state.types.get(name) ?? new Map<string, TypeEntry>();
  state.types.set(name, found);
  return found;
}

function addPairType(name: string, words: readonly string[], where: string, state: State): void {
  const kind = number(words, 2, 'the function type', where);
  if (kind !== 1) throw new InputError(where, `function type ${kind} of pairs is not supported here; only 1`);
  const parameters = [number(words, 3, 'C6 or sigma', where), number(words, 4, 'C12 or epsilon', where)];
  const [a, b] = words;
  table(name, state).delete(`${b} ${a}`);
  table(name, state).set(`${a} ${b}`, { types: [a, b], parameters: [parameters], where });
}

/** The function of a section, or an error that says which there are. */
export function functionOf(section: string, kind: number, where: string) {
  const found = bondedFunctions[section][kind];
  if (!found)
    throw new InputError(
      where,
      `function type ${kind} of [ ${section} ] is not supported; supported: ${Object.keys(bondedFunctions[section]).join(', ')}`,
    );
  return found;
}

/** The first `count` numbers; those of a second state must repeat them. */
function parametersIn(words: readonly string[], count: number, what: string, where: string): number[] {
  const values = words.map((_, k) => number(words, k, `a parameter of ${what}`, where));
  if (values.length < count) throw new InputError(where, `found ${values.length} parameters of ${what}; ${count} are needed`);
  values.slice(count).forEach((value, k) => {
    if (k >= count || value !== values[k])
      throw new InputError(
        where,
        `found ${values.length} parameters of ${what}, which needs ${count}; a second state (free-energy perturbation) is not supported`,
      );
  });
  return values.slice(0, count);
}

function addBondedTypes(section: string, types: readonly string[], rest: readonly string[], where: string, state: State): void {
  const kind = number(rest, 0, 'the function type', where);
  const { family, parameters: count } = functionOf(section, kind, where);
  const parameters = parametersIn(rest.slice(1), count, `a type of [ ${section} ]`, where);
  const name = `${section} ${family}`;
  const entries = table(name, state);
  const forward = types.join(' ');
  const backward = types.toReversed().join(' ');
  const key = entries.has(backward) ? backward : forward;
  const old = entries.get(key);
  if (!old) entries.set(key, { types, parameters: [parameters], where });
  else if (kind !== 9) entries.set(key, { ...old, parameters: [parameters], where });
  else if (state.previous === `${name} ${key}`) old.parameters.push(parameters);
  else if (old.parameters.length > 1 || old.parameters[0].some((value, k) => value !== parameters[k]))
    throw new InputError(
      where,
      `the dihedral type ${forward} was given before (${old.where}) with other parameters; several lines for one dihedral must follow each other`,
    );
  state.previous = `${name} ${key}`;
}

function molecule(state: State): MoleculeType {
  if (!state.current) throw new RangeError('a section of a molecule type is read without one');
  return state.current;
}

/** Zero-based indices of the first `count` words. */
function atomsIn(words: readonly string[], count: number, where: string, state: State): number[] {
  const { atoms, name } = molecule(state);
  return Array.from({ length: count }, (_, k) => {
    const i = number(words, k, 'the number of an atom', where);
    if (!Number.isInteger(i) || i < 1 || i > atoms.length)
      throw new InputError(where, `found atom ${words[k]}; the atoms of "${name}" are 1 to ${atoms.length}`);
    return i - 1;
  });
}

function add(section: string, interaction: Interaction, state: State): void {
  const { interactions } = molecule(state);
  const list = interactions.get(section);
  if (list) list.push(interaction);
  else interactions.set(section, [interaction]);
}

const bonded =
  (section: string, arity: number): Reader =>
  (words, where, state) => {
    const atoms = atomsIn(words, arity, where, state);
    const kind = words.length > arity ? number(words, arity, 'the function type', where) : 1;
    const given = words.slice(arity + 1);
    const count = functionOf(section, kind, where).parameters;
    const parameters = given.length === 0 ? [] : parametersIn(given, count, `[ ${section} ] of function type ${kind}`, where);
    add(section, { atoms, function: kind, parameters, where }, state);
  };

/** Lines of `arity` atoms, a function type out of `counts`, and as many parameters as it says there; `optional`: or none. */
const plain =
  (section: string, arity: number, counts: Readonly<Record<number, number>>, optional = false): Reader =>
  (words, where, state) => {
    const atoms = atomsIn(words, arity, where, state);
    const kind = words.length > arity ? number(words, arity, 'the function type', where) : 1;
    if (!Object.hasOwn(counts, kind))
      throw new InputError(
        where,
        `function type ${kind} of [ ${section} ] is not supported; supported: ${Object.keys(counts).join(', ')}`,
      );
    const given = words.slice(arity + 1);
    const parameters =
      optional && given.length === 0 ? [] : parametersIn(given, counts[kind], `[ ${section} ] of function type ${kind}`, where);
    add(section, { atoms, function: kind, parameters, where }, state);
  };

const moleculeReaders: Readonly<Record<string, Reader>> = {
  moleculetype(words, where, state) {
    const [name] = words;
    if (state.moleculeTypes.has(name))
      throw new InputError(
        where,
        `the molecule type "${name}" is defined twice (first at ${state.moleculeTypes.get(name)?.where})`,
      );
    const excludedBonds = number(words, 1, 'nrexcl', where);
    if (!Number.isInteger(excludedBonds) || excludedBonds < 0)
      throw new InputError(where, `nrexcl is ${words[1]}; a number of bonds is expected, such as 3`);
    state.current = { name, excludedBonds, atoms: [], interactions: new Map(), where };
    state.moleculeTypes.set(name, state.current);
  },
  atoms(words, where, state) {
    const [index, typeName, residueNumber, residueName, name] = words;
    const { atoms } = molecule(state);
    const type = state.atomTypes.get(typeName);
    if (name === undefined || Number(index) !== atoms.length + 1)
      throw new InputError(
        where,
        `found "${words.join(' ')}" where atom ${atoms.length + 1} is expected: number, type, residue number, residue, name, charge group, charge, mass`,
      );
    if (!type) {
      const near = nearest(typeName, [...state.atomTypes.keys()]);
      throw new InputError(where, `no atom type is called "${typeName}"${near ? `; did you mean "${near}"?` : ''}`);
    }
    if (words.length > 8) throw new InputError(where, 'a second state of an atom (free-energy perturbation) is not supported');
    const atom: GromacsAtom = {
      type: typeName,
      name,
      residueName,
      residueNumber,
      charge: words.length > 6 ? number(words, 6, 'a charge', where) : type.charge,
      mass: words.length > 7 ? number(words, 7, 'a mass', where) : type.mass,
      where,
    };
    atoms.push(atom);
  },
  bonds: bonded('bonds', 2),
  angles: bonded('angles', 3),
  dihedrals: bonded('dihedrals', 4),
  pairs: plain('pairs', 2, { 1: 2, 2: 5 }, true),
  constraints: plain('constraints', 2, { 1: 1, 2: 1 }, true),
  settles: plain('settles', 1, { 1: 2 }),
  virtual_sites2: plain('virtual_sites2', 3, { 1: 1 }),
  virtual_sites3: plain('virtual_sites3', 4, { 1: 2, 4: 3 }),
  exclusions(words, where, state) {
    add('exclusions', { atoms: atomsIn(words, words.length, where, state), function: 1, parameters: [], where }, state);
  },
  position_restraints(_words, where) {
    throw new InputError(where, 'position restraints are not supported; leave out the macro that includes them (POSRES)');
  },
};

const systemReaders: Readonly<Record<string, Reader>> = {
  system() {},
  molecules(words, where, state) {
    const type = state.moleculeTypes.get(words[0]);
    if (!type) {
      const near = nearest(words[0], [...state.moleculeTypes.keys()]);
      throw new InputError(
        where,
        `no molecule type is called "${words[0]}"${near ? `; did you mean "${near}"?` : `; there are ${[...state.moleculeTypes.keys()].join(', ')}`}`,
      );
    }
    const count = number(words, 1, 'the number of molecules', where);
    if (!Number.isInteger(count) || count < 0)
      throw new InputError(where, `${words[1]} molecules "${words[0]}"; a whole number is expected`);
    if (count > 0) state.molecules.push({ type, count });
  },
};
