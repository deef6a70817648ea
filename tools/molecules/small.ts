/**
 * Writes the shipped structures of benzene, aniline, ortho-terphenyl, alanine dipeptide and water: `node dist/tools/molecules/small.js [repository]`.
 *
 * Geometry: the equilibrium bond lengths and angles of the force fields (OPLS-AA, AMBER99SB-ILDN, TIP3P), torsions as said below.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Atom, add, cross, type Molecule, place, radians, scale, toPdb, unit, type Vector } from './pdb.ts';

const [aromatic, ringHydrogen, betweenRings] = [1.4, 1.08, 1.46];

/** Collects atoms and bonds of one residue. */
class Builder {
  readonly atoms: Atom[] = [];
  readonly bonds: [number, number][] = [];
  residue: string;
  residueNumber = 1;

  constructor(residue: string) {
    this.residue = residue;
  }

  add(name: string, element: string, position: Vector, ...partners: readonly number[]): number {
    const { residue, residueNumber } = this;
    for (const partner of partners) this.bonds.push([partner, this.atoms.length]);
    return this.atoms.push({ name, element, residue, residueNumber, position }) - 1;
  }

  at(i: number): Vector {
    return this.atoms[i].position;
  }

  molecule(title: string): Molecule {
    return { title, atoms: this.atoms, bonds: this.bonds };
  }
}

/**
 * A benzene ring; each carbon is followed by its hydrogen, so that a ring is a contiguous block of atoms.
 * @param centre of the ring
 * @param x unit vector from the centre to the first carbon
 * @param y unit vector in the plane, normal to `x`
 * @param bare carbons (0-5) that carry something else than hydrogen
 * @returns the six carbons
 */
function ring(builder: Builder, tag: string, centre: Vector, x: Vector, y: Vector, bare: readonly number[]): number[] {
  const carbons: number[] = [];
  for (let k = 0; k < 6; k++) {
    const out = add(scale(x, Math.cos(60 * k * radians)), scale(y, Math.sin(60 * k * radians)));
    const previous = k > 0 ? [carbons[k - 1]] : [];
    carbons.push(builder.add(`C${tag}${k + 1}`, 'C', add(centre, out, aromatic), ...previous));
    if (!bare.includes(k)) builder.add(`H${tag}${k + 1}`, 'H', add(centre, out, aromatic + ringHydrogen), carbons[k]);
  }
  builder.bonds.push([carbons[0], carbons[5]]);
  return carbons;
}

const origin: Vector = [0, 0, 0];
const [ex, ey]: readonly Vector[] = [
  [1, 0, 0],
  [0, 1, 0],
];

function benzene(): Molecule {
  const builder = new Builder('BNZ');
  ring(builder, '', origin, ex, ey, []);
  return builder.molecule('BENZENE, OPLS-AA EQUILIBRIUM BOND LENGTHS AND ANGLES');
}

/** The amine is a pyramid whose hydrogens lie on one side of the ring, as far from its plane as the angles of nitrogen ask. */
function aniline(): Molecule {
  const builder = new Builder('ANL');
  const carbons = ring(builder, '', origin, ex, ey, [0]);
  const n = builder.add('N', 'N', add(builder.at(carbons[0]), ex, 1.34), carbons[0]);
  // C-N-H 111 and H-N-H 106.4 degrees fix the torsion between the two hydrogens; they lie symmetrically about the plane through C-N.
  const [cnh, hnh] = [111 * radians, 106.4 * radians];
  const between = Math.acos((Math.cos(hnh) - Math.cos(cnh) ** 2) / Math.sin(cnh) ** 2) / radians;
  for (const [name, turn] of [
    ['HN1', 90 - between / 2],
    ['HN2', 90 + between / 2],
  ] as const)
    builder.add(name, 'H', place(builder.at(n), builder.at(carbons[0]), builder.at(carbons[1]), 1.01, 111, turn), n);
  return builder.molecule('ANILINE, OPLS-AA EQUILIBRIUM BOND LENGTHS AND ANGLES');
}

/** The outer rings are turned by 60 degrees about their bonds, in the same sense: near the minimum of symmetry C2. */
function orthoTerphenyl(): Molecule {
  const builder = new Builder('OTP');
  const core = ring(builder, 'A', origin, ex, ey, [0, 1]);
  for (const [tag, ipso] of [
    ['B', core[0]],
    ['C', core[1]],
  ] as const) {
    const axis = unit(builder.at(ipso));
    const inPlane = cross([0, 0, 1], axis);
    const turned = add(scale(inPlane, Math.cos(60 * radians)), [0, 0, Math.sin(60 * radians)]);
    const centre = add(builder.at(ipso), axis, betweenRings + aromatic);
    const carbons = ring(builder, tag, centre, scale(axis, -1), turned, [0]);
    builder.bonds.push([ipso, carbons[0]]);
  }
  return builder.molecule('ORTHO-TERPHENYL, OPLS-AA EQUILIBRIUM BOND LENGTHS AND ANGLES');
}

/** ACE-ALA-NME, L-alanine, in C7eq: phi -80, psi 75 degrees. */
function alanineDipeptide(): Molecule {
  const [phi, psi] = [-80, 75];
  const b = new Builder('ACE');
  const methyl = (carbon: number, a: number, c: number, names: readonly string[], residueTurn: number): void => {
    names.forEach((name, k) => {
      b.add(name, 'H', place(b.at(carbon), b.at(a), b.at(c), 1.09, 109.5, residueTurn + 120 * k), carbon);
    });
  };
  const ch3 = b.add('CH3', 'C', origin);
  const c1 = b.add('C', 'C', [1.522, 0, 0], ch3);
  const o1 = b.add('O', 'O', place(b.at(c1), b.at(ch3), [0, 1, 0], 1.229, 120.4, 0), c1);
  methyl(ch3, c1, o1, ['HH31', 'HH32', 'HH33'], 0);
  b.residue = 'ALA';
  b.residueNumber = 2;
  const n = b.add('N', 'N', place(b.at(c1), b.at(ch3), b.at(o1), 1.335, 116.6, 180), c1);
  b.add('H', 'H', place(b.at(n), b.at(c1), b.at(o1), 1.01, 119.8, 180), n);
  const ca = b.add('CA', 'C', place(b.at(n), b.at(c1), b.at(ch3), 1.449, 121.9, 180), n);
  const c = b.add('C', 'C', place(b.at(ca), b.at(n), b.at(c1), 1.522, 110.1, phi), ca);
  // L: seen with the hydrogen to the front, CO, R and N follow each other clockwise.
  const cb = b.add('CB', 'C', place(b.at(ca), b.at(n), b.at(c), 1.526, 109.7, -122.6), ca);
  b.add('HA', 'H', place(b.at(ca), b.at(n), b.at(c), 1.09, 109.5, 118.7), ca);
  methyl(cb, ca, n, ['HB1', 'HB2', 'HB3'], 60);
  const o = b.add('O', 'O', place(b.at(c), b.at(ca), b.at(n), 1.229, 120.4, psi - 180), c);
  b.residue = 'NME';
  b.residueNumber = 3;
  const n2 = b.add('N', 'N', place(b.at(c), b.at(ca), b.at(n), 1.335, 116.6, psi), c);
  b.add('H', 'H', place(b.at(n2), b.at(c), b.at(o), 1.01, 119.8, 180), n2);
  const methylCarbon = b.add('CH3', 'C', place(b.at(n2), b.at(c), b.at(ca), 1.449, 121.9, 180), n2);
  methyl(methylCarbon, n2, c, ['HH31', 'HH32', 'HH33'], 180);
  return b.molecule('ALANINE DIPEPTIDE ACE-ALA-NME IN C7EQ, AMBER EQUILIBRIUM BOND LENGTHS AND ANGLES');
}

function water(): Molecule {
  const builder = new Builder('HOH');
  const half = (104.52 / 2) * radians;
  const oxygen = builder.add('O', 'O', origin);
  for (const [name, side] of [
    ['H1', 1],
    ['H2', -1],
  ] as const)
    builder.add(name, 'H', [0.9572 * Math.cos(half), side * 0.9572 * Math.sin(half), 0], oxygen);
  return builder.molecule('WATER, TIP3P GEOMETRY');
}

const repository = process.argv[2] ?? '.';
for (const [name, molecule] of Object.entries({
  benzene: benzene(),
  aniline: aniline(),
  'ortho-terphenyl': orthoTerphenyl(),
  'alanine-dipeptide': alanineDipeptide(),
  water: water(),
}))
  writeFileSync(join(repository, 'scenarios', 'molecules', `${name}.pdb`), toPdb(molecule));
