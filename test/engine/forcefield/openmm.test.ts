/** Proteins with AMBER and CHARMM force fields against OpenMM: energies by term and forces; bonds found from names, types from elements and bonds. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import type { Context } from '../../../engine/platforms/platform.ts';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import type { NonbondedSettings } from '../../../engine/system/nonbonded-settings.ts';
import { addResidueBonds } from '../../../engine/system/residue-bonds.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile } from '../../support/systems.ts';

interface Case {
  readonly energies: Readonly<Record<string, number>>;
  readonly forces: readonly number[];
}
interface Reference {
  readonly name: readonly string[];
  readonly element: readonly string[];
  readonly residue: readonly number[];
  readonly residueNames: readonly string[];
  readonly bonds: readonly (readonly [number, number])[];
  readonly positions: readonly number[];
  readonly box: readonly [number, number, number] | null;
  readonly cutoff: number;
  readonly dielectric: number;
}

const test = suite('force fields against OpenMM');

const noCutoff: NonbondedSettings = {
  cutoff: Number.POSITIVE_INFINITY,
  modifier: 'none',
  dispersionCorrection: false,
  coulomb: { method: 'cutoff' },
  excludeWithinBonds: 0,
};

/** The fixture as a structure whose bonds are derived, not read. */
function structureOf(reference: Reference) {
  const { name, element, residue, residueNames, positions } = reference;
  const box = reference.box ? orthorhombic(...reference.box) : openBox;
  const bonds = addResidueBonds({ name, element, residue, residueNames, bonds: [] }, positions, box);
  const mass = name.map(() => 1);
  return { structure: makeStructure({ units: 'md', mass, name, element, residue, residueNames, bonds }), box };
}

function read(name: string): Reference {
  return readJson<Reference>(fixture('forcefield-openmm', `${name}.json`));
}

async function run(platform: string, reference: Reference, field: string, settings: NonbondedSettings): Promise<Context> {
  const { structure, box } = structureOf(reference);
  const text = readFileSync(fixture('forcefield-openmm', field), 'utf8');
  const assigned = assignForceField([{ name: field, text }], structure, box, settings, 'forceField');
  const positions = Float64Array.from(reference.positions);
  return compile(platform, {
    structure: assigned.structure,
    positions,
    velocities: null,
    box,
    forces: assigned.forces,
  });
}

/** Root mean square of the difference over that of the forces. */
function forceError(context: Context, { forces }: Case): number {
  let [difference, size] = [0, 0];
  forces.forEach((f, k) => {
    difference += (f - context.forces[k]) ** 2;
    size += f * f;
  });
  return Math.sqrt(difference / size);
}

const sum = (context: Context, ...labels: string[]) =>
  context
    .observe()
    .terms.filter((term) => labels.includes(term.label))
    .reduce((total, term) => total + term.energy, 0);

function close(actual: number, expected: number, tolerance = 1e-5): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

test('the bonds of every fixture follow from names and distances', () => {
  for (const name of ['alanine-dipeptide', 'solvated-peptide', 'charmm-disulphide']) {
    const reference = read(name);
    const given = reference.bonds.map(([i, j]) => `${Math.min(i, j)} ${Math.max(i, j)}`).sort();
    const { bonds } = structureOf(reference).structure;
    const found = Array.from({ length: bonds.length / 2 }, (_, b) => `${bonds[2 * b]} ${bonds[2 * b + 1]}`).sort();
    assert.equal(found, given, name);
  }
});

// Both compute in double precision; single-precision pair forces of the wasm platform are rounded at 1e-7 a pair.
for (const [platform, tolerance] of [
  ['reference', 1e-9],
  ['wasm double', 1e-9],
  ['wasm', 3e-5],
] as const) {
  const energyTolerance = platform === 'wasm' ? 0.05 : 1e-5;

  test(`${platform}: alanine dipeptide with AMBER99SB-ILDN`, async () => {
    const reference = read('alanine-dipeptide') as Reference & { noCutoff: Case };
    const context = await run(platform, reference, 'amber99sbildn-dipeptide.xml', noCutoff);
    const { energies } = reference.noCutoff;
    close(sum(context, 'harmonic-bond'), energies.HarmonicBondForce);
    close(sum(context, 'harmonic-angle'), energies.HarmonicAngleForce);
    close(sum(context, 'periodic-torsion'), energies.PeriodicTorsionForce);
    close(sum(context, 'lennard-jones'), energies.NonbondedForce, energyTolerance);
    close(sum(context, 'pairs-1-4'), energies.pairs14);
    assert.ok(forceError(context, reference.noCutoff) < tolerance, `${forceError(context, reference.noCutoff)}`);
  });

  test(`${platform}: a solvated peptide with ions, AMBER14 and TIP3P, reaction field`, async () => {
    const reference = read('solvated-peptide') as Reference & { reactionField: Case };
    const { cutoff, dielectric } = reference;
    const context = await run(platform, reference, 'amber14-peptide.xml', {
      ...noCutoff,
      cutoff,
      coulomb: { method: 'reaction-field', dielectric },
    });
    const { energies } = reference.reactionField;
    close(sum(context, 'harmonic-bond'), energies.HarmonicBondForce);
    close(sum(context, 'harmonic-angle'), energies.HarmonicAngleForce);
    close(sum(context, 'periodic-torsion'), energies.PeriodicTorsionForce);
    close(sum(context, 'lennard-jones'), energies.NonbondedForce, energyTolerance);
    close(sum(context, 'pairs-1-4'), energies.pairs14);
    assert.ok(forceError(context, reference.reactionField) < tolerance, `${forceError(context, reference.reactionField)}`);
  });

  test(`${platform}: two peptides joined by a disulphide patch, with ions, CHARMM36`, async () => {
    const reference = read('charmm-disulphide') as Reference & { noCutoff: Case };
    const context = await run(platform, reference, 'charmm36-disulphide.xml', noCutoff);
    const { energies } = reference.noCutoff;
    // OpenMM keeps Urey-Bradley terms among the bonds.
    close(sum(context, 'harmonic-bond', 'urey-bradley'), energies.HarmonicBondForce);
    close(sum(context, 'harmonic-angle'), energies.HarmonicAngleForce);
    close(sum(context, 'periodic-torsion'), energies.PeriodicTorsionForce);
    close(sum(context, 'custom-torsion'), energies.CustomTorsionForce);
    close(sum(context, 'cmap-torsion'), energies.CMAPTorsionForce);
    close(sum(context, 'lennard-jones'), energies.NonbondedForce + energies.LennardJones, energyTolerance);
    close(sum(context, 'pairs-1-4'), energies.pairs14 + energies.LennardJones14);
    assert.ok(forceError(context, reference.noCutoff) < tolerance, `${forceError(context, reference.noCutoff)}`);
  });
}

test('Ewald summation of the solvated peptide agrees with OpenMM within its tolerance', async () => {
  const reference = read('solvated-peptide') as Reference & { ewald: Case };
  const context = await run('reference', reference, 'amber14-peptide.xml', {
    ...noCutoff,
    cutoff: reference.cutoff,
    coulomb: { method: 'ewald', tolerance: 1e-8 },
  });
  close(context.observe().potential, reference.ewald.energies.total, 1e-3);
  assert.ok(forceError(context, reference.ewald) < 1e-6, `${forceError(context, reference.ewald)}`);
});

test.run();
