/** Molecules with the shipped force fields against OpenMM's Reference platform, which reads the same files. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import { loadForceField } from '../../../engine/forcefield/include.ts';
import type { Box, Structure, System } from '../../../engine/index.ts';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import type { NonbondedSettings } from '../../../engine/system/nonbonded-settings.ts';
import { concatenate } from '../../../engine/system/structure.ts';
import { shipped } from '../../support/assemblies.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile, platforms, system } from '../../support/systems.ts';

interface Reference {
  readonly fields: readonly string[];
  readonly energies: Readonly<Record<string, number>>;
  readonly positions: readonly number[];
  readonly forces: readonly number[];
  readonly box?: readonly [number, number, number];
  readonly cutoff?: number;
  readonly switchDistance?: number;
  readonly dielectric?: number;
}

const test = suite('molecules against OpenMM');

/** Our labels of what OpenMM's force groups hold; the pair term carries the Coulomb energy too. */
const labels: Readonly<Record<string, string>> = {
  bonds: 'harmonic-bond',
  angles: 'harmonic-angle',
  periodicTorsions: 'periodic-torsion',
  rbTorsions: 'rb-torsion',
  nonbonded: 'lennard-jones',
  pairs14: 'pairs-1-4',
};

function structureOf(name: string): Structure {
  const text = name === 'villin' ? readFileSync(fixture('forcefield', 'villin.pdb'), 'utf8') : shipped(`molecules/${name}.pdb`);
  const { structure } = readStructure(text, `${name}.pdb`, { units: 'md', bonds: 'file' });
  return name === 'hexane' ? concatenate(new Array(27).fill(structure)) : structure;
}

async function build(name: string, reference: Reference): Promise<System> {
  const { box: edges, cutoff = 0, switchDistance = 0, dielectric = 0 } = reference;
  const box: Box = edges ? orthorhombic(...edges) : openBox;
  const nonbonded: NonbondedSettings = edges
    ? {
        cutoff,
        modifier: 'switch',
        switchDistance,
        dispersionCorrection: false,
        coulomb: { method: 'reaction-field', dielectric },
        excludeWithinBonds: 0,
      }
    : { cutoff: Number.POSITIVE_INFINITY, modifier: 'none', coulomb: { method: 'cutoff' }, excludeWithinBonds: 0 };
  const fields = await loadForceField(reference.fields, async (file) => shipped(file));
  const { structure, forces } = assignForceField(fields, structureOf(name), box, nonbonded, 'forceField');
  return system(structure, Float64Array.from(reference.positions), box, forces);
}

function relativeError(ours: ArrayLike<number>, theirs: readonly number[]): number {
  const square = theirs.reduce((sum, f) => sum + f * f, 0);
  return Math.sqrt(theirs.reduce((sum, f, k) => sum + (f - ours[k]) ** 2, 0) / square);
}

for (const name of ['aniline', 'ortho-terphenyl', 'tetracosane', 'hexane', 'alanine-dipeptide', 'villin'])
  for (const platform of platforms)
    test(`${name}: energies by term and forces, platform ${platform}`, async () => {
      const reference = readJson<Reference>(fixture('forcefield', `${name}.json`));
      const context = await compile(platform, await build(name, reference));
      const { terms, potential } = context.observe();
      // Sums of 10^5 pairs in another order; single precision of pair forces shows where those are summed in it.
      const tolerance = platform !== 'wasm' ? 1e-5 : 2e-6 * Math.abs(reference.energies.nonbonded) + 1e-3;
      for (const [group, energy] of Object.entries(reference.energies)) {
        const ours = group === 'total' ? potential : (terms.find((term) => term.label === labels[group])?.energy ?? 0);
        assert.ok(Math.abs(ours - energy) < tolerance, `${group}: ${ours} and ${energy}`);
      }
      const error = relativeError(context.forces, reference.forces);
      assert.ok(error < (platform !== 'wasm' ? 1e-6 : 3e-5), `forces differ by ${error}`);
    });

test.run();
