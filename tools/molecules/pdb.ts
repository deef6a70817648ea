/** A molecule as the tools of this folder build it, and the PDB file with CONECT records that is shipped of it. */

export type Vector = readonly [number, number, number];

export interface Atom {
  readonly name: string;
  readonly element: string;
  /** Three letters; a new residue begins where name or number changes. */
  readonly residue: string;
  readonly residueNumber: number;
  /** Angstrom. */
  readonly position: Vector;
}

export interface Molecule {
  readonly title: string;
  readonly atoms: readonly Atom[];
  /** Pairs of atoms, each once. */
  readonly bonds: readonly (readonly [number, number])[];
}

export const add = (a: Vector, b: Vector, s = 1): Vector => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
export const scale = (a: Vector, s: number): Vector => [s * a[0], s * a[1], s * a[2]];
export const unit = (a: Vector): Vector => scale(a, 1 / Math.hypot(...a));
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const radians = Math.PI / 180;

/** The point at a distance from `a` that makes `angle` with a-b and `torsion` with a-b-c (degrees): a row of a Z-matrix. */
export function place(a: Vector, b: Vector, c: Vector, distance: number, angle: number, torsion: number): Vector {
  const ab = unit(add(b, a, -1));
  const normal = unit(cross(add(c, b, -1), ab));
  const inPlane = cross(ab, normal);
  const [sine, cosine] = [Math.sin(angle * radians), Math.cos(angle * radians)];
  const across = add(scale(inPlane, Math.cos(torsion * radians)), scale(normal, Math.sin(torsion * radians)));
  return add(add(a, ab, distance * cosine), across, distance * sine);
}

/** @returns the text of a PDB file; names of four letters begin in column 13, shorter ones in column 14 */
export function toPdb({ title, atoms, bonds }: Molecule): string {
  const lines = [`TITLE     ${title}`];
  atoms.forEach((atom, i) => {
    const xyz = atom.position.map((x) => (Math.round(x * 1000) / 1000 + 0).toFixed(3).padStart(8)).join('');
    const name = atom.name.length === 4 ? atom.name : ` ${atom.name}`.padEnd(4);
    const residue = `${atom.residue.padEnd(3)} A${String(atom.residueNumber).padStart(4)}`;
    lines.push(
      `HETATM${String(i + 1).padStart(5)} ${name} ${residue}    ${xyz}  1.00  0.00          ${atom.element.padStart(2)}`,
    );
  });
  atoms.forEach((_, i) => {
    const partners = bonds.flatMap(([a, b]) => (a === i ? [b] : b === i ? [a] : []));
    lines.push(`CONECT${[i, ...partners].map((j) => String(j + 1).padStart(5)).join('')}`);
  });
  return `${lines.join('\n')}\nEND\n`;
}
