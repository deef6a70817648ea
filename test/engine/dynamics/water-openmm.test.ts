/** Rigid water of three and four sites against OpenMM's Reference platform: energies, and positions after 100 steps of velocity Verlet. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NonbondedForce } from '../../../engine/forces/description.ts';
import { orthorhombic } from '../../../engine/system/box.ts';
import type { Constraints } from '../../../engine/system/constraints.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile, nve } from '../../support/systems.ts';
import { waterBox } from '../../support/water.ts';

interface Run {
  readonly edge: number;
  readonly cutoff: number;
  readonly timestep: number;
  readonly start: { positions: number[]; velocities: number[]; potential: number; kinetic: number };
  readonly end: { positions: number[]; potential: number };
}

const runs = readJson<Record<'three' | 'four', Run>>(fixture('constraints', 'water-openmm.json'));

for (const platform of ['reference', 'wasm double']) {
  for (const sites of ['three', 'four'] as const) {
    test(`${platform}: water of ${sites} sites moves as in OpenMM`, async () => {
      const { edge, cutoff, timestep, start, end } = runs[sites];
      const water = waterBox(4, { fourSites: sites === 'four', cutoff });
      const [nonbonded] = water.forces as readonly NonbondedForce[];
      const { atoms, lengths } = water.constraints as Constraints;
      const system = {
        ...water,
        positions: Float64Array.from(start.positions),
        velocities: Float64Array.from(start.velocities),
        box: orthorhombic(edge, edge, edge),
        // OpenMM 7.7 keeps the lengths that SETTLE is given in single precision.
        constraints: { atoms, lengths: lengths.map(Math.fround) },
        forces: [{ ...nonbonded, coulomb: { method: 'reaction-field', dielectric: 78.3 } }],
      };
      const context = await compile(platform, system, { ...nve, timestep, removeCenterOfMass: 0 });
      const before = context.observe();
      assert.ok(Math.abs(before.potential - start.potential) < 1e-9, `potential ${before.potential}, OpenMM ${start.potential}`);
      assert.ok(Math.abs(before.kinetic - start.kinetic) < 1e-8, `kinetic ${before.kinetic}, OpenMM ${start.kinetic}`);
      context.advance(100);
      const after = context.observe();
      let worst = 0;
      context.positions.forEach((x, k) => {
        worst = Math.max(worst, Math.abs(x - end.positions[k]));
      });
      assert.ok(worst < 1e-10, `positions differ by up to ${worst} nm`);
      assert.ok(Math.abs(after.potential - end.potential) < 1e-7, `potential ${after.potential}, OpenMM ${end.potential}`);
    });
  }
}

test.run();
