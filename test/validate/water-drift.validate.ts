/**
 * Energy drift of rigid water with particle-mesh Ewald at 2 fs beside GROMACS' and OpenMM's, from the same start with the same physics. Peers
 * that are not installed are left out. Some four minutes of processor time; `node dist/test/validate/water-drift.validate.js` prints a table.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DynamicsDescription, linearFit, type Registry, type System, unitConstants } from '../../engine/index.ts';
import { buildCase, compileOn, equilibrationOf } from '../../tools/bench/build.ts';
import type { BenchCase } from '../../tools/bench/case.ts';
import { writeGromacs } from '../../tools/bench/peers/gromacs-input.ts';
import { describeForOpenmm } from '../../tools/bench/peers/openmm-input.ts';
import { runProgram, succeeded } from '../../tools/bench/peers/program.ts';
import { writeStartState } from '../../tools/bench/start-state.ts';
import { packageRoot } from '../../tools/runner/package-root.ts';

const molecules = 900;
const steps = 6000;
const every = 20;
const timestep = 0.002;

/** Forces go smoothly to zero or nearly so at the cut-off: what is left is the work of integrators, constraints, lists and precision. */
const water: BenchCase = {
  name: 'water-drift',
  summary: 'rigid TIP3P water, PME, 2 fs',
  scenario: () => ({
    name: 'water-drift',
    seed: 5,
    system: {
      build: 'pack',
      molecules: [{ structure: 'molecules/water.pdb', count: molecules }],
      density: '0.985 g/cm3',
      minimumDistance: '1.5 A',
      forceField: ['tip3p.xml'],
      nonbonded: {
        cutoff: '0.9 nm',
        lennardJones: { modifier: 'switch', switchDistance: '0.8 nm' },
        coulomb: { method: 'pme', tolerance: 1e-5 },
      },
      constraints: 'water',
    },
    dynamics: { integrator: 'velocity-verlet', timestep: '2 fs', removeCenterOfMass: 0 },
    run: { minimise: true, temperature: '298 K', steps: 1 },
  }),
  equilibration: [
    { steps: 2000, dynamics: { integrator: 'langevin', timestep: '2 fs', temperature: '298 K', friction: '5 /ps' } },
  ],
  warmUp: 0,
};

interface Start {
  readonly system: System;
  readonly dynamics: DynamicsDescription;
  readonly registry: Registry;
}

async function equilibrated(): Promise<Start> {
  const built = await buildCase(water, 'full');
  const [{ steps: warm, dynamics }] = await equilibrationOf(water, 'full', built.registry);
  const context = await compileOn({ platform: 'wasm', threads: 1, set: [] }, { ...built, dynamics });
  context.minimise({ tolerance: 10, maxSteps: 500 });
  context.drawVelocities(298);
  context.advance(warm);
  const system = { ...built.system, positions: context.positions.slice(), velocities: context.velocities.slice() };
  context.close?.();
  return { ...built, system };
}

async function ours(start: Start, set: readonly string[]): Promise<number[]> {
  const context = await compileOn({ platform: 'wasm', threads: 1, set }, start);
  const energies: number[] = [];
  for (let k = 0; k < steps / every; k++) {
    context.advance(every);
    energies.push(context.observe().conserved);
  }
  assert.is(context.statistics().dangerousBuilds, 0);
  context.close?.();
  return energies;
}

/** @returns null where the program is not there */
async function gromacs(command: string, start: Start, folder: string): Promise<number[] | null> {
  if (!(await runProgram(command, ['--version']))) return null;
  writeGromacs(folder, { benchmark: water, ...start, temperature: null });
  const mdp = join(folder, 'bench.mdp');
  const settings = readFileSync(mdp, 'utf8')
    .replace('nstenergy = 0', `nstenergy = ${every}`)
    .replace('nsteps = -1', `nsteps = ${steps}`);
  writeFileSync(mdp, `${settings}nstcalcenergy = ${every}\n`);
  const call = async (...words: string[]) =>
    succeeded(command, await runProgram(command, ['-quiet', '-nobackup', ...words], { cwd: folder }));
  await call('grompp', '-f', 'bench.mdp', '-c', 'bench.gro', '-p', 'bench.top', '-o', 'bench.tpr', '-maxwarn', '10');
  await call('mdrun', '-s', 'bench.tpr', '-e', 'bench.edr', '-ntmpi', '1', '-ntomp', '1', '-noconfout');
  // `gmx energy` asks on its standard input which columns to write.
  const ask = `echo Total-Energy | ${command} -quiet -nobackup energy -f bench.edr -o energy.xvg`;
  succeeded(command, await runProgram('sh', ['-c', ask], { cwd: folder }));
  const lines = readFileSync(join(folder, 'energy.xvg'), 'utf8').split('\n');
  return lines.filter((line) => /^\s*\d/.test(line)).map((line) => Number(line.trim().split(/\s+/)[1]));
}

async function openmm(start: Start, folder: string): Promise<number[] | null> {
  const python = '/usr/bin/python3';
  if ((await runProgram(python, ['-c', 'import openmm']))?.code !== 0) return null;
  const { description } = describeForOpenmm({ benchmark: water, ...start, temperature: null });
  writeFileSync(join(folder, 'system.json'), JSON.stringify(description));
  writeStartState(join(folder, 'state.f64'), start.system);
  const script = join(packageRoot, 'test', 'validate', 'water-drift-openmm.py');
  const { out } = succeeded('OpenMM', await runProgram(python, [script, folder, `${steps}`, `${every}`], { cwd: folder }));
  return out.trim().split('\n').map(Number);
}

/** Slope of the energy in kT/ns a degree of freedom, its error from the slopes of eight blocks, and the scatter about the line in kT. */
function driftOf(energies: readonly number[]) {
  const kT = unitConstants('md').boltzmann * 298;
  const degrees = 6 * molecules - 3;
  const times = energies.map((_, k) => k * every * timestep * 1e-3);
  const { slope, intercept } = linearFit(times, energies);
  const scatter = Math.sqrt(energies.reduce((sum, e, k) => sum + (e - intercept - slope * times[k]) ** 2, 0) / energies.length);
  const blocks = Array.from({ length: 8 }, (_, b) => {
    const [from, to] = [b, b + 1].map((edge) => Math.round((edge * energies.length) / 8));
    return energies.slice(from, to).reduce((sum, e) => sum + e, 0) / (to - from);
  });
  // The line through means of blocks, and what they scatter about it: energies next to each other are not independent.
  const middles = blocks.map((_, b) => (b + 0.5) * (times[times.length - 1] / 8));
  const line = linearFit(middles, blocks);
  const middle = middles.reduce((sum, t) => sum + t, 0) / 8;
  const spread = middles.reduce((sum, t) => sum + (t - middle) ** 2, 0);
  const left = blocks.reduce((sum, e, b) => sum + (e - line.intercept - line.slope * middles[b]) ** 2, 0) / 6;
  return { drift: slope / degrees / kT, error: Math.sqrt(left / spread) / degrees / kT, scatter: scatter / kT };
}

test('rigid water at 2 fs drifts no more than in GROMACS and OpenMM', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'md-drift-'));
  try {
    const start = await equilibrated();
    console.log(
      `${molecules} molecules, ${(steps * timestep).toFixed(0)} ps: drift in kT/ns a degree of freedom, scatter in kT of the whole`,
    );
    const runs: [string, number[]][] = [];
    const look = (name: string, energies: number[] | null) => {
      if (!energies) return;
      runs.push([name, energies]);
      const { drift, error, scatter } = driftOf(energies);
      console.log(`${name.padEnd(26)} ${drift.toExponential(2)} +- ${error.toExponential(1)}  scatter ${scatter.toFixed(2)}`);
    };
    look('wasm', await ours(start, []));
    look('GROMACS, mixed precision', await gromacs('gmx', start, folder));
    look('OpenMM, CPU platform', await openmm(start, folder));
    look('wasm double', await ours(start, ['precision=double']));
    look('GROMACS, double precision', await gromacs('gmx_d', start, folder));
    const drifts = runs.map(([name, energies]) => ({ name, ...driftOf(energies) }));
    const worst = Math.max(1e-3, ...drifts.map(({ name, drift }) => (name.startsWith('wasm') ? 0 : Math.abs(drift))));
    for (const { name, drift, error } of drifts)
      if (name.startsWith('wasm'))
        assert.ok(Math.abs(drift) < worst + 3 * error, `${name}: ${drift} +- ${error}, the worst of the others ${worst}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
