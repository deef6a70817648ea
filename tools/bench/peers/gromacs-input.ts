/** Writes a system as GROMACS input: a structure with velocities, a topology, and run parameters. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pmeMesh } from '../../../engine/forces/pme-mesh.ts';
import { isOrthorhombic, type NonbondedForce, type System, unitConstants } from '../../../engine/index.ts';
import { erfc } from '../../../engine/math/functions.ts';
import { writeTopology } from './gromacs-topology.ts';
import { interactionsOf, pairRange } from './interactions.ts';
import { CannotRun, type PeerInput } from './peer.ts';
import { TextFile } from './program.ts';

/** Factors from our units to nm, kJ/mol, Da and ps. Reduced systems are written as argon (Rahman 1964: 0.3405 nm, 119.8 K). */
export interface Scale {
  readonly length: number;
  readonly energy: number;
  readonly mass: number;
  readonly time: number;
}

const { boltzmann } = unitConstants('md');

export function scaleOf({ structure }: System): Scale {
  if (structure.units === 'md') return { length: 1, energy: 1, mass: 1, time: 1 };
  const [length, energy, mass] = [0.3405, 119.8 * boltzmann, 39.948];
  return { length, energy, mass, time: length * Math.sqrt(mass / energy) };
}

/** Open boundaries become a box with so much empty space (nm) around the molecule. */
const emptySpace = 5;

/** @returns what differs, the factor from kJ/mol to our energy, and the timestep in ps */
export function writeGromacs(folder: string, input: PeerInput): { differences: string[]; energy: number; timestep: number } {
  const { system } = input;
  const scale = scaleOf(system);
  if (!isOrthorhombic(system.box)) throw new CannotRun('the harness writes orthorhombic boxes for GROMACS only');
  const interactions = interactionsOf(system);
  writeTopology(join(folder, 'bench.top'), system, interactions, scale);
  writeStructure(join(folder, 'bench.gro'), system, scale);
  const ends = cutoffs(interactions.nonbonded, system, scale);
  const timestep = input.dynamics.timestep * scale.time;
  const lines = [...motion(input, scale), `dt = ${timestep}`, 'nsteps = -1', ...ends.lines, ...quiet];
  writeFileSync(join(folder, 'bench.mdp'), `${lines.join('\n')}\n`);
  const { differences } = ends;
  if (system.structure.units === 'lj') differences.push('reduced units as argon (0.3405 nm, 119.8 K, 39.948 Da)');
  if (!system.box.vectors) differences.push('in a large periodic box instead of open space');
  differences.push(...interactions.ours.map((label) => `without our ${label}`));
  return { differences, energy: 1 / scale.energy, timestep };
}

/** No output while the clock runs; constraints are those of the topology. */
const quiet = [
  'cutoff-scheme = Verlet',
  'continuation = yes',
  'gen-vel = no',
  'constraints = none',
  ...['nstxout', 'nstvout', 'nstfout', 'nstlog', 'nstenergy'].map((name) => `${name} = 0`),
];

function motion({ dynamics, temperature }: PeerInput, scale: Scale): string[] {
  if (dynamics.thermostat) throw new CannotRun(`the harness writes no thermostat ${dynamics.thermostat.type} for GROMACS`);
  const { removeCenterOfMass } = dynamics;
  const drift = removeCenterOfMass > 0 ? ['comm-mode = Linear', `nstcomm = ${removeCenterOfMass}`] : ['comm-mode = None'];
  switch (dynamics.integrator) {
    case 'velocity-verlet':
      return ['integrator = md', ...drift];
    case 'langevin': {
      const kelvin = ((temperature ?? 0) * scale.energy) / (scale.energy === 1 ? 1 : boltzmann);
      const time = scale.time / (dynamics.settings.friction as number);
      return ['integrator = sd', 'tc-grps = System', `ref-t = ${kelvin}`, `tau-t = ${time}`, ...drift];
    }
    default:
      throw new CannotRun(`the harness writes no integrator ${dynamics.integrator} for GROMACS`);
  }
}

function cutoffs(force: NonbondedForce | null, system: System, scale: Scale): { lines: string[]; differences: string[] } {
  const { structure, positions } = system;
  const pair = force?.pair;
  if (!force || !pair) throw new CannotRun('it has no pair potential');
  const types = structure.typeNames.length;
  const given = pairRange(force, pair, types, 0, 0);
  // Every pair of an open system: a cut-off that no pair of the molecule reaches, in a box whose images are farther.
  const range = Number.isFinite(given) ? given : wholeMolecule(positions, scale.length);
  if (pair.term === 'wca') {
    for (let i = 0; i < types; i++)
      for (let j = 0; j < types; j++)
        if (pairRange(force, pair, types, i, j) !== range) throw new CannotRun('GROMACS has one cut-off for all pairs of types');
  }
  const lines = [`rvdw = ${range * scale.length}`, `rcoulomb = ${range * scale.length}`, 'vdwtype = Cut-off'];
  const buffer = bufferOf(pair.term, range, scale);
  lines.push(...buffer.lines, `DispCorr = ${pair.dispersionCorrection ? 'AllEnerPres' : 'no'}`);
  const differences = [Number.isFinite(given) ? 'same cut-off' : 'a cut-off that no pair reaches', buffer.difference];
  switch (pair.term === 'wca' ? 'shift' : pair.modifier) {
    case 'none':
      lines.push('vdw-modifier = None');
      break;
    case 'shift':
      lines.push('vdw-modifier = Potential-shift');
      break;
    case 'switch':
    case 'force-switch':
      lines.push(
        `vdw-modifier = ${pair.modifier === 'switch' ? 'Potential-switch' : 'Force-switch'}`,
        `rvdw-switch = ${(pair.switchDistance ?? 0.9 * force.cutoff) * scale.length}`,
      );
      break;
    case 'force-shift':
      throw new CannotRun("GROMACS' force switch is another function than our force shift");
  }
  if (!force.coulomb) lines.push('coulombtype = Cut-off');
  else if (force.coulomb.method === 'reaction-field') {
    const { dielectric } = force.coulomb;
    lines.push(
      'coulombtype = Reaction-field',
      `epsilon-rf = ${dielectric !== undefined && Number.isFinite(dielectric) ? dielectric : 0}`,
    );
    differences.push('its reaction field acts within molecules too');
  } else if (force.coulomb.method === 'cutoff') lines.push('coulombtype = Cut-off', 'coulomb-modifier = None');
  else if (force.coulomb.method === 'pme') {
    const { splitting, grid, order } = pmeMesh(force.coulomb, force.cutoff, system.box);
    lines.push('coulombtype = PME', 'coulomb-modifier = None', `ewald-rtol = ${erfc(splitting * force.cutoff)}`);
    lines.push(...grid.map((points, k) => `fourier-n${'xyz'[k]} = ${points}`), `pme-order = ${order}`);
    differences.push('same splitting, mesh and order of splines');
  } else throw new CannotRun(`the harness writes no Coulomb interaction by ${force.coulomb.method} for GROMACS`);
  return { lines, differences };
}

/** Half the empty space around the molecule, less the buffer of lists; more than the molecule's extent. */
function wholeMolecule(positions: Float64Array, length: number): number {
  const range = emptySpace / 2 - 0.2;
  const edges = [0, 1, 2].map((axis) => {
    const along = positions.filter((_, k) => k % 3 === axis);
    return Math.max(...along) - Math.min(...along);
  });
  // Half as much again, because the molecule moves.
  if (1.5 * Math.hypot(...edges) * length > range)
    throw new CannotRun('its molecule is too large for a run without cut-off in a periodic box');
  return range / length;
}

/** The buffer of its lists: its own choice, except where that is known to be none and atoms meet unseen. */
function bufferOf(term: string, range: number, scale: Scale): { lines: string[]; difference: string } {
  if (term !== 'wca') {
    const difference =
      'list buffer by its default tolerance of 0.005 kJ/mol/ps an atom: some pairs within the cut-off are missed';
    return { lines: [], difference };
  }
  const lines = ['verlet-buffer-tolerance = -1', `rlist = ${range * scale.length + 0.4 * scale.length}`, 'nstlist = 10'];
  return { lines, difference: 'list buffer 0.4 sigma, new lists every 10 steps (its own choice is no buffer, and bonds break)' };
}

/** Fixed columns; the distance of the decimal points tells the reader how wide they are. */
function writeStructure(path: string, { structure, positions, velocities, box }: System, scale: Scale): void {
  const n = structure.mass.length;
  const speeds = velocities ?? new Float64Array(3 * n);
  const speed = scale.length / scale.time;
  const { shift, edges } = box.vectors
    ? { shift: [0, 0, 0], edges: [0, 4, 8].map((k) => (box.vectors as Float64Array)[k] * scale.length) }
    : emptyBox(positions, scale.length);
  const file = new TextFile(path);
  file.line('written by md bench', `${n}`);
  for (let i = 0; i < n; i++) {
    const number = `${(i + 1) % 100_000}`.padStart(5);
    let line = `${`${(structure.molecule[i] + 1) % 100_000}`.padStart(5)}MOL  ${'X'.padStart(5)}${number}`;
    for (let k = 0; k < 3; k++) line += (positions[3 * i + k] * scale.length + shift[k]).toFixed(8).padStart(13);
    for (let k = 0; k < 3; k++) line += (speeds[3 * i + k] * speed).toFixed(9).padStart(13);
    file.line(line);
  }
  file.line(edges.map((edge) => edge.toFixed(8)).join(' '));
  file.close();
}

function emptyBox(positions: Float64Array, length: number): { shift: number[]; edges: number[] } {
  const ranges = [0, 1, 2].map((axis) => {
    const along = positions.filter((_, k) => k % 3 === axis);
    return [Math.min(...along) * length, Math.max(...along) * length];
  });
  return {
    shift: ranges.map(([low]) => emptySpace / 2 - low),
    edges: ranges.map(([low, high]) => high - low + emptySpace),
  };
}
