/** Writes a system as LAMMPS input: a data file, tables where there are tabulated potentials, and a script. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOrthorhombic, type NonbondedForce, type Registry, type System } from '../../../engine/index.ts';
import {
  type BondKind,
  bondExtent,
  bondKinds,
  type Interactions,
  interactionsOf,
  pairFunction,
  pairParameters,
  pairRange,
} from './interactions.ts';
import { CannotRun, type PeerInput } from './peer.ts';
import { TextFile } from './program.ts';

/** Factors from our units to LAMMPS': `lj` to `lj`, `md` to `real` (Angstrom, kcal/mol, fs). */
interface Scale {
  readonly length: number;
  readonly energy: number;
  readonly time: number;
}

interface Styles {
  /** Lines before the data file is read: special bonds and styles. */
  readonly before: readonly string[];
  /** Coefficients. */
  readonly after: readonly string[];
  readonly differences: readonly string[];
}

const tablePoints = 1000;

/** @returns what differs, and the factor from LAMMPS' energies to ours */
export function writeLammps(folder: string, input: PeerInput): { differences: string[]; energy: number } {
  const { system, dynamics, benchmark, registry } = input;
  const { structure, box } = system;
  const md = structure.units === 'md';
  const scale: Scale = md ? { length: 10, energy: 1 / 4.184, time: 1000 } : { length: 1, energy: 1, time: 1 };
  const interactions = interactionsOf(system);
  if (!isOrthorhombic(box)) throw new CannotRun('the harness writes orthorhombic boxes for LAMMPS only');
  const { nonbonded } = interactions;
  if (nonbonded?.coulomb)
    throw new CannotRun(`LAMMPS has no Coulomb interaction by ${nonbonded.coulomb.method} that is like ours`);
  if (interactions.listed) throw new CannotRun('the harness writes no 1-4 pairs for LAMMPS');
  const kinds = bondKinds(interactions.bonded, registry);
  const pairs = pairStyle(folder, nonbonded, system, registry, scale);
  const bonds = bondStyle(folder, interactions, kinds, system, registry, scale);
  writeData(join(folder, 'data.bench'), system, kinds, scale);
  const skin = md
    ? ['neighbor 2.0 bin', 'neigh_modify delay 0 every 1 check yes']
    : ['neighbor 0.3 bin', 'neigh_modify delay 0 every 1 check yes'];
  const neighbours = benchmark.lammpsNeighbours ?? skin;
  const script = [
    `units ${md ? 'real' : 'lj'}`,
    `boundary ${box.vectors ? 'p p p' : 's s s'}`,
    `atom_style ${kinds.length > 0 ? 'bond' : 'atomic'}`,
    ...pairs.before,
    ...bonds.before,
    'read_data data.bench',
    ...pairs.after,
    ...bonds.after,
    ...neighbours,
    ...motion(input, scale),
    `timestep ${dynamics.timestep * scale.time}`,
    'thermo 1000',
    'thermo_modify norm no',
    'run 0',
    'variable start equal pe',
    `print "start potential \${start}"`,
    `run \${warm}`,
    `run \${steps}`,
  ];
  writeFileSync(join(folder, 'in.bench'), `${script.join('\n')}\n`);
  const differences = [
    `lists: ${neighbours.join('; ')}`,
    ...pairs.differences,
    ...bonds.differences,
    ...interactions.ours.map(onlyOurs),
  ];
  return { differences, energy: 1 / scale.energy };
}

const onlyOurs = (label: string): string => `without our ${label}`;

function motion({ dynamics, temperature }: PeerInput, scale: Scale): string[] {
  if (dynamics.thermostat) throw new CannotRun(`the harness writes no thermostat ${dynamics.thermostat.type} for LAMMPS`);
  switch (dynamics.integrator) {
    case 'velocity-verlet':
      return ['fix move all nve'];
    case 'langevin': {
      const damp = scale.time / (dynamics.settings.friction as number);
      return ['fix move all nve', `fix bath all langevin ${temperature} ${temperature} ${damp} 48271`];
    }
    default:
      throw new CannotRun(`the harness writes no integrator ${dynamics.integrator} for LAMMPS`);
  }
}

function pairStyle(
  folder: string,
  force: NonbondedForce | null,
  { structure }: System,
  registry: Registry,
  scale: Scale,
): Styles {
  const pair = force?.pair;
  if (!force || !pair) throw new CannotRun('it has no pair potential');
  const types = structure.typeNames.length;
  const after: string[] = [];
  for (let i = 0; i < types; i++)
    for (let j = i; j < types; j++) {
      const range = pairRange(force, pair, types, i, j) * scale.length;
      if (pair.term === 'tabulated-pair') {
        const name = `PAIR_${i + 1}_${j + 1}`;
        writeTable(
          join(folder, `${name}.table`),
          name,
          pairFunction(force, types, registry, i, j),
          0.05 * force.cutoff,
          force.cutoff,
          scale,
        );
        after.push(`pair_coeff ${i + 1} ${j + 1} ${name}.table ${name} ${range}`);
        continue;
      }
      const [sigma, epsilon] = pairParameters(pair, types, i, j);
      after.push(`pair_coeff ${i + 1} ${j + 1} ${epsilon * scale.energy} ${sigma * scale.length} ${range}`);
    }
  if (pair.term === 'tabulated-pair')
    return { before: [`pair_style table spline ${tablePoints}`], after, differences: [`pair tables with ${tablePoints} points`] };
  if (pair.term !== 'lennard-jones' && pair.term !== 'wca')
    throw new CannotRun(`the harness writes no pair potential ${pair.term} for LAMMPS`);
  const shift = pair.term === 'wca' || pair.modifier === 'shift';
  if (!shift && pair.modifier !== 'none') throw new CannotRun(`LAMMPS' lj/cut has no modifier ${pair.modifier}`);
  const before = [`pair_style lj/cut ${force.cutoff * scale.length}`, `pair_modify shift ${shift ? 'yes' : 'no'}`];
  if (pair.dispersionCorrection) before.push('pair_modify tail yes');
  return { before, after, differences: ['same cut-off'] };
}

function bondStyle(
  folder: string,
  { bonded, nonbonded }: Interactions,
  kinds: readonly BondKind[],
  { structure, positions }: System,
  registry: Registry,
  scale: Scale,
): Styles {
  for (const { term } of bonded) {
    if (registry.get('bonded', term).coordinate !== 'distance') throw new CannotRun(`the harness writes no ${term} for LAMMPS`);
  }
  if (kinds.length === 0) return { before: [], after: [], differences: [] };
  const excluded = nonbonded?.exclusions.length ?? 0;
  const bondedPairs = kinds.reduce((sum, kind) => sum + kind.pairs.length, 0);
  const fene = kinds.every(({ terms }) => terms.length === 1 && terms[0].term === 'fene-bond');
  if (fene && excluded === 0 && nonbonded?.pair?.term === 'wca') {
    // LAMMPS' FENE bond brings the repulsion of the bonded pair, which special_bonds takes out of the pair style.
    const after = kinds.map(({ terms: [{ parameters }], pairs: [i, j] }, k) => {
      const [sigma, epsilon] = pairParameters(
        nonbonded.pair as NonNullable<typeof nonbonded.pair>,
        structure.typeNames.length,
        structure.type[i],
        structure.type[j],
      );
      return `bond_coeff ${k + 1} ${parameters[0]} ${parameters[1]} ${epsilon} ${sigma}`;
    });
    return { before: ['special_bonds fene', 'bond_style fene'], after, differences: [] };
  }
  if (excluded !== 0 && excluded !== bondedPairs) throw new CannotRun('LAMMPS cannot be told these exclusions by the harness');
  const special = `special_bonds lj/coul ${excluded === 0 ? 1 : 0}.0 1.0 1.0`;
  const after = kinds.map((kind, k) => {
    const name = `BOND_${k + 1}`;
    const { smallest, largest } = bondExtent(kind, positions);
    writeTable(join(folder, `${name}.table`), name, kind.evaluate, 0.6 * smallest, 1.5 * largest, scale, false);
    return `bond_coeff ${k + 1} ${name}.table ${name}`;
  });
  return {
    before: [special, `bond_style table spline ${tablePoints}`],
    after,
    differences: ['all terms of a bond in one table'],
  };
}

/** LAMMPS' table format: a keyword, the number of points (and for pairs the range), then index, distance, energy, force. */
function writeTable(
  path: string,
  name: string,
  f: (r: number) => { energy: number; force: number },
  from: number,
  to: number,
  scale: Scale,
  pair = true,
): void {
  const file = new TextFile(path);
  const range = pair ? ` R ${from * scale.length} ${to * scale.length}` : '';
  file.line('# written by md bench', '', name, `N ${tablePoints}${range}`, '');
  for (let k = 0; k < tablePoints; k++) {
    const r = from + ((to - from) * k) / (tablePoints - 1);
    const { energy, force } = f(r);
    file.line(`${k + 1} ${r * scale.length} ${energy * scale.energy} ${(force * scale.energy) / scale.length}`);
  }
  file.close();
}

function writeData(path: string, system: System, kinds: readonly BondKind[], scale: Scale): void {
  const { structure, positions, velocities, box } = system;
  const n = structure.mass.length;
  const masses = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const known = masses.get(structure.type[i]);
    if (known !== undefined && known !== structure.mass[i]) throw new CannotRun('particles of one type have different masses');
    masses.set(structure.type[i], structure.mass[i]);
  }
  const file = new TextFile(path);
  const bonds = kinds.reduce((sum, kind) => sum + kind.pairs.length / 2, 0);
  file.line('written by md bench', '', `${n} atoms`, `${structure.typeNames.length} atom types`);
  if (bonds > 0) file.line(`${bonds} bonds`, `${kinds.length} bond types`);
  for (const [axis, name] of ['x', 'y', 'z'].entries()) {
    const [low, high] = box.vectors ? [0, box.vectors[4 * axis]] : extent(positions, axis);
    file.line(`${low * scale.length} ${high * scale.length} ${name}lo ${name}hi`);
  }
  file.line('', 'Masses', '');
  for (let t = 0; t < structure.typeNames.length; t++) file.line(`${t + 1} ${masses.get(t) ?? 1}`);
  file.line('', `Atoms # ${bonds > 0 ? 'bond' : 'atomic'}`, '');
  for (let i = 0; i < n; i++) {
    const molecule = bonds > 0 ? `${structure.molecule[i] + 1} ` : '';
    file.line(`${i + 1} ${molecule}${structure.type[i] + 1} ${triple(positions, i, scale.length)}`);
  }
  file.line('', 'Velocities', '');
  const speeds = velocities ?? new Float64Array(3 * n);
  for (let i = 0; i < n; i++) file.line(`${i + 1} ${triple(speeds, i, scale.length / scale.time)}`);
  if (bonds > 0) file.line('', 'Bonds', '');
  let bond = 0;
  for (const [k, { pairs }] of kinds.entries())
    for (let p = 0; p < pairs.length; p += 2) file.line(`${++bond} ${k + 1} ${pairs[p] + 1} ${pairs[p + 1] + 1}`);
  file.close();
}

function triple(values: Float64Array, i: number, factor: number): string {
  return `${values[3 * i] * factor} ${values[3 * i + 1] * factor} ${values[3 * i + 2] * factor}`;
}

function extent(positions: Float64Array, axis: number): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = axis; k < positions.length; k += 3) {
    low = Math.min(low, positions[k]);
    high = Math.max(high, positions[k]);
  }
  return [low - 1, high + 1];
}
