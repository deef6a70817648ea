/** Energy conservation at constant energy: drift, and fluctuation against the timestep, for the melt and for liquid ethane. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../engine/forcefield/assign.ts';
import { unitConstants } from '../../engine/index.ts';
import { linearFit } from '../../engine/math/statistics.ts';
import { orthorhombic } from '../../engine/system/box.ts';
import { readStructure } from '../../engine/system/formats/read.ts';
import { concatenate } from '../../engine/system/structure.ts';
import type { System } from '../../engine/system/system.ts';
import { shipped } from '../support/assemblies.ts';
import { fixture, readJson } from '../support/fixtures.ts';
import { compile, ljMelt, nve, platforms } from '../support/systems.ts';

/** 64 molecules of liquid ethane (OpenMM's configuration) with the settings of scenarios/ethane.json. */
function ethane(): System {
  const { box: edges, positions } = readJson<{ box: [number, number, number]; positions: number[] }>(
    fixture('ethane-openmm', 'reference.json'),
  );
  const one = readStructure(shipped('molecules/ethane.pdb'), 'ethane.pdb', { units: 'md', bonds: 'file' }).structure;
  const box = orthorhombic(...edges);
  const field = [{ name: 'opls-aa-alkanes.xml', text: shipped('opls-aa-alkanes.xml') }];
  const settings = {
    cutoff: 0.75,
    modifier: 'switch' as const,
    switchDistance: 0.68,
    coulomb: { method: 'reaction-field' },
    excludeWithinBonds: 0,
  };
  const { structure, forces } = assignForceField(field, concatenate(new Array(64).fill(one)), box, settings, 'forceField');
  return { structure, positions: Float64Array.from(positions), velocities: null, box, forces };
}

async function melted(platform: string, system: System, temperature: number, timestep: number, steps: number): Promise<System> {
  const context = await compile(platform, system, {
    integrator: 'langevin',
    timestep,
    settings: { temperature, friction: 1, timestep },
    thermostat: null,
    removeCenterOfMass: 0,
    seed: 2,
  });
  context.drawVelocities(temperature);
  context.advance(steps);
  return { ...system, positions: context.positions.slice(), velocities: context.velocities.slice() };
}

/** Energies of a run of `time`; drift in kT per unit of time and degree of freedom with its error from the scatter about the line. */
async function conserve(platform: string, start: System, timestep: number, time: number) {
  const context = await compile(platform, start, { ...nve, timestep });
  const energies: number[] = [];
  const times: number[] = [];
  let kinetic = 0;
  const steps = Math.round(time / timestep);
  for (let s = 0; s < steps; s++) {
    context.advance(1);
    const now = context.observe();
    energies.push(now.conserved);
    times.push(now.time);
    kinetic += now.temperature / steps;
  }
  const mean = energies.reduce((a, b) => a + b) / steps;
  const fluctuation = Math.sqrt(energies.reduce((a, e) => a + (e - mean) ** 2, 0) / steps);
  const { slope } = linearFit(times, energies);
  const unit = unitConstants(start.structure.units).boltzmann * kinetic * 3 * start.structure.mass.length;
  return { fluctuation, drift: slope / unit, fluctuationPerDegree: fluctuation / unit };
}

for (const platform of platforms) {
  test(`${platform}: the switched melt conserves its energy, and its fluctuation goes with the square of the timestep`, async () => {
    const start = await melted(platform, ljMelt(4, 0.8442, 'switch'), 0.75, 0.005, 4000);
    const runs = [];
    for (const timestep of [0.004, 0.002, 0.001]) runs.push({ timestep, ...(await conserve(platform, start, timestep, 20)) });
    for (const { timestep, drift, fluctuationPerDegree } of runs)
      process.stdout.write(
        `melt, dt ${timestep}: drift ${drift.toExponential(2)} kT/tau/dof, fluctuation ${fluctuationPerDegree.toExponential(2)} kT/dof\n`,
      );
    for (const [a, b] of [
      [runs[0], runs[1]],
      [runs[1], runs[2]],
    ]) {
      const ratio = a.fluctuation / b.fluctuation;
      process.stdout.write(`melt, dt ${a.timestep} to ${b.timestep}: ratio ${ratio.toFixed(3)}\n`);
      assert.ok(Math.abs(ratio - 4) < 0.4, `ratio ${ratio}`);
    }
    // A drift that cannot be told from nothing: below a fluctuation in the whole run.
    for (const { drift, fluctuationPerDegree } of runs) assert.ok(Math.abs(drift) * 20 < fluctuationPerDegree, `drift ${drift}`);
  });

  test(`${platform}: liquid ethane conserves its energy, and its fluctuation goes with the square of the timestep`, async () => {
    const start = await melted(platform, ethane(), 143, 0.001, 2000);
    const runs = [];
    for (const timestep of [0.001, 0.0005, 0.00025]) runs.push({ timestep, ...(await conserve(platform, start, timestep, 2)) });
    for (const { timestep, drift, fluctuationPerDegree } of runs)
      process.stdout.write(
        `ethane, dt ${1000 * timestep} fs: drift ${(1000 * drift).toExponential(2)} kT/ns/dof, fluctuation ${fluctuationPerDegree.toExponential(2)} kT/dof\n`,
      );
    const ratios = [runs[0].fluctuation / runs[1].fluctuation, runs[1].fluctuation / runs[2].fluctuation];
    process.stdout.write(`ethane: ratios ${ratios.map((r) => r.toFixed(3)).join(', ')}\n`);
    // C-H stretches of 11 fs: at 1 fs the next order in the timestep is felt; the finer pair must be clean. Energies in single
    // precision scatter by some 2e-5 kT/dof, as much as the fluctuation of the finest run.
    if (platform === 'wasm') assert.ok(ratios[1] > 2.5, `ratio ${ratios[1]}`);
    else assert.ok(Math.abs(ratios[1] - 4) < 0.4, `ratio ${ratios[1]}`);
    for (const { drift, fluctuationPerDegree } of runs) assert.ok(Math.abs(drift) * 2 < fluctuationPerDegree, `drift ${drift}`);
  });

  if (platform === 'reference') continue; // ten minutes there
  test(`${platform}: liquid ethane drifts by less than a thousandth of kT a degree of freedom in a nanosecond`, async () => {
    const start = await melted(platform, ethane(), 143, 0.001, 2000);
    const context = await compile(platform, start, { ...nve, timestep: 0.0005 });
    const [times, energies]: [number[], number[]] = [[], []];
    let temperature = 0;
    for (let s = 0; s < 8000; s++) {
      context.advance(10);
      const now = context.observe();
      times.push(now.time);
      energies.push(now.conserved);
      temperature += now.temperature / 8000;
    }
    // Error of the slope from ten pieces of the run, each against the common line.
    const { slope } = linearFit(times, energies);
    const pieces = Array.from({ length: 10 }, (_, b) => {
      const piece = energies.slice(800 * b, 800 * (b + 1));
      return piece.reduce((sum, e) => sum + e, 0) / 800 - slope * times[800 * b + 400];
    });
    const middle = pieces.reduce((a, b) => a + b) / 10;
    const scatter = Math.sqrt(pieces.reduce((sum, e) => sum + (e - middle) ** 2, 0) / 8);
    const perTime = 1000 / (unitConstants('md').boltzmann * temperature * 3 * 512);
    const span = times[times.length - 1];
    const drift = slope * perTime;
    const error = (scatter / (span * Math.sqrt(10 / 12))) * perTime;
    process.stdout.write(
      `${platform}, ethane, 0.5 fs, 40 ps: drift ${drift.toExponential(2)} +- ${error.toExponential(2)} kT/ns/dof\n`,
    );
    assert.ok(Math.abs(drift) < 1e-3 + 3 * error, `drift ${drift} +- ${error} kT/ns/dof`);
  });
}

test.run();
