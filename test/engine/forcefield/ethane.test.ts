/** Liquid ethane with OPLS-AA against two other engines, which were given the paper's parameters by hand. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { registerEngine } from '../../../engine/builtin.ts';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import { type Context, Registry } from '../../../engine/index.ts';
import { orthorhombic } from '../../../engine/system/box.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import type { NonbondedSettings } from '../../../engine/system/nonbonded-settings.ts';
import { concatenate } from '../../../engine/system/structure.ts';
import { shipped } from '../../support/assemblies.ts';
import { fixture, readJson } from '../../support/fixtures.ts';

interface OpenmmCase {
  readonly energies: Readonly<
    Record<'bonds' | 'angles' | 'torsions' | 'lennardJones' | 'reactionField' | 'pairs14' | 'total', number>
  >;
  readonly forces: readonly number[];
}
interface OpenmmReference {
  readonly box: readonly [number, number, number];
  readonly cutoff: number;
  readonly dielectric: number;
  readonly switchDistance: number;
  readonly positions: readonly number[];
  readonly truncated: OpenmmCase;
  readonly switched: OpenmmCase;
}
interface GromacsReference {
  readonly charged: Readonly<Record<string, number>>;
  readonly uncharged: Readonly<Record<string, number>>;
  /** Bonded and Lennard-Jones forces of the uncharged system without 1-4 pairs. */
  readonly forcesWithoutPairs14: readonly number[];
}

const test = suite('ethane against OpenMM and GROMACS');
const registry = new Registry();
registerEngine(registry);
const openmm = readJson<OpenmmReference>(fixture('ethane-openmm', 'reference.json'));
const gromacs = readJson<GromacsReference>(fixture('ethane-gromacs', 'reference.json'));

async function compile(nonbonded: Partial<NonbondedSettings>, { charged = true, pairs14 = true } = {}): Promise<Context> {
  const one = readStructure(shipped('molecules/ethane.pdb'), 'ethane.pdb', { units: 'md', bonds: 'file' }).structure;
  const box = orthorhombic(...openmm.box);
  const coulomb = charged ? { method: 'reaction-field', dielectric: openmm.dielectric } : null;
  const field = [{ name: 'opls-aa-alkanes.xml', text: shipped('opls-aa-alkanes.xml') }];
  const plain = { cutoff: openmm.cutoff, modifier: 'none', dispersionCorrection: false, excludeWithinBonds: 0 } as const;
  const settings: NonbondedSettings = { ...plain, coulomb, ...nonbonded };
  const { structure, forces } = assignForceField(field, concatenate(new Array(64).fill(one)), box, settings, 'forceField');
  const system = {
    structure,
    positions: Float64Array.from(openmm.positions),
    velocities: null,
    box,
    forces: forces.filter((force) => pairs14 || force.kind !== 'pair-list'),
  };
  const dynamics = {
    integrator: 'velocity-verlet',
    timestep: 0.001,
    settings: {},
    thermostat: null,
    removeCenterOfMass: 0,
    seed: 1,
  };
  return registry.get('platform', 'reference').compile(system, dynamics, registry);
}

const energy = (context: Context, label: string) =>
  context.observe().terms.find((term) => term.label === label)?.energy ?? Number.NaN;
const close = (a: number, b: number, tolerance: number) =>
  assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b} within ${tolerance}`);
const worst = (context: Context, forces: readonly number[]) =>
  forces.reduce((most, f, k) => Math.max(most, Math.abs(f - context.forces[k])), 0);

for (const name of ['truncated', 'switched'] as const) {
  test(`energies by term and forces agree with OpenMM's Reference platform, Lennard-Jones ${name}`, async () => {
    const context = await compile(name === 'switched' ? { modifier: 'switch', switchDistance: openmm.switchDistance } : {});
    const { energies, forces } = openmm[name];
    // Both compute in double precision: what is left is rounding, and OpenMM's rounded Coulomb constant.
    close(energy(context, 'harmonic-bond'), energies.bonds, 1e-9);
    close(energy(context, 'harmonic-angle'), energies.angles, 1e-9);
    close(energy(context, 'rb-torsion'), energies.torsions, 1e-9);
    close(energy(context, 'lennard-jones'), energies.lennardJones + energies.reactionField, 1e-7);
    close(energy(context, 'pairs-1-4'), energies.pairs14, 1e-7);
    close(context.observe().potential, energies.total, 1e-7);
    assert.is(forces.length, 1536);
    close(worst(context, forces), 0, 1e-7);
  });
}

test('a shifted Lennard-Jones potential and the bonded terms agree with GROMACS in double precision', async () => {
  const context = await compile({ modifier: 'shift' }, { charged: false });
  const energies = gromacs.uncharged;
  close(energy(context, 'harmonic-bond'), energies.Bond, 1e-9);
  close(energy(context, 'harmonic-angle'), energies.Angle, 1e-9);
  close(energy(context, 'rb-torsion'), energies['Ryckaert-Bell.'], 1e-9);
  close(energy(context, 'lennard-jones'), energies['LJ (SR)'], 1e-9);
  // GROMACS interpolates 1-4 interactions in a table where it computes energies: about eight digits.
  close(energy(context, 'pairs-1-4'), energies['LJ-14'], 1e-6);
  const withoutPairs = await compile({ modifier: 'shift' }, { charged: false, pairs14: false });
  assert.is(gromacs.forcesWithoutPairs14.length, 1536);
  close(worst(withoutPairs, gromacs.forcesWithoutPairs14), 0, 1e-8);
});

test("scaled 1-4 charges agree with GROMACS' Coulomb-14", async () => {
  const charged = await compile({ modifier: 'shift' });
  // GROMACS' Coulomb constant has fewer digits: 138.935458.
  close(energy(charged, 'pairs-1-4'), gromacs.charged['LJ-14'] + gromacs.charged['Coulomb-14'], 1e-5);
});

test('the GRO file that GROMACS read gives the same system', () => {
  const { positions } = readStructure(readFileSync(fixture('ethane-gromacs', 'ethane.gro'), 'utf8'), 'ethane.gro', {
    units: 'md',
    bonds: 'guess',
  });
  assert.is(positions.length, openmm.positions.length);
});

test.run();
