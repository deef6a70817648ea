import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../../engine/errors.ts';
import type { BondedForce, NonbondedForce, PairListForce } from '../../../../engine/forces/description.ts';
import { buildSystem, type System } from '../../../../engine/index.ts';
import { buildContext, inputError } from '../../../support/assemblies.ts';
import { registry } from '../../../support/systems.ts';

const test = suite('GROMACS topology files');

const field = `; a comment
[ defaults ]
1 2 yes 0.5 0.8333 ; and another
[ atomtypes ]
CT 6 12.011 0.0 A 0.34 0.45
HC 1 1.008 0.0 A 0.26 0.06
opls_OW OW 8 15.9994 0.0 A 0.315 0.636
HW 1 1.008 0.0 A 0 0
MW 0 0.0 0.0 D 0 0
[ nonbond_params ]
HC opls_OW 1 0.3 0.2
[ pairtypes ]
HC HC 1 0.25 0.01
#define gb_CC 0.1526 \\
   259408.0
[ bondtypes ]
CT CT 1 gb_CC
CT HC 1 0.109 284512
OW HW 1 0.1 345000
[ angletypes ]
HC CT HC 1 109.5 292.88
CT CT HC 1 109.5 418.4
HW OW HW 1 109.47 383
[ dihedraltypes ]
X CT CT X 9 0.0 0.65 3
HC CT CT HC 9 0.0 0.5 3
HC CT CT HC 9 180.0 0.1 1
`;

const ethane = `[ moleculetype ]
Ethane 3
[ atoms ]
1 CT 1 ETH C1 1 -0.18
2 HC 1 ETH H1 1 0.06
3 HC 1 ETH H2 1 0.06
4 HC 1 ETH H3 1 0.06
5 CT 1 ETH C2 2 -0.18 13.0
6 HC 1 ETH H4 2 0.06
7 HC 1 ETH H5 2 0.06
8 HC 1 ETH H6 2 0.06
[ bonds ]
1 2
1 3
1 4
1 5 1
5 6
5 7
5 8 1 0.11 300000 0.11 300000
[ pairs ]
2 6
2 7 1 0.2 0.02
[ angles ]
2 1 3 1
[ dihedrals ]
2 1 5 6 9
2 1 5 7 1 0 0.3 3
#ifdef POSRES
#include "posre.itp"
#endif
`;

const water = `[ moleculetype ]
SOL 2
[ atoms ]
1 opls_OW 1 SOL OW 1 0
2 HW 1 SOL HW1 1 0.52
3 HW 1 SOL HW2 1 0.52
4 MW 1 SOL MW 1 -1.04
#ifndef FLEXIBLE
[ settles ]
1 1 0.09572 0.15139
#else
[ bonds ]
1 2 1
1 3 1
[ angles ]
2 1 3 1
#endif
[ exclusions ]
1 2 3 4
2 1 3 4
3 1 2 4
4 1 2 3
[ virtual_sites3 ]
4 1 2 3 1 0.128 0.128
`;

const top = `#include "field.itp"\n#include <molecules/ethane.itp>\n#include "molecules/water.itp"\n[ system ]\ntest\n[ molecules ]\nEthane 1\nSOL 2\n`;

const gro = (() => {
  const names = ['C1', 'H1', 'H2', 'H3', 'C2', 'H4', 'H5', 'H6', 'OW', 'HW1', 'HW2', 'MW', 'OW', 'HW1', 'HW2', 'MW'];
  const rows = names.map(
    (name, i) =>
      `    1XXX  ${name.padStart(5)}    1${(0.3 + 0.11 * (i % 4)).toFixed(3).padStart(8)}${(0.3 + 0.15 * (i >> 2)).toFixed(3).padStart(8)}   0.300`,
  );
  return `test\n${names.length}\n${rows.join('\n')}\n 3.0 3.0 3.0\n`;
})();

const files = { 'x.top': top, 'field.itp': field, 'molecules/ethane.itp': ethane, 'molecules/water.itp': water, 'conf.gro': gro };

async function build(changes: Readonly<Record<string, string>> = {}, settings: object = {}): Promise<System> {
  const texts: Readonly<Record<string, string>> = { ...files, ...changes };
  const context = {
    ...buildContext(),
    readText: async (path: string) => {
      if (texts[path] === undefined) throw new InputError('', `there is no file "${path}"`);
      return texts[path];
    },
  };
  const nonbonded = { cutoff: 1, coulomb: { method: 'cutoff' } };
  return buildSystem({ build: 'gromacs', topology: 'x.top', structure: 'conf.gro', nonbonded, ...settings }, context, registry());
}

const bonded = (system: System, term: string) =>
  system.forces.find((f): f is BondedForce => f.kind === 'bonded' && (f.label ?? f.term) === term);

test('atoms have masses, charges, elements, residues and molecules of the topology', async () => {
  const { structure } = await build();
  assert.is(structure.mass[4], 13);
  assert.is(structure.mass[0], 12.011);
  assert.is(structure.charge[11], -1.04);
  assert.equal(structure.element.slice(7, 12), ['H', 'O', 'H', 'H', '']);
  assert.equal(structure.residueNames, ['ETH', 'SOL', 'SOL']);
  assert.equal([...structure.molecule.slice(7, 13)], [0, 1, 1, 1, 1, 2]);
});

test('parameters come from the line, else from the types; macros and continued lines are expanded', async () => {
  const bonds = bonded(await build(), 'harmonic-bond');
  assert.equal([...(bonds?.parameters ?? [])].slice(6, 8), [0.1526, 259408]);
  assert.equal([...(bonds?.parameters ?? [])].slice(12, 14), [0.11, 300000]);
});

test('a dihedral of type 9 has all lines of the type that fits best', async () => {
  const torsions = bonded(await build(), 'periodic-torsion');
  assert.equal([...(torsions?.parameters ?? [])], [3, 0, 0.5, 1, Math.PI, 0.1, 3, 0, 0.3]);
  const wild = bonded(await build({ 'field.itp': field.replaceAll(/^HC CT CT HC.*\n/gm, '') }), 'periodic-torsion');
  assert.equal([...(wild?.parameters ?? [])].slice(0, 3), [3, 0, 0.65]);
});

test('pairs mix by the combination rule unless overridden; 1-4 pairs come from the line, the pair types, or are generated', async () => {
  const system = await build();
  const names = system.structure.typeNames;
  const lj = system.forces.find((f): f is NonbondedForce => f.kind === 'nonbonded')?.pair?.parameters ?? new Float64Array();
  const of = (a: string, b: string) => [...lj.slice(2 * (names.indexOf(a) * names.length + names.indexOf(b))).slice(0, 2)];
  assert.equal(of('CT', 'HC'), [(0.34 + 0.26) / 2, Math.sqrt(0.45 * 0.06)]);
  assert.equal(of('opls_OW', 'HC'), [0.3, 0.2]);
  const pairs = (s: System) => [...(s.forces.find((f): f is PairListForce => f.kind === 'pair-list')?.parameters ?? [])];
  assert.equal(pairs(system), [0.25, 0.01, 0.8333 * 0.06 * 0.06, 0.2, 0.02, 0.8333 * 0.06 * 0.06]);
  const generated = pairs(await build({ 'field.itp': field.replace('HC HC 1 0.25 0.01', '') }));
  assert.equal(generated.slice(0, 2), [0.26, 0.5 * 0.06]);
  const c6c12 = await build({
    'field.itp': field.replace('1 2 yes', '1 1 yes').replace('HC HC 1 0.25 0.01', 'HC HC 1 1e-4 1e-8'),
  });
  const [sigma, epsilon] = pairs(c6c12);
  assert.ok(Math.abs(4 * epsilon * sigma ** 6 - 1e-4) < 1e-16 && Math.abs(4 * epsilon * sigma ** 12 - 1e-8) < 1e-20);
});

test('settles become constraints, FLEXIBLE makes them bonds, and the site of 4-point water follows its atoms', async () => {
  const rigid = await build();
  assert.equal([...(rigid.constraints?.atoms ?? [])], [8, 9, 8, 10, 9, 10, 12, 13, 12, 14, 13, 14]);
  assert.equal([...(rigid.constraints?.lengths ?? [])].slice(0, 3), [0.09572, 0.09572, 0.15139]);
  assert.equal(rigid.virtualSites?.[1], {
    kind: 'average3',
    site: 15,
    parents: [12, 13, 14],
    weights: [1 - 0.128 - 0.128, 0.128, 0.128],
  });
  assert.equal([...rigid.structure.bonds.slice(-4)], [12, 13, 12, 14]);
  const flexible = await build({}, { define: ['FLEXIBLE'] });
  assert.is(flexible.constraints?.lengths.length ?? 0, 0);
  assert.is((bonded(flexible, 'harmonic-bond')?.atoms.length ?? 0) / 2, 11);
});

test('exclusions are those within nrexcl bonds and those listed', async () => {
  const system = await build();
  const { exclusions } = system.forces.find((f): f is NonbondedForce => f.kind === 'nonbonded') ?? { exclusions: [] };
  const pairs = new Set(Array.from({ length: exclusions.length / 2 }, (_, k) => `${exclusions[2 * k]} ${exclusions[2 * k + 1]}`));
  assert.ok(pairs.has('1 5') && pairs.has('9 11') && pairs.has('8 11') && pairs.has('12 15'));
  // Ethane has 28 pairs, all within three bonds; a water of four particles six.
  assert.is(pairs.size, 28 + 2 * 6);
});

test('included files are looked for beside the including file, the topology, and in the include paths', async () => {
  const elsewhere = {
    'x.top': top.replace('"field.itp"', '"ff/field.itp"'),
    '/share/top/ff/field.itp': '#include "more.itp"\n',
    '/share/top/ff/more.itp': field,
  };
  assert.is((await build(elsewhere, { includePaths: ['/share/top/'] })).structure.mass.length, 16);
  assert.match(
    await inputError(() => build(elsewhere)),
    /^x\.top:1: the included file "ff\/field\.itp" is not found; looked for ff\/field\.itp\. Name the folder in "includePaths"/,
  );
});

test('what is not understood is an error with file and line', async () => {
  const cases: [string, string, string, RegExp][] = [
    [
      'field.itp',
      'CT HC 1 0.109',
      'CT HC 7 0.109',
      /^field\.itp:18: function type 7 of \[ bonds \] is not supported; supported: 1, 2, 3, 5, 6/,
    ],
    [
      'field.itp',
      '[ bondtypes ]',
      '[ bondtype ]',
      /^field\.itp:16: \[ bondtype \] is not supported; did you mean \[ bondtypes \]\?/,
    ],
    ['field.itp', '1 2 yes', '2 2 yes', /^field\.itp:3: non-bonded function type 2 is not supported/],
    ['field.itp', '0.34 0.45', '0.34 x', /^field\.itp:5: found "x" where C12 or epsilon is expected/],
    ['molecules/ethane.itp', '8 HC 1', '8 HD 1', /^molecules\/ethane\.itp:11: no atom type is called "HD"; did you mean "HC"\?/],
    ['molecules/ethane.itp', '2 1 3 1', '2 1 9 1', /^molecules\/ethane\.itp:24: found atom 9; the atoms of "Ethane" are 1 to 8/],
    [
      'molecules/ethane.itp',
      '0.11 300000 0.11 300000',
      '0.11 300000 0.12 300000',
      /^molecules\/ethane\.itp:19: .* a second state/,
    ],
    [
      'molecules/ethane.itp',
      '0.11 300000 0.11 300000',
      '0.11',
      /^molecules\/ethane\.itp:19: found 1 parameters of \[ bonds \] of function type 1; 2 are needed/,
    ],
    ['molecules/ethane.itp', '#endif', '', /^molecules\/ethane\.itp:28: this condition has no #endif/],
    ['molecules/ethane.itp', '#ifdef POSRES', '#if POSRES', /^molecules\/ethane\.itp:28: "#if POSRES" is not understood/],
    ['molecules/ethane.itp', '[ pairs ]', '[ cmap ]', /^molecules\/ethane\.itp:20: \[ cmap \] is not supported/],
    ['x.top', 'SOL 2', 'SOl 2', /^x\.top:8: no molecule type is called "SOl"; did you mean "SOL"\?/],
    ['x.top', 'SOL 2', 'SOL 1', /^conf\.gro: the structure has 16 atoms, but the topology x\.top has 12/],
    [
      'conf.gro',
      '   C2    1',
      '   C9    1',
      /^conf\.gro: atom 5 is called C9 here, but it is particle 4 \(C2 of ETH 0\) in x\.top/,
    ],
    [
      'field.itp',
      'CT CT 1 gb_CC',
      '',
      /^molecules\/ethane\.itp:16: the force field has no \[ bonds \] parameters of function type 1 for the types CT CT \(atoms 1 C1, 5 C2 of "Ethane"\)/,
    ],
  ];
  for (const [file, from, to, expected] of cases) {
    const text = (files as Readonly<Record<string, string>>)[file];
    assert.ok(text.includes(from), from);
    assert.match(await inputError(() => build({ [file]: text.replace(from, to) })), expected);
  }
});

test('macros in a circle, and files that include themselves, are errors', async () => {
  assert.match(
    await inputError(() => build({ 'field.itp': `#define A B\n#define B A\n${field}\n[ bondtypes ]\nA\n` })),
    /name each other in a circle/,
  );
  assert.match(await inputError(() => build({ 'field.itp': '#include "field.itp"\n' })), /files include each other 40 deep/);
});

test('position restraints and pairs without parameters are refused', async () => {
  assert.match(
    await inputError(() => build({ 'posre.itp': '[ position_restraints ]\n1 1 1000 1000 1000\n' }, { define: ['POSRES'] })),
    /^posre\.itp:2: position restraints are not supported/,
  );
  const texts = { 'field.itp': field.replace('1 2 yes', '1 2 no').replace('HC HC 1 0.25 0.01', '') };
  assert.match(await inputError(() => build(texts)), /^molecules\/ethane\.itp:21: no 1-4 parameters for the types HC and HC/);
  assert.match(await inputError(() => build({}, { nonbonded: {} })), /need a cut-off/);
});

test.run();
