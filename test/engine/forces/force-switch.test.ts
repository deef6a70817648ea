/** The force switch against the closed form of GROMACS' manual, power by power of r. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox } from '../../../engine/system/box.ts';
import { compile, nve, particles, platforms, system } from '../../support/systems.ts';

const [sigma, epsilon, r1, rc] = [0.34, 0.996, 0.9, 1.2];

/** Potential and force of 1/r^alpha, switched: "modified non-bonded interactions" in the manual. */
function power(alpha: number, r: number): { readonly energy: number; readonly force: number } {
  const range = rc - r1;
  const a = (-alpha * ((alpha + 4) * rc - (alpha + 1) * r1)) / (rc ** (alpha + 2) * range ** 2);
  const b = (alpha * ((alpha + 3) * rc - (alpha + 1) * r1)) / (rc ** (alpha + 2) * range ** 3);
  const c = 1 / rc ** alpha - (a / 3) * range ** 3 - (b / 4) * range ** 4;
  const x = Math.max(0, r - r1);
  return {
    energy: 1 / r ** alpha - (a / 3) * x ** 3 - (b / 4) * x ** 4 - c,
    force: alpha / r ** (alpha + 1) + a * x ** 2 + b * x ** 3,
  };
}

for (const platform of platforms) {
  test(`${platform}: a force-switched pair has the energy and force of GROMACS' formula`, async () => {
    for (const r of [0.36, 0.7, 0.899, 0.95, 1.1, 1.19, 1.21]) {
      const pair = {
        kind: 'nonbonded' as const,
        cutoff: rc,
        pair: {
          term: 'lennard-jones',
          parameters: Float64Array.of(sigma, epsilon),
          width: 2,
          modifier: 'force-switch' as const,
          switchDistance: r1,
        },
        coulomb: null,
        exclusions: new Int32Array(0),
      };
      const context = await compile(platform, system(particles(2), Float64Array.of(0, 0, 0, r, 0, 0), openBox, [pair]), nve);
      const [repulsion, attraction] = [power(12, r), power(6, r)];
      const c12 = 4 * epsilon * sigma ** 12;
      const c6 = 4 * epsilon * sigma ** 6;
      const energy = r < rc ? c12 * repulsion.energy - c6 * attraction.energy : 0;
      const force = r < rc ? c12 * repulsion.force - c6 * attraction.force : 0;
      const tolerance = platform === 'wasm' ? 2e-6 : 1e-10;
      assert.ok(
        Math.abs(context.observe().potential - energy) < tolerance,
        `energy at ${r}: ${context.observe().potential}, not ${energy}`,
      );
      assert.ok(
        Math.abs(context.forces[3] - force) < tolerance * Math.max(1, Math.abs(force)),
        `force at ${r}: ${context.forces[3]}, not ${force}`,
      );
    }
  });
}

test.run();
