/** What force-field files may hold beyond plain terms: patches, virtual sites, orders of impropers, custom energies, includes; and what is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import { engineExpression } from '../../../engine/forcefield/expressions.ts';
import { loadForceField } from '../../../engine/forcefield/include.ts';
import type { BondedForce, NonbondedForce, PairListForce } from '../../../engine/forces/description.ts';
import { compileExpression } from '../../../engine/math/expression.ts';
import { openBox } from '../../../engine/system/box.ts';
import { makeStructure, type StructureParts } from '../../../engine/system/structure.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('ffxml features');

const settings = {
  cutoff: Number.POSITIVE_INFINITY,
  modifier: 'none',
  coulomb: { method: 'cutoff' },
  excludeWithinBonds: 0,
} as const;

const assign = (xml: string, parts: Omit<StructureParts, 'units' | 'mass'>) => {
  const mass = (parts.element ?? []).map((symbol) => (symbol === '' ? 0 : 1));
  return assignForceField(
    [{ name: 'f.xml', text: xml }],
    makeStructure({ units: 'md', mass, ...parts }),
    openBox,
    settings,
    'field',
  );
};

const types = `<AtomTypes>
  <Type name="o" class="O" element="O" mass="16"/><Type name="c" class="C" element="C" mass="12"/>
  <Type name="h" class="H" element="H" mass="1"/><Type name="n" class="N" element="N" mass="14"/>
  <Type name="s" class="S" element="S" mass="32"/><Type name="m" class="M" mass="0"/>
</AtomTypes>`;
const anyBond = '<HarmonicBondForce><Bond class1="" class2="" length="0.1" k="1"/></HarmonicBondForce>';
const scales = 'coulomb14scale="0.5" lj14scale="0.5"';

/** Water with two sites: one in the plane, one above it. */
const water = `<ForceField>${types}<Residues><Residue name="HOH">
  <Atom name="O" type="o" charge="0"/><Atom name="H1" type="h" charge="0.5"/><Atom name="H2" type="h" charge="0.5"/>
  <Atom name="M" type="m" charge="-0.6"/><Atom name="L" type="m" charge="-0.4"/>
  <VirtualSite type="average3" siteName="M" atomName1="O" atomName2="H1" atomName3="H2" weight1="0.8" weight2="0.1" weight3="0.1"/>
  <VirtualSite type="outOfPlane" index="4" atom1="0" atom2="1" atom3="2" weight12="0.2" weight13="0.2" weightCross="3"/>
  <Bond from="0" to="1"/><Bond from="0" to="2"/>
</Residue></Residues>${anyBond}
<NonbondedForce ${scales}><UseAttributeFromResidue name="charge"/><Atom type="o" sigma="0.3" epsilon="1"/>
<Atom class="H" sigma="1" epsilon="0"/><Atom class="M" sigma="1" epsilon="0"/></NonbondedForce></ForceField>`;

test('virtual sites belong to the molecule of their atoms and share the exclusions of the atom beside them', () => {
  // Atoms in another order than in the template.
  const { structure, forces, virtualSites } = assign(water, {
    element: ['H', 'O', '', 'H', ''],
    bonds: [0, 1, 1, 3],
    residue: [0, 0, 0, 0, 0],
    residueNames: ['HOH'],
    molecule: [0, 0, 1, 2, 3],
  });
  assert.equal(virtualSites, [
    { kind: 'average3', site: 2, parents: [1, 0, 3], weights: [0.8, 0.1, 0.1] },
    { kind: 'outOfPlane', site: 4, parents: [1, 0, 3], weights: [0.2, 0.2, 3] },
  ]);
  assert.equal([...structure.molecule], [0, 0, 0, 0, 0]);
  assert.equal([...structure.mass], [1, 16, 0, 1, 0]);
  assert.equal([...structure.charge], [0.5, 0, -0.6, 0.5, -0.4]);
  const pairs = forces.find((force): force is NonbondedForce => force.kind === 'nonbonded');
  assert.is(pairs?.exclusions.length, 20, 'all ten pairs of the five particles');
});

test('a structure without the sites of its template is told so, and so is one that has no hydrogens', async () => {
  const dry = (element: string[], bonds: number[]) => inputError(() => assign(water, { element, bonds, residueNames: ['HOH'] }));
  assert.match(
    await dry(['O', 'H', 'H'], [0, 1, 0, 2]),
    /"HOH" \(2 particle missing here.*The virtual sites of this template are missing/,
  );
  const methanol = `<ForceField>${types}<Residues><Residue name="MOH"><Atom name="C" type="c"/><Atom name="H1" type="h"/><Bond from="0" to="1"/></Residue></Residues></ForceField>`;
  assert.match(
    await inputError(() => assign(methanol, { element: ['C'], name: ['C'] })),
    /"MOH" \(it has 1 bond instead of 0, 1 H missing here: H1\).*The structure has no hydrogens here: add them/,
  );
});

/** S-H, which a patch of two joins to S-S, and one of one makes S-O. */
const thiol = `<ForceField>${types}<Residues><Residue name="SH"><Atom name="C" type="c" charge="0.1"/><Atom name="S" type="s" charge="-0.2"/>
  <Atom name="H" type="h" charge="0.1"/><Bond from="0" to="1"/><Bond from="1" to="2"/><AllowPatch name="OXID"/></Residue></Residues>
<Patches><Patch name="BRIDGE" residues="2"><RemoveAtom name="1:H"/><RemoveAtom name="2:H"/><ChangeAtom name="1:S" type="s" charge="-0.1"/>
  <ChangeAtom name="2:S" type="s" charge="-0.1"/><AddBond atomName1="1:S" atomName2="2:S"/><ApplyToResidue name="1:SH"/>
  <ApplyToResidue name="2:SH"/></Patch>
<Patch name="OXID"><RemoveAtom name="H"/><AddAtom name="O" type="o" charge="0.1"/><AddBond atomName1="S" atomName2="O"/></Patch></Patches>
${anyBond}<NonbondedForce ${scales}><UseAttributeFromResidue name="charge"/><Atom type="" sigma="1" epsilon="0"/></NonbondedForce></ForceField>`;

test('patches of one residue and of two change what templates fit', () => {
  const { structure } = assign(thiol, {
    element: ['C', 'S', 'C', 'S', 'C', 'S', 'H', 'O', 'S', 'C'],
    bonds: [0, 1, 1, 3, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9],
    residue: [0, 0, 1, 1, 2, 2, 2, 3, 3, 3],
    residueNames: ['SH', 'SH', 'SH', 'SH'],
  });
  assert.equal([...structure.charge], [0.1, -0.1, 0.1, -0.1, 0.1, -0.2, 0.1, 0.1, -0.2, 0.1]);
});

test('of templates that fit equally the one called like the residue is taken; without one it is an error that names them', async () => {
  const ion = (name: string, charge: number) => `<Residue name="${name}"><Atom name="S" type="s" charge="${charge}"/></Residue>`;
  const field = `<ForceField>${types}<Residues>${ion('S1', -1)}${ion('S2', -2)}</Residues><NonbondedForce ${scales}>
    <UseAttributeFromResidue name="charge"/><Atom class="S" sigma="1" epsilon="0"/></NonbondedForce></ForceField>`;
  const called = (name: string) => assign(field, { element: ['S'], residueNames: [name] });
  assert.equal([...called('S2').structure.charge], [-2]);
  assert.match(
    await inputError(() => called('S')),
    /several templates that differ in types or charges fit residue 0 .*"S1", "S2"/,
  );
});

/** C bonded to O, N and two kinds of H. */
const centre = { element: ['N', 'O', 'C', 'H'], bonds: [0, 2, 1, 2, 2, 3] };
const impropers = (ordering: string, classes: readonly string[]): number[] => {
  const [a, b, c, d] = classes;
  const { forces } = assign(
    `<ForceField>${types}<Residues><Residue name="R"><Atom name="H" type="h"/><Atom name="O" type="o"/><Atom name="C" type="c"/>
    <Atom name="N" type="n"/><Bond from="2" to="0"/><Bond from="2" to="1"/><Bond from="2" to="3"/></Residue></Residues>${anyBond}
    <PeriodicTorsionForce${ordering && ` ordering="${ordering}"`}><Improper class1="${a}" class2="${b}" class3="${c}" class4="${d}" periodicity1="2"
    phase1="3.14" k1="1"/></PeriodicTorsionForce></ForceField>`,
    centre,
  );
  return [
    ...(forces.find((force): force is BondedForce => force.kind === 'bonded' && force.term === 'periodic-torsion')?.atoms ?? []),
  ];
};

test('impropers take the order of their atoms from the ordering that the file names', () => {
  // N 0, O 1, C 2 (middle), H 3; in the template H 0, O 1, C 2, N 3.
  assert.equal(impropers('', ['C', 'H', 'O', 'N']), [1, 3, 2, 0], 'heavier first');
  assert.equal(impropers('charmm', ['C', 'H', 'O', 'N']), [2, 3, 1, 0], 'as the rule has them');
  assert.equal(impropers('charmm', ['C', 'H', '', 'N']), [1, 3, 2, 0], 'as default with a wildcard');
  assert.equal(impropers('amber', ['C', 'H', 'O', 'N']), [3, 1, 2, 0], 'as the rule has them, the middle third');
  assert.equal(impropers('amber', ['C', '', '', 'H']), [1, 0, 2, 3], 'by place in the template with a wildcard');
  assert.equal(impropers('smirnoff', ['C', 'H', 'O', 'N']), [2, 3, 1, 0, 2, 1, 0, 3, 2, 0, 3, 1], 'three torsions');
});

test('custom energies come with definitions, global parameters and functions that OpenMM has', () => {
  const { forces } = assign(
    `<ForceField>${types}<Residues><Residue name="R"><Atom name="A" type="c"/><Atom name="B" type="o"/><Atom name="C" type="h"/>
    <Bond from="0" to="1"/><Bond from="1" to="2"/></Residue></Residues>
    <CustomBondForce energy="k*u^2 + step(u); u=scale*r-r0"><GlobalParameter name="scale" defaultValue="2"/><PerBondParameter name="k"/>
    <PerBondParameter name="r0"/><Bond class1="" class2="O" k="3" r0="0.1"/></CustomBondForce>
    <CustomAngleForce energy="k*cos(theta)"><PerAngleParameter name="k"/><Angle class1="H" class2="O" class3="C" k="5"/></CustomAngleForce>
    <CustomNonbondedForce energy="sqrt(a1*a2)/r" bondCutoff="1"><PerParticleParameter name="a"/><Atom type="c" a="2"/><Atom class="O" a="3"/>
    <Atom class="H" a="8"/></CustomNonbondedForce></ForceField>`,
    { element: ['C', 'O', 'H'], bonds: [0, 1, 1, 2] },
  );
  const [bond, angle, pair] = forces as [BondedForce, BondedForce, NonbondedForce];
  assert.equal([...bond.atoms], [0, 1, 1, 2]);
  assert.equal([...bond.parameters], [3, 0.1, 3, 0.1]);
  assert.equal(bond.expression?.names, ['k', 'r0']);
  const value = (text: string, r: number) => {
    const out = new Float64Array(2);
    compileExpression(text, ['r'], ['k', 'r0']).evaluate(Float64Array.of(r, 3, 0.1), out);
    return out[0];
  };
  assert.ok(Math.abs(value(bond.expression?.energy ?? '', 0.2) - (3 * 0.3 ** 2 + 1)) < 1e-12);
  assert.equal([...angle.atoms], [0, 1, 2]);
  assert.equal(pair.pair?.expression?.names, ['a1', 'a2']);
  const { parameters, width } = pair.pair ?? { parameters: new Float64Array(0), width: 0 };
  assert.equal([...parameters.subarray(2 * width, 3 * width)], [2, 8], 'carbon and hydrogen');
  assert.equal([...pair.exclusions], [0, 1, 1, 2]);
});

test('definitions that go in a circle, and functions with too few arguments, are refused', async () => {
  const text = (energy: string) => inputError(() => engineExpression(energy, new Map(), 'f.xml:3'));
  assert.match(await text('a; a=b; b=a'), /^f\.xml:3: the definition of "a" in the energy refers to itself/);
  assert.match(await text('select(r, 1)'), /select takes 3 arguments; found 2/);
  assert.match(await text('r; 2+3'), /"2\+3" of the energy is no definition/);
});

test('NBFIX replaces the mixed parameters of two types, and 1-4 pairs have parameters of their own', () => {
  const { forces } = assign(
    `<ForceField>${types}<Residues><Residue name="R"><Atom name="A" type="o"/><Atom name="B" type="c"/><Atom name="C" type="c"/><Atom name="D" type="h"/>
    <Bond from="0" to="1"/><Bond from="1" to="2"/><Bond from="2" to="3"/></Residue></Residues>${anyBond}
    <LennardJonesForce lj14scale="0.5"><Atom type="o" sigma="0.3" epsilon="1" sigma14="0.2" epsilon14="4"/><Atom type="c" sigma="0.4" epsilon="4"/>
    <Atom type="h" sigma="0.1" epsilon="9"/><NBFixPair type1="c" type2="o" sigma="0.7" epsilon="6"/></LennardJonesForce></ForceField>`,
    { element: ['O', 'C', 'C', 'H'], bonds: [0, 1, 1, 2, 2, 3] },
  );
  const pairs = forces.find((force): force is NonbondedForce => force.kind === 'nonbonded');
  const matrix = [...(pairs?.pair?.parameters ?? [])];
  assert.equal(matrix.slice(2, 4), [0.7, 6], 'O and C');
  assert.equal(matrix.slice(4, 6), [0.2, 3], 'O and H');
  const list = forces.find((force): force is PairListForce => force.kind === 'pair-list');
  assert.equal([...(list?.atoms ?? [])], [0, 3]);
  assert.equal(
    [...(list?.parameters ?? [])].map((x) => Number(x.toFixed(12))),
    [0.15, 3, 0],
  );
});

test('files are included beside the one that names them, each once, and a missing one is named', async () => {
  const texts: Record<string, string> = {
    'fields/all.xml': '<ForceField>\n<Include file="a.xml"/><Include file="shared/b.xml"/></ForceField>',
    'fields/a.xml': '<ForceField><Include file="shared/b.xml"/></ForceField>',
    'shared/b.xml': '<ForceField/>',
    'bad.xml': '<ForceField>\n<Include file="none.xml"/></ForceField>',
  };
  const { InputError } = await import('../../../engine/errors.ts');
  const readText = async (path: string) => {
    if (!(path in texts)) throw new InputError(path, 'there is no such file');
    return texts[path];
  };
  const loaded = await loadForceField(['fields/all.xml'], readText);
  assert.equal(
    loaded.map(({ name }) => name),
    ['fields/all.xml', 'fields/a.xml', 'shared/b.xml'],
  );
  let message = '';
  await loadForceField(['bad.xml'], readText).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /^bad\.xml:2: <Include file="none\.xml"\/>: there is neither none\.xml/);
});

test('charges that do not add up to a whole number are an error that names the residues', async () => {
  const field = `<ForceField>${types}<Residues><Residue name="R"><Atom name="S" type="s" charge="0.3"/></Residue></Residues>
    <NonbondedForce ${scales}><UseAttributeFromResidue name="charge"/><Atom class="S" sigma="1" epsilon="0"/></NonbondedForce></ForceField>`;
  assert.match(
    await inputError(() => assign(field, { element: ['S'], residueNames: ['R'] })),
    /^field: the charges add up to 0\.3000 e, which is no whole number\. 1 residue has a broken charge: R 0 \(0\.3000 e\)/,
  );
});

test('implicit solvent, scripts and polarisable forces are refused by name, before details of the file', async () => {
  const refuse = (tag: string) =>
    inputError(() => assign(`<ForceField>\n<AtomTypes><Type/></AtomTypes>\n<${tag}/></ForceField>`, { element: ['S'] }));
  assert.match(await refuse('GBSAOBCForce'), /^f\.xml:3: <GBSAOBCForce> is not supported: implicit solvent/);
  assert.match(await refuse('CustomGBForce'), /^f\.xml:3: <CustomGBForce> is not supported: implicit solvent/);
  assert.match(await refuse('Script'), /^f\.xml:3: <Script> is not supported: it is a Python program/);
  assert.match(await refuse('DrudeForce'), /^f\.xml:3: <DrudeForce> is not supported: polarisable/);
});

test('1-4 scales have to be given where 1-4 pairs exist, and a residue may not be defined twice', async () => {
  const one = '<Residue name="R"><Atom name="S" type="s"/></Residue>';
  const field = (body: string) => `<ForceField>${types}<Residues>${one}</Residues>${body}</ForceField>`;
  assert.match(
    await inputError(() => assign(field('<NonbondedForce/>'), { element: ['S'] })),
    /<NonbondedForce> lacks the attribute "coulomb14scale"/,
  );
  assert.match(
    await inputError(() => assign(field(`<Residues>${one}</Residues>`), { element: ['S'] })),
    /the residue "R" is defined twice \(first at f\.xml:\d+\)/,
  );
});

test.run();
