/** The stage `decode`, from a scenario to its files; and the restraint that holds sites. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, openTrajectory, Registry, registerEngine, type System } from '../../../../engine/index.ts';
import type { DecodeReport } from '../../../../plugins/coarse-graining/decoding/decode.ts';
import { siteRestraint } from '../../../../plugins/coarse-graining/decoding/site-restraint.ts';
import { plugin } from '../../../../plugins/coarse-graining/index.ts';
import { md, noStack, write } from '../../../support/command.ts';
import { scratch } from '../../../support/fixtures.ts';
import { nve, particles } from '../../../support/systems.ts';

const atoms = {
  name: 'atoms',
  do: 'simulate',
  system: {
    build: 'file',
    structure: 'molecules/pentane.pdb',
    forceField: ['opls-aa-alkanes.xml'],
    nonbonded: { cutoff: 'none', coulomb: { method: 'cutoff' } },
    constraints: 'hydrogens',
  },
  dynamics: { integrator: 'langevin', timestep: '2 fs', temperature: '600 K', friction: '5 /ps' },
  run: { minimise: true, time: '10 ps' },
  output: { every: '0.05 ps' },
};
const folder = scratch();

test('decoded pentane has its bond lengths again after relaxation, and its sites where they were', async () => {
  write(folder, 'pentane.json', {
    name: 'pentane',
    seed: 3,
    stages: [
      atoms,
      { name: 'mapping', do: 'train-mapping', from: 'atoms', rule: '1:1' },
      { name: 'raw', do: 'decode', from: 'atoms', mapping: 'mapping', relax: false, frames: 40 },
      { name: 'relaxed', do: 'decode', from: 'atoms', mapping: 'mapping', frames: 40 },
      { ...atoms, name: 'other', system: { ...atoms.system, structure: 'molecules/butane.pdb' }, run: { time: '0.2 ps' } },
      { name: 'impossible', do: 'decode', from: 'other', mapping: 'mapping' },
    ],
  });
  const result = await md(folder, 'run', 'pentane.json', '--out', 'run', '--threads', '1');
  noStack(result);
  assert.is(result.code, 2);
  const refusal = /stages\[5\]\.from: its molecules have 14 particles; expected the 5 sites of "mapping", or its 17 atoms/;
  assert.match(result.err, refusal, 'other molecules are one clear error');
  const report = (stage: string) => JSON.parse(readFileSync(join(folder, 'run', stage, 'decode.json'), 'utf8')) as DecodeReport;
  const [raw, relaxed] = [report('raw'), report('relaxed')];
  assert.is(relaxed.frames, 40);
  assert.is(relaxed.notConverged, 0);
  assert.ok((raw.reconstruction?.decoded ?? 1) < (raw.reconstruction?.trained ?? 0), 'aligned is better than linear');
  // a site carries a few hundred kJ/mol/nm, held by 1e6 kJ/mol/nm^2
  assert.ok(relaxed.siteDeviation < 1e-3, `${relaxed.siteDeviation}`);
  const lengths = async (stage: string) => {
    const trajectory = await openTrajectory(join(folder, 'run', stage));
    try {
      assert.is(trajectory.length, 40);
      const found: number[] = [];
      const { structure } = trajectory;
      const { forces } = trajectory.frame(0);
      assert.is(forces === null, stage === 'raw', 'forces are of the force field, and stored where that was asked');
      // at the minimum with the sites held, what is left are the pulls on the sites, which add up to zero
      for (let k = 0; forces && k < 3; k++)
        assert.ok(Math.abs(forces.reduce((sum, f, c) => (c % 3 === k ? sum + f : sum), 0)) < 1, 'no net force');
      for (let f = 0; f < trajectory.length; f++) {
        const x = trajectory.frame(f).positions;
        for (let b = 0; b < structure.bonds.length; b += 2) {
          const [i, j] = [structure.bonds[b], structure.bonds[b + 1]];
          if (structure.element[i] !== structure.element[j])
            found.push(Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]));
        }
      }
      return found;
    } finally {
      trajectory.close();
    }
  };
  // C-H is 0.109 nm in OPLS-AA; a restraint on the centroid of a CHn stretches it a little. As decoded, turning methyls have shrunk.
  for (const length of await lengths('relaxed')) assert.ok(Math.abs(length - 0.109) < 0.006, `${length}`);
  assert.ok((await lengths('raw')).some((length) => length < 0.08));
});

test('the restraint of sites is the gradient of its energy, which vanishes at the targets', async () => {
  const registry = new Registry();
  registerEngine(registry);
  plugin.register(registry);
  const mapping = { atomsPerMolecule: 3, sites: 2, assignment: [0, 1, 0] };
  const targets = Float64Array.from({ length: 12 }, (_, c) => Math.sin(7 * c));
  const positions = Float64Array.from({ length: 18 }, (_, c) => Math.cos(3 * c + 1));
  const structure = particles(6);
  const system: System = {
    structure,
    positions,
    velocities: null,
    box: openBox,
    forces: [siteRestraint({ mapping, stiffness: 9, targets })],
  };
  const context = await registry.get('platform', 'reference').compile(system, nve, registry);
  const energyAt = (x: Float64Array) => {
    context.load({ ...context.save(), positions: x });
    return context.observe().potential;
  };
  let expected = 0;
  for (let s = 0; s < 4; s++)
    for (let k = 0; k < 3; k++) {
      const [a, b] = s % 2 === 0 ? [0, 2] : [1, 1];
      const m = 9 * Math.floor(s / 2);
      expected += 4.5 * ((positions[m + 3 * a + k] + positions[m + 3 * b + k]) / 2 - targets[3 * s + k]) ** 2;
    }
  assert.ok(Math.abs(energyAt(positions) - expected) < 1e-12 * expected);
  const forces = context.forces.slice();
  for (let c = 0; c < 18; c++) {
    // the energy is quadratic: central differences are exact but for rounding
    const [up, down] = [1e-3, -1e-3].map((d) => energyAt(positions.map((x, i) => (i === c ? x + d : x))));
    assert.ok(Math.abs((down - up) / 2e-3 - forces[c]) < 1e-8, `component ${c}`);
  }
  const there = Float64Array.from({ length: 18 }, (_, c) => {
    const atom = Math.floor(c / 3);
    return targets[3 * (2 * Math.floor(atom / 3) + mapping.assignment[atom % 3]) + (c % 3)];
  });
  assert.ok(energyAt(there) < 1e-25);
});

test.run();
