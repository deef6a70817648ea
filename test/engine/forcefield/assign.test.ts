import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import type { BondedForce, ForceDescription, NonbondedForce, PairListForce } from '../../../engine/forces/description.ts';
import { type Box, openBox, orthorhombic } from '../../../engine/system/box.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import type { NonbondedSettings } from '../../../engine/system/nonbonded-settings.ts';
import { addResidueBonds } from '../../../engine/system/residue-bonds.ts';
import { concatenate, makeStructure } from '../../../engine/system/structure.ts';
import type { Structure } from '../../../engine/system/system.ts';
import { inputError, shipped } from '../../support/assemblies.ts';

const test = suite('force-field assignment');

const opls = shipped('opls-aa-alkanes.xml');
const nonbonded: NonbondedSettings = {
  cutoff: 0.75,
  modifier: 'shift',
  coulomb: { method: 'reaction-field', dielectric: 78.3 },
  excludeWithinBonds: 0,
};
const molecule = (name: string): Structure =>
  readStructure(shipped(`molecules/${name}.pdb`), `${name}.pdb`, { units: 'md', bonds: 'file' }).structure;
const assign = (structure: Structure, text = opls, box: Box = openBox, settings = nonbonded) =>
  assignForceField([{ name: 'field.xml', text }], structure, box, settings, 'system.forceField');
const bonded = (forces: readonly ForceDescription[], term: string) =>
  forces.find((f): f is BondedForce => f.kind === 'bonded' && f.term === term);
const pairs = (forces: readonly ForceDescription[]) => forces.find((f): f is NonbondedForce => f.kind === 'nonbonded');
const pairList = (forces: readonly ForceDescription[]) => forces.find((f): f is PairListForce => f.kind === 'pair-list');
const close = (a: number | undefined, b: number, tolerance = 1e-12) =>
  assert.ok(Math.abs((a ?? Number.NaN) - b) <= tolerance, `${a} is not ${b}`);

test('an ethane molecule has 7 bonds, 12 angles, 9 torsions, 9 1-4 pairs, 19 exclusions left and no charge', () => {
  const { structure, forces } = assign(concatenate([molecule('ethane'), molecule('ethane')]));
  assert.is(bonded(forces, 'harmonic-bond')?.atoms.length, 2 * 7 * 2);
  assert.is(bonded(forces, 'harmonic-angle')?.atoms.length, 2 * 12 * 3);
  assert.is(bonded(forces, 'rb-torsion')?.atoms.length, 2 * 9 * 4);
  assert.is(pairList(forces)?.atoms.length, 2 * 9 * 2);
  // All 28 pairs of a molecule are excluded from the pair loop: 7 bonded, 12 over an angle, 9 over a torsion.
  assert.is(pairs(forces)?.exclusions.length, 2 * 28 * 2);
  close(
    structure.charge.reduce((sum, q) => sum + q, 0),
    0,
  );
  assert.equal(structure.typeNames, ['CT-CH3', 'HC']);
});

test('the later torsions of alkanes go before those of the paper, and nothing else changes', () => {
  const later = 'opls-aa-alkanes-later-torsions.xml';
  const files = [later, 'opls-aa-alkanes.xml'].map((name) => ({ name, text: shipped(name) }));
  const hexane = molecule('hexane');
  const now = assignForceField(files, hexane, openBox, nonbonded, 'system.forceField').forces;
  const before = assign(hexane).forces;
  for (const term of ['harmonic-bond', 'harmonic-angle']) assert.equal(bonded(now, term), bonded(before, term));
  assert.equal(pairs(now), pairs(before));
  assert.equal(pairList(now), pairList(before));
  const torsions = bonded(now, 'rb-torsion');
  const transAndGauche = (c: readonly number[]) =>
    [1, -0.5].map((cosPsi) => c.reduce((sum, value, n) => sum + value * cosPsi ** n, 0));
  let carbons = 0;
  for (let t = 0; t < (torsions?.atoms.length ?? 0) / 4; t++) {
    const atoms = [...(torsions?.atoms.slice(4 * t, 4 * t + 4) ?? [])];
    const [trans, gauche] = transAndGauche([...(torsions?.parameters.slice(6 * t, 6 * t + 6) ?? [])]);
    if (atoms.some((i) => hexane.mass[i] < 2)) continue;
    carbons++;
    close(trans, 0, 1e-9);
    // phi = 60 degrees, V1/2 (1 + 1/2) + V2/2 (1 + 1/2) with 1.3 and -0.05 kcal/mol; V3 has its minimum there.
    close(gauche, 0.75 * (1.3 - 0.05) * 4.184, 1e-9);
  }
  assert.is(carbons, 3);
});

test('ethane has the parameters of the paper, in kJ/mol and nm', () => {
  const { forces } = assign(molecule('ethane'));
  const bonds = bonded(forces, 'harmonic-bond');
  const cc = Array.from({ length: 7 }, (_, b) => b).find((b) => bonds?.atoms[2 * b] === 0 && bonds?.atoms[2 * b + 1] === 4) ?? -1;
  close(bonds?.parameters[2 * cc], 0.1529);
  close(bonds?.parameters[2 * cc + 1], 2 * 268 * 4.184 * 100, 1e-9);
  // V3 = 0.318 kcal/mol: V3/2 (1 + cos 3 phi) is V3 at phi = 0 (psi = 180 degrees) and 0 at phi = 60 degrees (cos psi = -1/2).
  const c = [...(bonded(forces, 'rb-torsion')?.parameters.slice(0, 6) ?? [])];
  const energy = (cosPsi: number) => c.reduce((sum, value, n) => sum + value * cosPsi ** n, 0);
  close(energy(-1), 0.318 * 4.184, 1e-9);
  close(energy(-0.5), 0, 1e-9);
  const { sigma, epsilon } = { sigma: pairs(forces)?.pair?.parameters[2], epsilon: pairs(forces)?.pair?.parameters[3] };
  close(sigma, Math.sqrt(0.35 * 0.25));
  close(epsilon, Math.sqrt(0.066 * 0.03) * 4.184);
  assert.equal(
    [...(pairList(forces)?.parameters.slice(0, 3) ?? [])].map((x) => Number(x.toFixed(12))),
    [0.25, 0.5 * 0.12552, 0.5 * 0.06 * 0.06],
  );
});

for (const [name, carbons] of [
  ['methane', 1],
  ['propane', 3],
  ['butane', 4],
  ['hexane', 6],
  ['octane', 8],
  ['tetracosane', 24],
] as const) {
  test(`${name} is neutral and has every bond, angle and torsion that counting predicts`, () => {
    const { structure, forces } = assign(molecule(name));
    close(
      structure.charge.reduce((sum, q) => sum + q, 0),
      0,
    );
    assert.is(structure.mass.length, 3 * carbons + 2);
    assert.is(bonded(forces, 'harmonic-bond')?.atoms.length, 2 * (3 * carbons + 1));
    // Every carbon has four neighbours: six angles; every C-C bond nine torsions.
    assert.is(bonded(forces, 'harmonic-angle')?.atoms.length, 3 * 6 * carbons);
    assert.is(bonded(forces, 'rb-torsion')?.atoms.length ?? 0, 4 * 9 * (carbons - 1));
  });
}

test('templates match by elements and bonds: names and order do not matter', () => {
  const shuffled = makeStructure({
    units: 'md',
    mass: [1, 12, 1, 1, 12, 1, 1, 1],
    element: ['H', 'C', 'H', 'H', 'C', 'H', 'H', 'H'],
    name: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    bonds: [0, 1, 1, 2, 1, 4, 3, 4, 4, 5, 4, 6, 1, 7],
  });
  const { structure } = assign(shuffled);
  assert.equal([...structure.charge], [0.06, -0.18, 0.06, 0.06, -0.18, 0.06, 0.06, 0.06]);
  assert.is(structure.mass[1], 12.011);
});

test('a residue without template says which come nearest and what differs', async () => {
  const broken = shipped('molecules/ethane.pdb')
    .split('\n')
    .filter((line) => !line.startsWith('HETATM    8') && !line.startsWith('CONECT    8'))
    .join('\n')
    .replace('    6    7    8', '    6    7');
  const { structure } = readStructure(broken, 'radical.pdb', { units: 'md', bonds: 'file' });
  const message = await inputError(() => assign(structure));
  assert.match(
    message,
    /^system\.forceField: no template of the force field fits residue 0 \(ETH, beginning with particle 0 \(C1 of ETH 0\)\) with 2 C, 5 H, 6 bonds/,
  );
  assert.match(
    message,
    /Nearest: "ethane" \(1 H missing here: H6, it has 7 bonds instead of 6\).* Hydrogens are missing: add them$/,
  );
});

test('of the templates that do not fit a residue, those of its name come first', async () => {
  const methyl = ['13  HB1', '14  HB2'].map((serial) => `HETATM   ${serial}`);
  const broken = shipped('molecules/alanine-dipeptide.pdb')
    .split('\n')
    .filter((line) => !methyl.some((start) => line.startsWith(start)) && !line.startsWith('CONECT'))
    .join('\n');
  const { structure, positions } = readStructure(broken, 'broken.pdb', { units: 'md', bonds: 'file' });
  const bonds = addResidueBonds(structure, positions, openBox);
  const message = await inputError(() => assign({ ...structure, bonds }, shipped('amber99sb-ildn.xml')));
  // Glycine has fewer differences: one carbon and one bond.
  assert.match(message, /Nearest: "ALA" \(2 H missing here: HB1 HB2, it has 9 bonds instead of 7\)/);
});

test('a missing bond parameter names the types and the particles', async () => {
  const message = await inputError(() => assign(molecule('ethane'), opls.replace(/<Bond class1="CT" class2="CT".*\/>/, '')));
  assert.match(
    message,
    /no bond parameters for types CT-CH3 - CT-CH3 \(classes CT - CT\), needed for particles 0 \(C1 of ETH 0\), 4 \(C2 of ETH 0\); add them to <HarmonicBondForce>/,
  );
});

test('missing angle, torsion and non-bonded parameters are errors too', async () => {
  assert.match(
    await inputError(() => assign(molecule('ethane'), opls.replace(/<Angle class1="HC".*\/>/, ''))),
    /no angle parameters for types HC - CT-CH3 - HC/,
  );
  assert.match(
    await inputError(() => assign(molecule('ethane'), opls.replace(/<Proper class1="HC".*\/>/, ''))),
    /no torsion parameters for types HC - CT-CH3 - CT-CH3 - HC .* add them to <RBTorsionForce>/,
  );
  assert.match(
    await inputError(() => assign(molecule('ethane'), opls.replace(/<Atom type="HC" charge.*\/>/, ''))),
    /no non-bonded parameters for type "HC" .* particle 1 \(H1 of ETH 0\)/,
  );
});

test('a periodic box needs a cut-off, and units must agree', async () => {
  const unlimited = { ...nonbonded, cutoff: Number.POSITIVE_INFINITY };
  assert.match(
    await inputError(() => assign(molecule('ethane'), opls, orthorhombic(3, 3, 3), unlimited)),
    /in a periodic box need a cut-off/,
  );
  assert.match(
    await inputError(() => assign(molecule('ethane'), shipped('kremer-grest.xml'))),
    /the force field is in lj units, but the system in md units/,
  );
});

test('without a Coulomb method charges do not interact, in 1-4 pairs neither', () => {
  const { forces } = assign(molecule('ethane'), opls, openBox, { ...nonbonded, coulomb: null });
  assert.is(pairs(forces)?.coulomb, null);
  pairList(forces)?.parameters.forEach((value, k) => {
    if (k % 3 === 2) assert.is(value, 0);
  });
});

const beads = (n: number, ring: boolean, mass = 1) =>
  makeStructure({
    units: 'lj',
    mass: new Float64Array(n).fill(mass),
    residue: Int32Array.from({ length: n }, (_, i) => i),
    bonds: Array.from({ length: ring ? n : n - 1 }, (_, i) => [i, (i + 1) % n]).flat(),
  });

test('Kremer-Grest rings and chains have FENE bonds, and bonded beads repel each other', () => {
  const kremerGrest = shipped('kremer-grest.xml');
  for (const ring of [true, false]) {
    const { structure, forces } = assign(beads(70, ring), kremerGrest, openBox, {
      ...nonbonded,
      cutoff: Number.POSITIVE_INFINITY,
    });
    assert.equal(structure.typeNames, ['bead']);
    assert.is(bonded(forces, 'fene-bond')?.atoms.length, 2 * (ring ? 70 : 69));
    assert.equal([...(bonded(forces, 'fene-bond')?.parameters.slice(0, 2) ?? [])], [30, 1.5]);
    assert.is(pairs(forces)?.pair?.term, 'wca');
    close(pairs(forces)?.cutoff, 2 ** (1 / 6), 1e-15);
    assert.is(pairs(forces)?.exclusions.length, 0);
    assert.is(forces.length, 2);
  }
});

test('a bead whose mass is not that of the field is refused rather than changed', async () => {
  assert.match(
    await inputError(() => assign(beads(5, true, 2), shipped('kremer-grest.xml'))),
    /particle 0 \(particle of MOL 0\) has mass 2, but 1 in the force field/,
  );
});

test.run();
