/**
 * Writes the shipped structures and force-field templates of linear alkanes: `node dist/tools/molecules/alkanes.js [repository]`.
 *
 * Geometry: all-trans, staggered, at the equilibrium values of OPLS-AA (C-C 1.529, C-H 1.090 Angstrom, C-C-C 112.7, H-C-C 110.7 at the
 * ends, H-C-H 107.8 degrees in CH2). Rewrites `scenarios/molecules/<name>.pdb` and the text between the markers in
 * `forcefields/opls-aa-alkanes.xml` (all) and `forcefields/l-opls.xml` (hexane and longer: the refit is for long alkanes).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Vector = readonly [number, number, number];
interface Atom {
  readonly name: string;
  readonly element: 'C' | 'H';
  readonly position: Vector;
}
interface Molecule {
  readonly atoms: readonly Atom[];
  readonly bonds: readonly (readonly [number, number])[];
}

const radians = Math.PI / 180;
const cc = 1.529;
const ch = 1.09;
const stems = [
  'meth',
  'eth',
  'prop',
  'but',
  'pent',
  'hex',
  'hept',
  'oct',
  'non',
  'dec',
  'undec',
  'dodec',
  'tridec',
  'tetradec',
  'pentadec',
];
const longStems = ['hexadec', 'heptadec', 'octadec', 'nonadec', 'icos', 'henicos', 'docos', 'tricos', 'tetracos'];
const names = [...stems, ...longStems].map((stem) => `${stem}ane`);

const add = (a: Vector, b: Vector, s = 1): Vector => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
const unit = (a: Vector): Vector => add([0, 0, 0], a, 1 / Math.hypot(...a));
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** Hydrogens on carbon `i` of a zigzag in the xz plane. */
function hydrogens(carbons: readonly Vector[], i: number): Vector[] {
  const y: Vector = [0, 1, 0];
  if (carbons.length === 1)
    return (
      [
        [1, 1, 1],
        [1, -1, -1],
        [-1, 1, -1],
        [-1, -1, 1],
      ] as Vector[]
    ).map((d) => add(carbons[0], unit(d), ch));
  const previous = carbons[i - 1];
  const next = carbons[i + 1];
  if (previous && next) {
    const half = (107.8 / 2) * radians;
    const out = unit(add(add(carbons[i], carbons[i]), add(previous, next), -1));
    return [1, -1].map((side) => add(add(carbons[i], out, ch * Math.cos(half)), y, side * ch * Math.sin(half)));
  }
  // A CH3 group: three hydrogens about the bond, one of them in the plane of the chain and trans to the next bond.
  const axis = unit(add(previous ?? next, carbons[i], -1));
  const beyond = carbons[i === 0 ? 2 : i - 2];
  const toward = beyond ? add(beyond, previous ?? next, -1) : ([0, 0, i === 0 ? 1 : -1] as Vector);
  const side = unit(cross(cross(axis, toward), axis));
  const normal = cross(axis, side);
  return [180, 300, 60].map((turn) => {
    const around = add(add([0, 0, 0], side, Math.cos(turn * radians)), normal, Math.sin(turn * radians));
    return add(add(carbons[i], axis, ch * Math.cos(110.7 * radians)), around, ch * Math.sin(110.7 * radians));
  });
}

function alkane(n: number): Molecule {
  const half = (112.7 / 2) * radians;
  const carbons = Array.from(
    { length: n },
    (_, i): Vector => [n === 2 ? i * cc : i * cc * Math.sin(half), 0, n === 2 ? 0 : (i % 2) * cc * Math.cos(half)],
  );
  const atoms: Atom[] = [];
  const bonds: [number, number][] = [];
  let lastCarbon = -1;
  let h = 1;
  // Each carbon is followed by its hydrogens, so that a group is a contiguous block of atoms.
  carbons.forEach((position, i) => {
    const carbon = atoms.length;
    if (lastCarbon >= 0) bonds.push([lastCarbon, carbon]);
    lastCarbon = carbon;
    atoms.push({ name: `C${i + 1}`, element: 'C', position });
    for (const p of hydrogens(carbons, i)) {
      bonds.push([carbon, atoms.length]);
      atoms.push({ name: `H${h++}`, element: 'H', position: p });
    }
  });
  return { atoms, bonds };
}

/** Three capital letters a residue: ETH, PRO, ... would clash with amino acids, so alkanes are Cnn. */
const residueName = (n: number): string => (n === 2 ? 'ETH' : `C${String(n).padStart(2, '0')}`);

function toPdb(molecule: Molecule, n: number): string {
  const { atoms, bonds } = molecule;
  const lines = [`TITLE     ${names[n - 1].toUpperCase()}, ALL-TRANS, OPLS-AA EQUILIBRIUM BOND LENGTHS AND ANGLES`];
  atoms.forEach((atom, i) => {
    const xyz = atom.position.map((x) => (Math.round(x * 1000) / 1000 + 0).toFixed(3).padStart(8)).join('');
    const name = ` ${atom.name}`.padEnd(4).slice(-4);
    lines.push(
      `HETATM${String(i + 1).padStart(5)} ${atom.name.length === 4 ? atom.name : name} ${residueName(n)} A   1    ${xyz}  1.00  0.00          ${atom.element.padStart(2)}`,
    );
  });
  atoms.forEach((_, i) => {
    const partners = bonds.flatMap(([a, b]) => (a === i ? [b] : b === i ? [a] : []));
    lines.push(`CONECT${[i, ...partners].map((j) => String(j + 1).padStart(5)).join('')}`);
  });
  return `${lines.join('\n')}\nEND\n`;
}

/** How a field calls carbons and hydrogens, by the number of hydrogens of the group. */
type TypeName = (element: 'C' | 'H', hydrogens: number) => string;

function toTemplate(molecule: Molecule, n: number, typeName: TypeName): string {
  const { atoms, bonds } = molecule;
  const typeOf = (i: number): string => {
    const { element } = atoms[i];
    // The first bond of a hydrogen is that to its carbon.
    const carbon = element === 'C' ? i : (bonds.find(([, b]) => b === i)?.[0] ?? i);
    const inGroup = bonds.filter(([a, b]) => a === carbon && atoms[b].element === 'H').length;
    return typeName(element, inGroup);
  };
  return [
    `    <Residue name="${names[n - 1]}">`,
    ...atoms.map((atom, i) => `      <Atom name="${atom.name}" type="${typeOf(i)}"/>`),
    ...bonds.map(([a, b]) => `      <Bond atomName1="${atoms[a].name}" atomName2="${atoms[b].name}"/>`),
    '    </Residue>',
  ].join('\n');
}

const repository = process.argv[2] ?? '.';
for (const n of [1, 2, 3, 4, 5, 6, 8, 12, 24])
  writeFileSync(join(repository, 'scenarios', 'molecules', `${names[n - 1]}.pdb`), toPdb(alkane(n), n));

/** Replaces the templates between the markers of a force-field file. */
function writeTemplates(file: string, lengths: readonly number[], typeName: TypeName): void {
  const path = join(repository, 'forcefields', file);
  const field = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- begin: templates -->', '<!-- end: templates -->'];
  const templates = lengths.map((n) => toTemplate(alkane(n), n, typeName)).join('\n');
  const [head, tail] = [field.slice(0, field.indexOf(begin) + begin.length), field.slice(field.indexOf(end))];
  writeFileSync(path, `${head}\n${templates}\n    ${tail}`);
}

const lengths = names.map((_, k) => k + 1);
writeTemplates('opls-aa-alkanes.xml', lengths, (element, hydrogens) => (element === 'H' ? 'HC' : `CT-CH${hydrogens}`));
writeTemplates(
  'l-opls.xml',
  lengths.filter((n) => n >= 6),
  (element, hydrogens) => `L-${element === 'H' ? 'HC' : 'CT'}-CH${hydrogens}`,
);
