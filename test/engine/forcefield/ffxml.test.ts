import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assignForceField } from '../../../engine/forcefield/assign.ts';
import { parseForceField } from '../../../engine/forcefield/ffxml.ts';
import type { BondedForce, NonbondedForce } from '../../../engine/forces/description.ts';
import { openBox } from '../../../engine/system/box.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('ffxml');

const parse = (text: string) => parseForceField([{ name: 'f.xml', text }]);
const settings = {
  cutoff: Number.POSITIVE_INFINITY,
  modifier: 'none',
  coulomb: { method: 'cutoff' },
  excludeWithinBonds: 0,
} as const;

/** Formaldehyde: O=C(H)H, planar, with everything that a molecule of four atoms can have. */
const formaldehyde = makeStructure({
  units: 'md',
  mass: [16, 12, 1, 1],
  element: ['O', 'C', 'H', 'H'],
  bonds: [0, 1, 1, 2, 1, 3],
});
const head = `<ForceField>
<AtomTypes>
  <Type name="o" class="O" element="O" mass="15.999"/><Type name="c" class="C" element="C" mass="12.011"/>
  <Type name="h" class="H" element="H" mass="1.008"/>
</AtomTypes>
<Residues><Residue name="FOR">
  <Atom name="O" type="o" charge="-0.4"/><Atom name="C" type="c" charge="0.2"/><Atom name="H1" type="h" charge="0.1"/><Atom name="H2" type="h" charge="0.1"/>
  <Bond from="0" to="1"/><Bond from="1" to="2"/><Bond from="1" to="3"/>
</Residue></Residues>
<HarmonicBondForce><Bond class1="" class2="C" length="0.1" k="1"/><Bond class1="O" class2="C" length="0.2" k="2"/></HarmonicBondForce>
`;
const assign = (body: string) =>
  assignForceField([{ name: 'f.xml', text: `${head}${body}</ForceField>` }], formaldehyde, openBox, settings, 'forceField');
const first = (body: string) =>
  assign(body).forces.find((f): f is BondedForce => f.kind === 'bonded' && f.term !== 'harmonic-bond');

test('an unsupported tag is named with its line and the nearest known one', async () => {
  assert.match(
    await inputError(() => parse('<ForceField>\n<HarmonicBondsForce/>\n</ForceField>')),
    /^f\.xml:2: <HarmonicBondsForce> is not supported; did you mean <HarmonicBondForce>\?/,
  );
  assert.match(
    await inputError(() => parse('<ForceField>\n<Script>x</Script></ForceField>')),
    /^f\.xml:2: <Script> is not supported/,
  );
});

test('an unsupported attribute is named with its line', async () => {
  const text = '<ForceField>\n<AtomTypes>\n<Type name="a" class="A" mas="1"/>\n</AtomTypes></ForceField>';
  assert.match(
    await inputError(() => parse(text)),
    /^f\.xml:3: <Type> has the attribute "mas", which is not supported; did you mean "mass"\?/,
  );
});

test('broken XML, another root, double types and unknown types of a template are refused with their line', async () => {
  assert.match(
    await inputError(() => parse('<ForceField>\n<AtomTypes>\n</ForceField>')),
    /^f\.xml:\d+: this is not well-formed XML/,
  );
  assert.match(await inputError(() => parse('<System/>')), /^f\.xml:1: the root element is <System>/);
  const type = '<Type name="a" class="A" mass="1"/>';
  assert.match(
    await inputError(() => parse(`<ForceField><AtomTypes>\n${type}\n${type}</AtomTypes></ForceField>`)),
    /^f\.xml:3: the type "a" is defined twice/,
  );
  const residue = '<Residues><Residue name="R"><Atom name="A" type="b"/></Residue></Residues>';
  assert.match(
    await inputError(() => parse(`<ForceField><AtomTypes>${type}</AtomTypes>\n${residue}</ForceField>`)),
    /^f\.xml:2: residue "R": atom "A" has the type "b"/,
  );
});

test('a number that is none and a type given by both type and class are refused', async () => {
  assert.match(
    await inputError(() =>
      assign('<HarmonicAngleForce>\n<Angle class1="O" class2="C" class3="H" angle="x" k="1"/></HarmonicAngleForce>'),
    ),
    /found angle="x" in <Angle>/,
  );
  assert.match(
    await inputError(() =>
      assign('<HarmonicAngleForce><Angle class1="O" type1="o" class2="C" class3="H" angle="1" k="1"/></HarmonicAngleForce>'),
    ),
    /either type1 or class1, and has both/,
  );
});

test('the first bond that fits wins, and an empty class fits all', () => {
  const bonds = assign('').forces[0] as BondedForce;
  assert.equal([...bonds.parameters], [0.1, 1, 0.1, 1, 0.1, 1]);
});

test('angles match in either direction', () => {
  const angles = first(
    '<HarmonicAngleForce><Angle class1="H" class2="C" class3="O" angle="2" k="5"/><Angle class1="" type2="c" class3="" angle="1" k="3"/></HarmonicAngleForce>',
  );
  // Angles in order: O-C-H1, O-C-H2, H1-C-H2.
  assert.equal([...(angles?.parameters ?? [])], [2, 5, 2, 5, 1, 3]);
});

test('impropers put the middle atom third, the carbon-free pair ordered by mass and equal elements by index', () => {
  const improper = first(
    '<PeriodicTorsionForce><Improper class1="C" class2="" class3="" class4="O" periodicity1="2" phase1="3.1" k1="4.6"/></PeriodicTorsionForce>',
  );
  assert.equal([...(improper?.atoms ?? [])], [2, 3, 1, 0]);
  assert.equal([...(improper?.parameters ?? [])], [2, 3.1, 4.6]);
});

test('a specific torsion beats one with wildcards wherever it stands, and several terms make several torsions', () => {
  const hooh = makeStructure({ units: 'md', mass: [1, 16, 16, 1], element: ['H', 'O', 'O', 'H'], bonds: [0, 1, 1, 2, 2, 3] });
  const field = (torsions: string) => `<ForceField>
    <AtomTypes><Type name="o" class="O" element="O" mass="15.999"/><Type name="h" class="H" element="H" mass="1.008"/></AtomTypes>
    <Residues><Residue name="P"><Atom name="1" type="h"/><Atom name="2" type="o"/><Atom name="3" type="o"/><Atom name="4" type="h"/>
    <Bond from="0" to="1"/><Bond from="1" to="2"/><Bond from="2" to="3"/></Residue></Residues>
    <HarmonicBondForce><Bond class1="" class2="" length="0.1" k="1"/></HarmonicBondForce>
    <PeriodicTorsionForce>${torsions}</PeriodicTorsionForce></ForceField>`;
  const torsion = (text: string) => {
    const { forces } = assignForceField([{ name: 'f.xml', text: field(text) }], hooh, openBox, settings, 'forceField');
    return [
      ...((forces.find((f) => f.kind === 'bonded' && f.term === 'periodic-torsion') as BondedForce | undefined)?.parameters ??
        []),
    ];
  };
  const general = '<Proper class1="" class2="O" class3="O" class4="" periodicity1="3" phase1="0" k1="9"/>';
  const specific =
    '<Proper class1="H" class2="O" class3="O" class4="H" periodicity1="1" phase1="0" k1="1" periodicity2="2" phase2="3" k2="2"/>';
  assert.equal(torsion(general + specific), [1, 0, 1, 2, 3, 2]);
  assert.equal(torsion(specific + general), [1, 0, 1, 2, 3, 2]);
  assert.equal(torsion(general), [3, 0, 9]);
  // A term of strength zero is a match that costs nothing.
  assert.equal(torsion(general.replace('k1="9"', 'k1="0"')), []);
});

test('charges come from residues where the file says so, and sigma mixes by Lorentz-Berthelot unless it says geometric', () => {
  const atoms =
    '<UseAttributeFromResidue name="charge"/><Atom class="O" sigma="0.4" epsilon="1"/><Atom class="C" sigma="0.1" epsilon="4"/><Atom type="h" sigma="0" epsilon="0"/>';
  const field = (attributes: string) =>
    assign(`<NonbondedForce coulomb14scale="1" lj14scale="1" ${attributes}>${atoms}</NonbondedForce>`);
  const mixed = (attributes: string) => [
    ...(field(attributes)
      .forces.find((f): f is NonbondedForce => f.kind === 'nonbonded')
      ?.pair?.parameters.slice(2, 4) ?? []),
  ];
  assert.equal([...field('').structure.charge], [-0.4, 0.2, 0.1, 0.1]);
  assert.equal(mixed(''), [0.25, 2]);
  assert.equal(mixed('combination="geometric"'), [0.2, 2]);
});

test('an unknown combination rule is refused', async () => {
  assert.match(
    await inputError(() => assign('<NonbondedForce combination="arithmetic"/>')),
    /combination="arithmetic" of <NonbondedForce>; allowed: lorentz-berthelot, geometric/,
  );
});

test('two files make one field, and disagreeing non-bonded settings are refused', async () => {
  const a = `${head}<NonbondedForce coulomb14scale="0.5" lj14scale="1"><Atom class="O" charge="0" sigma="1" epsilon="1"/></NonbondedForce></ForceField>`;
  const b =
    '<ForceField><NonbondedForce coulomb14scale="0.8" lj14scale="1"><Atom class="C" charge="0" sigma="1" epsilon="1"/></NonbondedForce></ForceField>';
  const both = (second: string) =>
    assignForceField(
      [
        { name: 'a.xml', text: a },
        { name: 'b.xml', text: second },
      ],
      formaldehyde,
      openBox,
      settings,
      'forceField',
    );
  assert.match(await inputError(() => both(b)), /^b\.xml:1: <NonbondedForce> has coulomb14scale 0\.8 here, but 0\.5 at a\.xml/);
  const rest = b
    .replace('0.8', '0.5')
    .replace('</NonbondedForce>', '<Atom class="H" charge="0" sigma="1" epsilon="1"/></NonbondedForce>');
  assert.is(both(rest).forces.filter((f) => f.kind === 'nonbonded').length, 1);
});

test.run();
