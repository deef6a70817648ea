/** Writes a GROMACS topology: equal molecules become one molecule type, every parameter is written out. */
import type { BondedForce, Structure, System } from '../../../engine/index.ts';
import type { Scale } from './gromacs-input.ts';
import { type Interactions, pairParameters, rigidBonds } from './interactions.ts';
import { CannotRun } from './peer.ts';
import { TextFile } from './program.ts';

/** Lines by section of one molecule, with particles counted from 1 within it. */
type Sections = Map<string, string[]>;

/** How a term is written: its section, GROMACS' function number and its parameters in GROMACS' order and units. */
interface Form {
  readonly section: string;
  readonly function: number;
  readonly parameters: (p: Float64Array, scale: Scale) => readonly number[];
}

const degrees = 180 / Math.PI;

const forms: Readonly<Record<string, Form>> = {
  'harmonic-bond': {
    section: 'bonds',
    function: 1,
    parameters: ([length, k], s) => [length * s.length, (k * s.energy) / s.length ** 2],
  },
  'fene-bond': {
    section: 'bonds',
    function: 7,
    parameters: ([k, r0], s) => [r0 * s.length, (k * s.energy) / s.length ** 2],
  },
  'harmonic-angle': {
    section: 'angles',
    function: 1,
    parameters: ([angle, k], s) => [angle * degrees, k * s.energy],
  },
  'rb-torsion': {
    section: 'dihedrals',
    function: 3,
    parameters: (p, s) => Array.from(p, (c) => c * s.energy),
  },
  'periodic-torsion': {
    section: 'dihedrals',
    function: 9,
    parameters: ([periodicity, phase, k], s) => [phase * degrees, k * s.energy, periodicity],
  },
};

export function writeTopology(path: string, system: System, interactions: Interactions, scale: Scale): void {
  const { structure } = system;
  const file = new TextFile(path);
  file.line('; written by md bench', '[ defaults ]', '1 2 no 1 1');
  writeTypes(file, structure, interactions, scale);
  const firsts = firstParticles(structure);
  const sections = sectionsByMolecule(system, firsts, interactions, scale);
  const kinds = new Map<string, string>();
  const sequence: { name: string; count: number }[] = [];
  for (let m = 0; m + 1 < firsts.length; m++) {
    const text = moleculeText(structure, firsts[m], firsts[m + 1], sections.get(m), scale);
    let name = kinds.get(text);
    if (name === undefined) {
      name = `M${kinds.size + 1}`;
      kinds.set(text, name);
      file.line('[ moleculetype ]', `${name} 0`, text);
    }
    const last = sequence.at(-1);
    if (last?.name === name) last.count++;
    else sequence.push({ name, count: 1 });
  }
  file.line('[ system ]', 'benchmark', '[ molecules ]', ...sequence.map(({ name, count }) => `${name} ${count}`));
  file.close();
}

function writeTypes(file: TextFile, structure: Structure, { nonbonded }: Interactions, scale: Scale): void {
  const pair = nonbonded?.pair;
  if (!pair) throw new CannotRun('it has no pair potential');
  if (pair.term !== 'lennard-jones' && pair.term !== 'wca')
    throw new CannotRun(`GROMACS has no pair potential ${pair.term} with its Verlet lists`);
  const types = structure.typeNames.length;
  const parameters = (i: number, j: number): string => {
    const [sigma, epsilon] = pairParameters(pair, types, i, j);
    return `${sigma * scale.length} ${epsilon * scale.energy}`;
  };
  file.line('[ atomtypes ]');
  for (let i = 0; i < types; i++) file.line(`T${i + 1} 0 1.0 0.0 A ${parameters(i, i)}`);
  file.line('[ nonbond_params ]');
  for (let i = 0; i < types; i++) for (let j = i; j < types; j++) file.line(`T${i + 1} T${j + 1} 1 ${parameters(i, j)}`);
}

/** First particle of each molecule, and the number of particles at the end. */
function firstParticles({ molecule }: Structure): number[] {
  const firsts: number[] = [];
  for (let i = 0; i < molecule.length; i++) if (i === 0 || molecule[i] !== molecule[i - 1]) firsts.push(i);
  return [...firsts, molecule.length];
}

function sectionsByMolecule(system: System, firsts: readonly number[], interactions: Interactions, scale: Scale) {
  const { structure } = system;
  const byMolecule = new Map<number, Sections>();
  const indexOf = new Map<number, number>();
  for (let m = 0; m + 1 < firsts.length; m++) indexOf.set(structure.molecule[firsts[m]], m);
  const add = (section: string, atoms: ArrayLike<number>, rest: string) => {
    const m = indexOf.get(structure.molecule[atoms[0]]) ?? 0;
    const local = Array.from(atoms, (i) => i - firsts[m] + 1);
    if (local.some((i) => i < 1 || i > firsts[m + 1] - firsts[m]))
      throw new CannotRun(`its ${section} go from one molecule to another`);
    const sections = byMolecule.get(m) ?? new Map<string, string[]>();
    byMolecule.set(m, sections);
    const lines = sections.get(section) ?? [];
    sections.set(section, lines);
    lines.push(`${local.join(' ')}${rest}`);
  };
  for (const force of interactions.bonded) addBonded(force, scale, add);
  const rigid = rigidBonds(system);
  // One settle a molecule type: function 1 with the two distances.
  for (const { atoms, oh, hh } of rigid.waters) add('settles', [atoms[0]], ` 1 ${oh * scale.length} ${hh * scale.length}`);
  // Function 2: a fixed distance that is no bond, because exclusions are written out.
  for (const { atoms, length } of rigid.others) add('constraints', atoms, ` 2 ${length * scale.length}`);
  const { listed, nonbonded } = interactions;
  for (let k = 0; listed && k < listed.atoms.length / 2; k++) {
    const [sigma, epsilon, charges] = listed.parameters.subarray(3 * k, 3 * k + 3);
    // Function 2: a factor, two charges, sigma and epsilon, all given here.
    const values = [1, charges, 1, sigma * scale.length, epsilon * scale.energy];
    add('pairs', listed.atoms.subarray(2 * k, 2 * k + 2), ` 2 ${values.join(' ')}`);
  }
  const exclusions = nonbonded?.exclusions ?? new Int32Array(0);
  for (let k = 0; k < exclusions.length; k += 2) add('exclusions', exclusions.subarray(k, k + 2), '');
  return byMolecule;
}

function addBonded(
  force: BondedForce,
  scale: Scale,
  add: (section: string, atoms: ArrayLike<number>, rest: string) => void,
): void {
  const form = forms[force.term];
  if (!form) throw new CannotRun(`the harness has no form of ${force.term} for GROMACS`);
  const arity = { bonds: 2, angles: 3, dihedrals: 4 }[form.section] ?? 2;
  const count = force.atoms.length / arity;
  const width = force.parameters.length / Math.max(1, count);
  for (let k = 0; k < count; k++) {
    const values = form.parameters(force.parameters.subarray(k * width, (k + 1) * width), scale);
    add(form.section, force.atoms.subarray(k * arity, (k + 1) * arity), ` ${form.function} ${values.join(' ')}`);
  }
}

function moleculeText(structure: Structure, from: number, to: number, sections: Sections | undefined, scale: Scale): string {
  const lines = ['[ atoms ]'];
  for (let i = from; i < to; i++) {
    const number = i - from + 1;
    lines.push(`${number} T${structure.type[i] + 1} 1 MOL X ${number} ${structure.charge[i]} ${structure.mass[i] * scale.mass}`);
  }
  for (const [section, content] of sections ?? []) lines.push(`[ ${section} ]`, ...content);
  return lines.join('\n');
}
