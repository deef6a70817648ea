/** Claims about runs beside other programs, made without any: what is written for them, read from them and said of them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bathTemperature } from '../../../engine/index.ts';
import { median } from '../../../tools/analysis/statistics.ts';
import { type BenchOptions, benchCase, findPeers } from '../../../tools/bench/bench.ts';
import { buildCase } from '../../../tools/bench/build.ts';
import { findCase } from '../../../tools/bench/cases.ts';
import { readLog as readGromacsLog } from '../../../tools/bench/peers/gromacs.ts';
import { scaleOf, writeGromacs } from '../../../tools/bench/peers/gromacs-input.ts';
import { readLog as readLammpsLog } from '../../../tools/bench/peers/lammps.ts';
import { writeLammps } from '../../../tools/bench/peers/lammps-input.ts';
import { describeForOpenmm } from '../../../tools/bench/peers/openmm-input.ts';
import { CannotRun, type Peer, type PeerInput, type PeerRunOptions } from '../../../tools/bench/peers/peer.ts';
import { runProgram } from '../../../tools/bench/peers/program.ts';
import { inWords } from '../../../tools/bench/print.ts';
import { md } from '../../support/command.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('bench beside peers');

async function input(name: string): Promise<PeerInput> {
  const benchmark = findCase(name);
  const { system, dynamics, registry } = await buildCase(benchmark, 'small');
  return { benchmark, system, dynamics, registry, temperature: bathTemperature(dynamics, registry) };
}

test('LAMMPS gets the melt of chains with its own benchmark settings', async () => {
  const folder = scratch();
  const { differences, energy } = writeLammps(folder, await input('kremer-grest'));
  const script = readFileSync(join(folder, 'in.bench'), 'utf8').split('\n');
  for (const line of [
    'units lj',
    'special_bonds fene',
    'bond_style fene',
    'bond_coeff 1 30 1.5 1 1',
    'pair_modify shift yes',
    'neigh_modify every 1 delay 1',
    'fix bath all langevin 1 1 10 48271',
    'timestep 0.012',
  ])
    assert.ok(script.includes(line), line);
  assert.ok(script.includes(`pair_coeff 1 1 1 1 ${2 ** (1 / 6)}`));
  assert.is(energy, 1);
  assert.ok(differences.includes('same cut-off'));
  const data = readFileSync(join(folder, 'data.bench'), 'utf8');
  assert.match(data, /^300 atoms\n1 atom types\n285 bonds\n1 bond types$/m);
});

test('LAMMPS gets beads in its own units, with tables of energy and force', async () => {
  const folder = scratch();
  const of = await input('beads-spline');
  const { differences, energy } = writeLammps(folder, of);
  assert.is(energy, 4.184);
  assert.ok(differences.includes('without our watchdog'));
  const rows = readFileSync(join(folder, 'PAIR_1_1.table'), 'utf8')
    .split('\n')
    .slice(5, -1)
    .map((line) => line.split(' ').map(Number));
  assert.is(rows.length, 1000);
  assert.ok(Math.abs(rows[999][1] - 7.9903999920096) < 1e-6, 'the cut-off in Angstrom');
  // The force is minus the slope of the energy; where the potential is smooth, to the accuracy of the central difference.
  for (const k of [400, 600, 800]) {
    const slope = (rows[k + 1][2] - rows[k - 1][2]) / (rows[k + 1][1] - rows[k - 1][1]);
    assert.ok(Math.abs(rows[k][3] + slope) < 2e-3 * Math.max(0.01, Math.abs(slope)), `${rows[k][3]} and ${-slope}`);
  }
});

test('GROMACS gets ethane as one molecule type, and reduced units as argon', async () => {
  const folder = scratch();
  const { differences, timestep } = writeGromacs(folder, await input('ethane'));
  const topology = readFileSync(join(folder, 'bench.top'), 'utf8');
  assert.is(topology.match(/\[ moleculetype \]/g)?.length, 1);
  assert.match(topology, /\[ molecules \]\nM1 64\n$/);
  assert.match(topology, /^1 2 1 0\.109 284512$/m);
  assert.is(topology.slice(topology.indexOf('[ dihedrals ]'), topology.indexOf('[ pairs ]')).trim().split('\n').length - 1, 9);
  const parameters = readFileSync(join(folder, 'bench.mdp'), 'utf8');
  for (const line of ['integrator = sd', 'coulombtype = Reaction-field', 'rvdw-switch = 0.68', 'ref-t = 143', 'tau-t = 1'])
    assert.ok(parameters.includes(`${line}\n`), line);
  assert.is(timestep, 0.001);
  assert.ok(differences.includes('its reaction field acts within molecules too'));
  const { length, energy, mass, time } = scaleOf((await input('lj-melt')).system);
  assert.ok(Math.abs(time - 2.156) < 1e-3, 'the time unit of argon');
  assert.ok(Math.abs((mass * length ** 2) / time ** 2 - energy) < 1e-12);
});

test('OpenMM gets what it has a form of, and hears where its mixing rule differs', async () => {
  const { description, differences } = describeForOpenmm(await input('ethane'));
  const { bonded, switchDistance, listed } = description as {
    bonded: { term: string }[];
    switchDistance: number;
    listed: { atoms: number[] };
  };
  assert.equal(
    bonded.map(({ term }) => term),
    ['harmonic-bond', 'harmonic-angle', 'rb-torsion'],
  );
  assert.is(switchDistance, 0.68);
  assert.is(listed.atoms.length, 64 * 9 * 2);
  assert.ok(differences.some((line) => line.includes('arithmetic mean')));
});

test('GROMACS and OpenMM get rigid water with our mesh, and rigid bonds of hydrogens', async () => {
  const folder = scratch();
  const of = await input('alanine-water');
  const { differences } = writeGromacs(folder, of);
  const topology = readFileSync(join(folder, 'bench.top'), 'utf8');
  assert.match(topology, /\[ molecules \]\nM1 1\nM2 300\n$/);
  const [peptide, waters] = topology.split('[ moleculetype ]').slice(1);
  assert.match(waters, /\[ settles \]\n1 1 0\.09572 0\.1513/);
  assert.not.match(waters, /\[ bonds \]|\[ angles \]|\[ constraints \]/);
  const section = (name: string) => peptide.split(`[ ${name} ]\n`)[1].split('\n[')[0].trim().split('\n');
  assert.is(section('constraints').length, 12);
  assert.is(section('bonds').length, 21 - 12);
  const parameters = readFileSync(join(folder, 'bench.mdp'), 'utf8');
  for (const line of ['coulombtype = PME', 'DispCorr = AllEnerPres', 'pme-order = 4', 'integrator = md'])
    assert.ok(parameters.includes(`${line}\n`), line);
  assert.ok(differences.includes('same splitting, mesh and order of splines'));
  const { description } = describeForOpenmm(of);
  const { constraints, mesh, dispersionCorrection } = description as {
    constraints: { parameters: number[] };
    mesh: { splitting: number; grid: number[] };
    dispersionCorrection: boolean;
  };
  assert.is(constraints.parameters.length, 12 + 3 * 300);
  assert.ok(dispersionCorrection);
  assert.ok(parameters.includes(`fourier-nx = ${mesh.grid[0]}\n`));
});

test('a molecule without cut-off goes into a box that no pair leaves', async () => {
  const folder = scratch();
  const of = await input('alanine-vacuum');
  const { differences } = writeGromacs(folder, of);
  const parameters = readFileSync(join(folder, 'bench.mdp'), 'utf8');
  assert.match(parameters, /^rvdw = 2\.3$/m);
  assert.match(parameters, /^coulombtype = Cut-off$/m);
  assert.ok(differences.includes('a cut-off that no pair reaches'));
  assert.is((describeForOpenmm(of).description as { cutoff: number | null }).cutoff, null);
});

test('what a program has no form of is said, not guessed', async () => {
  const of = await input('ethane');
  assert.throws(
    () => writeLammps(scratch(), of),
    (error: unknown) => error instanceof CannotRun && /reaction-field/.test(error.message),
  );
  const beads = await input('beads-spline');
  assert.throws(
    () => writeGromacs(scratch(), beads),
    (error: unknown) => error instanceof CannotRun && /tabulated-pair/.test(error.message),
  );
});

test('speeds, CPU shares and the starting energy are read from logs', () => {
  const out =
    'start potential -10.5\nLoop time of 9 on 2 procs for 20 steps\n99.0% CPU use\nLoop time of 4 on 2 procs for 1000 steps\n50.0% CPU use';
  assert.equal(readLammpsLog({ code: 0, out, err: '', seconds: 9, cpuSeconds: 9 }, 2), {
    stepsPerSecond: 250,
    cpuShare: 0.5,
    startPotential: -21,
  });
  const log = [
    '   Energies (kJ/mol)',
    '        LJ (SR)   Coulomb (SR)      Potential    Kinetic En.   Total Energy',
    '   -1.00000e+01    0.00000e+00   -2.50000e+01    0.00000e+00    0.00000e+00',
    '',
    '                 (ns/day)    (hour/ns)',
    'Performance:       86.400        0.278',
  ].join('\n');
  const run = readGromacsLog(log, { energy: 2, timestep: 0.001 });
  assert.equal(run, { stepsPerSecond: 1000, startPotential: -50 });
});

test('the CPU time of a program is that of its process, not the wall time', async () => {
  const work = await runProgram(process.execPath, ['-e', 'const t = performance.now(); while (performance.now() - t < 300);']);
  const idle = await runProgram(process.execPath, ['-e', 'setTimeout(() => {}, 500)']);
  assert.is(await runProgram('no-such-program-anywhere', []), null);
  if (work?.cpuSeconds === null || idle?.cpuSeconds === null) return; // no /proc on this system
  assert.ok((idle?.seconds ?? 0) >= 0.5 && (idle?.cpuSeconds ?? 1) < 0.4, `idle ${idle?.cpuSeconds} s`);
  assert.ok((work?.cpuSeconds ?? 0) > 0.05, `work ${work?.cpuSeconds} s`);
});

/** A program that does 50 steps a second; it cannot run `broken` systems. */
function fake(name: string, behaviour: 'runs' | 'cannot' | 'fails' | 'absent', calls: PeerRunOptions[] = []): Peer {
  return {
    name,
    find: async () =>
      behaviour === 'absent'
        ? null
        : {
            name,
            version: '1.0',
            async prepare(folder) {
              if (behaviour === 'cannot') throw new CannotRun('it has no such form');
              mkdirSync(join(folder, 'made'));
              return {
                differences: ['slower'],
                async run(options) {
                  calls.push(options);
                  if (behaviour === 'fails') throw new CannotRun('it ended with code 1');
                  return { stepsPerSecond: 50, cpuShare: 1, startPotential: -1 };
                },
              };
            },
          },
  };
}

test('peers run by turns with ours; one that is absent, refuses or fails is said and ends nothing', async () => {
  const calls: PeerRunOptions[] = [];
  const programs = [fake('A', 'runs', calls), fake('B', 'cannot'), fake('C', 'fails'), fake('D', 'absent')];
  const choice = { platform: 'reference', threads: 1, set: [] };
  const notes: string[] = [];
  const options: BenchOptions = {
    size: 'small',
    choice,
    preparing: choice,
    threads: 1,
    steps: 20,
    seconds: 1,
    repeat: 2,
    peers: await findPeers(programs),
    note: (line) => notes.push(line),
  };
  const outcome = await benchCase({ ...findCase('lj-melt'), equilibration: [{ steps: 10 }] }, options);
  assert.equal(calls, new Array(2).fill({ threads: 1, warmUp: 10, steps: 20 }));
  assert.is(outcome.speeds.length, 2);
  const by = Object.fromEntries(outcome.peers.map((peer) => [peer.name, peer]));
  assert.ok(Math.abs((by.A.ratio ?? 0) - median(outcome.speeds) / 50) < 1e-12);
  assert.equal([by.B.problem, by.C.problem, by.D.problem], ['it has no such form', 'it ended with code 1', 'not installed']);
  const turns = notes.filter((line) => / steps\/s$/.test(line)).map((line) => line.split(' ')[1]);
  assert.equal(turns, ['md', 'A', 'md', 'A']);
  const text = inWords(outcome);
  assert.match(text, /A 1\.0: slower/);
  assert.match(text, /D: not installed/);
  assert.match(text, /0 dangerous/);
});

test('md bench prints JSON with every figure, and calls an unknown case bad input', async () => {
  const [ran, unknown] = await Promise.all([
    md(scratch(), 'bench', 'lj-melt', '--small', '--steps', '30', '--threads', '1', '--json'),
    md(scratch(), 'bench', 'lj-mlet'),
  ]);
  assert.is(ran.code, 0, ran.err);
  const { cases, threads } = JSON.parse(ran.out);
  assert.is(threads, 1);
  const { ours } = cases[0];
  assert.equal([cases[0].case, ours.steps, ours.particles], ['lj-melt', 30, 864]);
  for (const key of ['stepsPerSecond', 'matomStepsPerSecond', 'neighboursPerParticle', 'listBuilds', 'drift', 'cpuShare'])
    assert.type(ours[key], 'number', key);
  assert.type(ours.memory.heapGrowth, 'number');
  assert.is(unknown.code, 2);
  assert.match(unknown.err, /did you mean "lj-melt"/);
});

test.run();
