/** Packs a configuration for the page's three-dimensional view. */
import type { Box, Frame, Structure } from '../../engine/index.ts';
import { moleculeCentres } from '../analysis/frames.ts';
import type { View } from './data.ts';

/** Van der Waals radii (nm; Bondi, J. Phys. Chem. 68, 441, 1964) and the customary colours of elements. */
const elements: Readonly<Record<string, { readonly radius: number; readonly colour: string }>> = {
  H: { radius: 0.12, colour: '#e4e6ea' },
  C: { radius: 0.17, colour: '#5d6470' },
  N: { radius: 0.155, colour: '#3b6fd1' },
  O: { radius: 0.152, colour: '#d1432f' },
  F: { radius: 0.147, colour: '#6cb54a' },
  S: { radius: 0.18, colour: '#d9b32b' },
  Cl: { radius: 0.175, colour: '#4ca64c' },
  Ar: { radius: 0.188, colour: '#45b5c4' },
};

/** Views of larger systems show whole molecules up to this many particles. */
const mostParticles = 12000;

/** All of a configuration, molecules whole and their centres wrapped into the box. */
export function systemView(structure: Structure, frame: Frame): View {
  const count = particlesShown(structure);
  const positions = wrapMolecules(structure, frame);
  const middle = frame.box.vectors ? boxMiddle(frame.box) : meanPosition(positions, count);
  const kinds = kindsOf(structure, count, frame, positions);
  const bonds = frame.box.vectors ? null : bondsOf(structure, count);
  return pack(positions, count, middle, kinds, bonds, frame.box.vectors ? Array.from(frame.box.vectors) : null, null);
}

/** One molecule as balls and sticks, each atom in the colour of its site. */
export function moleculeView(
  structure: Structure,
  frame: Frame,
  assignment: readonly number[],
  siteNames: readonly string[],
): View {
  const count = Math.min(assignment.length, structure.mass.length);
  const positions = frame.positions;
  const bonds = bondsOf(structure, count);
  let length = 0;
  for (let b = 0; b < bonds.length; b += 2) length += distance(positions, bonds[b], bonds[b + 1]) / (bonds.length / 2);
  const radius = count > 1 && length > 0 ? 0.36 * length : 0.05;
  const place = new Map<string, number>();
  const kinds: { name: string; colour: number; radius: number }[] = [];
  const kind = Uint8Array.from({ length: count }, (_, i) => {
    const light = structure.element[i] === 'H';
    const name = `${siteNames[assignment[i]] ?? assignment[i]}${light ? ' H' : ''}`;
    if (!place.has(name))
      place.set(name, kinds.push({ name, colour: assignment[i], radius: light ? 0.78 * radius : radius * 1.1 }) - 1);
    return place.get(name) as number;
  });
  const labels = count <= 40 ? structure.name.slice(0, count) : null;
  return pack(positions, count, meanPosition(positions, count), { kinds, kind }, bonds, null, labels);
}

/**
 * The first molecule on top of its sites and of what a linear decoder makes of them.
 * @param decoder atoms x sites, x = D z about the centroid
 */
export function superposedView(
  structure: Structure,
  frame: Frame,
  assignment: readonly number[],
  decoder: readonly (readonly number[])[],
): View {
  const n = assignment.length;
  const sites = decoder[0].length;
  const atoms = frame.positions.slice(0, 3 * n);
  const middle = meanPosition(atoms, n);
  const encoded = new Float64Array(3 * sites);
  for (let i = 0; i < n; i++) {
    const share = 1 / assignment.filter((site) => site === assignment[i]).length;
    for (let k = 0; k < 3; k++) encoded[3 * assignment[i] + k] += share * atoms[3 * i + k];
  }
  const decoded = Float64Array.from({ length: 3 * n }, (_, c) =>
    decoder[Math.floor(c / 3)].reduce((x, weight, s) => x + weight * (encoded[3 * s + (c % 3)] - middle[c % 3]), middle[c % 3]),
  );
  const bonds = bondsOf(structure, n);
  let length = 0;
  for (let b = 0; b < bonds.length; b += 2) length += distance(atoms, bonds[b], bonds[b + 1]) / (bonds.length / 2);
  const radius = length > 0 ? length : 0.14;
  const colours = Array.from({ length: sites }, (_, s) => s);
  const kinds = [
    { name: 'atom', colour: '#9aa0a8', radius: 0.2 * radius },
    ...colours.map((s) => ({ name: `S${s}`, colour: s, radius: 0.6 * radius, opacity: 0.4 })),
    ...colours.map((s) => ({ name: `S${s} decoded`, colour: s, radius: 0.17 * radius })),
  ];
  const kind = Uint8Array.from([
    ...new Array<number>(n).fill(0),
    ...colours.map((s) => 1 + s),
    ...assignment.map((s) => 1 + sites + s),
  ]);
  const positions = Float64Array.of(...atoms, ...encoded, ...decoded);
  return pack(positions, 2 * n + sites, middle, { kinds, kind }, bonds, null, null);
}

function particlesShown(structure: Structure): number {
  const total = structure.mass.length;
  if (total <= mostParticles) return total;
  let count = mostParticles;
  while (count > 0 && structure.molecule[count] === structure.molecule[count - 1]) count--;
  return count > 0 ? count : mostParticles;
}

function wrapMolecules(structure: Structure, { positions, box }: Frame): Float64Array {
  const v = box.vectors;
  const wrapped = Float64Array.from(positions);
  if (!v) return wrapped;
  const centres = moleculeCentres(structure, positions);
  for (let i = 0; i < structure.mass.length; i++) {
    const m = 3 * structure.molecule[i];
    const c = Math.floor(centres[m + 2] / v[8]);
    const b = Math.floor((centres[m + 1] - c * v[7]) / v[4]);
    const a = Math.floor((centres[m] - b * v[3] - c * v[6]) / v[0]);
    wrapped[3 * i] -= a * v[0] + b * v[3] + c * v[6];
    wrapped[3 * i + 1] -= b * v[4] + c * v[7];
    wrapped[3 * i + 2] -= c * v[8];
  }
  return wrapped;
}

function kindsOf(structure: Structure, count: number, frame: Frame, positions: Float64Array) {
  const names: string[] = [];
  const kinds: { name: string; colour: string | number; radius: number }[] = [];
  const radius = beadRadius(structure, frame, positions);
  const sites = new Set(structure.name);
  // sites are told apart by their place in the molecule, as in the drawing of the mapping, if they are few
  const bySite = !structure.element.some((element) => element) && sites.size > 1 && sites.size <= 6;
  const kind = Uint8Array.from({ length: count }, (_, i) => {
    const element = structure.element[i];
    const type = structure.typeNames[structure.type[i]];
    const name = element || (bySite ? `${structure.name[i]} ${type}` : type);
    const known = names.indexOf(name);
    if (known >= 0) return known;
    const atom = structure.units === 'md' ? elements[element] : undefined;
    kinds.push(atom ? { name, ...atom } : { name, colour: names.length, radius });
    return Math.min(255, names.push(name) - 1);
  });
  return { kinds, kind };
}

/** Spheres that nearly touch: half a bond in open boundaries, else from the volume of a particle. */
function beadRadius(structure: Structure, { box }: Frame, positions: Float64Array): number {
  const count = structure.mass.length;
  if (box.vectors) return 0.48 * Math.cbrt((box.vectors[0] * box.vectors[4] * box.vectors[8]) / count);
  const bonds = structure.bonds.length / 2;
  let length = 0;
  for (let b = 0; b < 2 * bonds; b += 2) length += distance(positions, structure.bonds[b], structure.bonds[b + 1]) / bonds;
  return bonds > 0 ? length / 2 : 0.5;
}

function distance(x: Float64Array, i: number, j: number): number {
  return Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);
}

function bondsOf(structure: Structure, count: number): Uint32Array {
  const bonds: number[] = [];
  for (let b = 0; b < structure.bonds.length; b += 2)
    if (structure.bonds[b] < count && structure.bonds[b + 1] < count) bonds.push(structure.bonds[b], structure.bonds[b + 1]);
  return Uint32Array.from(bonds);
}

function boxMiddle({ vectors }: Box): number[] {
  const v = vectors as Float64Array;
  return [0, 1, 2].map((k) => (v[k] + v[3 + k] + v[6 + k]) / 2);
}

function meanPosition(positions: Float64Array, count: number): number[] {
  const middle = [0, 0, 0];
  for (let i = 0; i < 3 * count; i++) middle[i % 3] += positions[i] / count;
  return middle;
}

function pack(
  positions: Float64Array,
  count: number,
  middle: readonly number[],
  { kinds, kind }: { kinds: View['kinds']; kind: Uint8Array },
  bonds: Uint32Array | null,
  box: number[] | null,
  labels: readonly string[] | null,
): View {
  let largest = 1e-9;
  for (let i = 0; i < 3 * count; i++) largest = Math.max(largest, Math.abs(positions[i] - middle[i % 3]));
  const unit = largest / 32000;
  const packed = Int16Array.from({ length: 3 * count }, (_, i) => Math.round((positions[i] - middle[i % 3]) / unit));
  const base64 = (array: { buffer: ArrayBufferLike }): string => Buffer.from(array.buffer as ArrayBuffer).toString('base64');
  return {
    count,
    positions: base64(packed),
    unit,
    kind: base64(kind),
    kinds,
    bonds: bonds && bonds.length > 0 ? base64(bonds) : null,
    box,
    labels,
  };
}
