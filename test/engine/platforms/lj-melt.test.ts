/** The Lennard-Jones melt of LAMMPS' bench/in.lj: the closed form of its start, and 100 steps beside LAMMPS itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSystem, parseScenario, resolveScenario, type Settings } from '../../../engine/index.ts';
import type { System } from '../../../engine/system/system.ts';
import { buildContext } from '../../support/assemblies.ts';
import { fixture, readJson, root } from '../../support/fixtures.ts';
import { compile, ljMelt, nve, platforms, registry } from '../../support/systems.ts';

/** One state of LAMMPS' log, per atom. */
interface Thermo {
  readonly temperature: number;
  readonly pairEnergy: number;
  readonly totalEnergy: number;
  readonly pressure: number;
}
export interface LammpsMelt {
  readonly cells: number;
  readonly step0: Thermo;
  readonly step100: Thermo;
  readonly positions: readonly number[];
  readonly velocities: readonly number[];
  readonly positionsAtStep100: readonly number[];
}

const lammps = readJson<LammpsMelt>(fixture('lj-melt-lammps', 'reference.json'));
const close = (a: number, b: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(a - b) < tolerance, `${what}: ${a} is not ${b} within ${tolerance}`);

/**
 * E/N and the pair part of P of the fcc crystal at density 0.8442 with a cut-off of 2.5: shells of 12, 6, 24 and 12 neighbours at
 * r^2 = n a^2/2, a = (4/0.8442)^(1/3).
 */
function latticeSums(density: number): { energy: number; pressure: number } {
  const a = (4 / density) ** (1 / 3);
  let energy = 0;
  let virial = 0;
  [12, 6, 24, 12].forEach((neighbours, shell) => {
    const s6 = 1 / (((shell + 1) * a * a) / 2) ** 3;
    energy += (neighbours / 2) * 4 * (s6 * s6 - s6);
    virial += (neighbours / 2) * 24 * (2 * s6 * s6 - s6);
  });
  return { energy, pressure: (density * virial) / 3 };
}

for (const platform of platforms) {
  /** Pairs in single precision, summed in double: 1.2e-7 relative. */
  const single = platform === 'wasm';

  test(`${platform}: step 0 of scenarios/lj-melt.json has LAMMPS' energies and pressure to all printed digits`, async () => {
    const all = registry();
    const text = readFileSync(join(root, 'scenarios', 'lj-melt.json'), 'utf8');
    const [stage] = resolveScenario(parseScenario(text, 'lj-melt.json'), all).stages;
    const context = await compile(platform, await buildSystem(stage.settings.system as Settings, buildContext('lj'), all));
    context.drawVelocities(1.44);
    const scale = Math.sqrt(1.44 / context.observe().temperature);
    for (let k = 0; k < context.velocities.length; k++) context.velocities[k] *= scale;
    const { potential, kinetic, pressure, temperature } = context.observe();
    const n = 32000;
    assert.is(context.velocities.length, 3 * n);
    close(temperature, 1.44, 1e-12, 'T');
    close(potential / n, -6.7733681, single ? 2e-6 : 5e-8, 'E_pair/N');
    close((potential + kinetic) / n, -4.6134356, single ? 2e-6 : 5e-8, 'E_tot/N');
    close(pressure, -5.0197073, single ? 1e-5 : 5e-8, 'P');
    const exact = latticeSums(0.8442);
    close(potential / n, exact.energy, single ? 2e-6 : 1e-11, 'E_pair/N by lattice sums');
    // Kinetic part with 3N - 3 degrees of freedom.
    close(pressure, exact.pressure + (0.8442 * 1.44 * (n - 1)) / n, single ? 1e-5 : 1e-11, 'P by lattice sums');
  });

  test(`${platform}: 100 steps of 500 atoms from LAMMPS' velocities end where LAMMPS ends`, async () => {
    const melt = ljMelt(lammps.cells);
    const start: System = {
      ...melt,
      positions: Float64Array.from(lammps.positions),
      velocities: Float64Array.from(lammps.velocities),
    };
    const context = await compile(platform, start, nve);
    const n = melt.structure.mass.length;
    const agree = (thermo: Thermo, tolerance: number, when: string) => {
      const { potential, kinetic, pressure, temperature } = context.observe();
      close(temperature, thermo.temperature, tolerance, `${when}: T`);
      close(potential / n, thermo.pairEnergy, tolerance, `${when}: E_pair/N`);
      close((potential + kinetic) / n, thermo.totalEnergy, tolerance, `${when}: E_tot/N`);
      close(pressure, thermo.pressure, 10 * tolerance, `${when}: P`);
    };
    // The closed form is -6.7733680532529: LAMMPS adds 13 500 equal pairs one by one, which leaves 2e-12 of rounding.
    agree(lammps.step0, single ? 2e-6 : 1e-11, 'step 0');
    context.advance(100);
    // Two programs that add in another order: rounding of 1e-16, grown by chaos over half a time unit.
    agree(lammps.step100, single ? 1e-5 : 1e-11, 'step 100');
    const worst = lammps.positionsAtStep100.reduce((most, x, k) => Math.max(most, Math.abs(x - context.positions[k])), 0);
    close(worst, 0, single ? 2e-4 : 1e-11, 'largest difference of a coordinate');
    const moved = lammps.positionsAtStep100.reduce((most, x, k) => Math.max(most, Math.abs(x - lammps.positions[k])), 0);
    assert.ok(moved > 0.5, 'the atoms have not moved: the test shows nothing');
  });
}

test.run();
