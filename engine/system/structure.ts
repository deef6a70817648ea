/** Making, checking, joining, replicating and storing structures: the particles of a system and how they are connected. */
import { InputError } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { Box } from './box.ts';
import { replicateConstraints } from './constraints.ts';
import type { Assembly, Structure } from './system.ts';
import { moleculesFromBonds } from './topology.ts';
import { replicateSites } from './virtual-sites.ts';

/** What `makeStructure` needs; whatever is left out takes the value said beside it. */
export interface StructureParts {
  readonly units: UnitSystem;
  readonly mass: ArrayLike<number>;
  /** 0 */
  readonly charge?: ArrayLike<number>;
  /** Index into `typeNames`; 0. */
  readonly type?: ArrayLike<number>;
  /** ['particle'] */
  readonly typeNames?: readonly string[];
  /** The name of the particle's type. */
  readonly name?: readonly string[];
  /** Empty strings. */
  readonly element?: readonly string[];
  /** Flat pairs in any order and direction; none. */
  readonly bonds?: ArrayLike<number>;
  /** What the bonds connect. */
  readonly molecule?: ArrayLike<number>;
  /** One residue a molecule. */
  readonly residue?: ArrayLike<number>;
  /** 'MOL' for each residue. */
  readonly residueNames?: readonly string[];
}

/**
 * A structure from plain arrays, checked. Bonds come out with i < j, sorted.
 * Throws InputError at `where` for a mass that is negative, a number that is not finite, an index out of range, arrays of
 * unequal length, a bond given twice, or a molecule whose particles are not contiguous.
 */
export function makeStructure(parts: StructureParts, where = ''): Structure {
  const n = parts.mass.length;
  const typeNames = parts.typeNames ?? ['particle'];
  const type = parts.type ? Int32Array.from(parts.type) : new Int32Array(n);
  type.forEach((t, i) => {
    if (!(t in typeNames))
      throw new InputError(
        where,
        `particle ${i} has type ${t}, but there are ${typeNames.length} types (0 to ${typeNames.length - 1})`,
      );
  });
  const bonds = sortedBonds(parts.bonds ?? [], n, where);
  const molecule = Int32Array.from(parts.molecule ?? moleculesFromBonds(n, bonds));
  const residue = parts.residue ? Int32Array.from(parts.residue) : molecule;
  const residues = residue.reduce((largest, r) => Math.max(largest, r + 1), 0);
  const structure: Structure = {
    units: parts.units,
    mass: Float64Array.from(parts.mass),
    charge: parts.charge ? Float64Array.from(parts.charge) : new Float64Array(n),
    type,
    typeNames,
    name: parts.name ?? Array.from(type, (t) => typeNames[t]),
    element: parts.element ?? new Array<string>(n).fill(''),
    molecule,
    residue,
    residueNames: parts.residueNames ?? new Array<string>(residues).fill('MOL'),
    bonds,
  };
  checkStructure(structure, where);
  return structure;
}

/** A particle as users know it: `3 (C1 of ETH 1)`; all counts from 0. */
export function particleLabel(structure: Structure, i: number): string {
  const residue = structure.residue[i];
  return `${i} (${structure.name[i]} of ${structure.residueNames[residue] ?? 'residue'} ${residue})`;
}

/** Throws InputError at `where` naming the first particle that cannot be. */
export function checkStructure(structure: Structure, where = ''): void {
  const n = structure.mass.length;
  const perParticle = ['charge', 'type', 'name', 'element', 'molecule', 'residue'] as const;
  for (const key of perParticle) {
    if (structure[key].length !== n)
      throw new InputError(where, `${n} masses, but ${structure[key].length} values of "${key}"; there must be one a particle`);
  }
  for (let i = 0; i < n; i++) {
    // Mass 0 is that of virtual sites: checkVirtualSites looks whether it is one.
    if (!(structure.mass[i] >= 0) || !Number.isFinite(structure.mass[i]))
      throw new InputError(
        where,
        `particle ${particleLabel(structure, i)} has mass ${structure.mass[i]}; a mass must be positive (0 for virtual sites)`,
      );
    if (!Number.isFinite(structure.charge[i]))
      throw new InputError(
        where,
        `particle ${particleLabel(structure, i)} has charge ${structure.charge[i]}; it must be a finite number`,
      );
    if (!(structure.residue[i] in structure.residueNames))
      throw new InputError(
        where,
        `particle ${i} is in residue ${structure.residue[i]}, but only ${structure.residueNames.length} residues have names`,
      );
    const step = structure.molecule[i] - (i === 0 ? -1 : structure.molecule[i - 1]);
    if (step !== 0 && step !== 1)
      throw new InputError(
        where,
        `particle ${particleLabel(structure, i)} belongs to molecule ${structure.molecule[i]} after one of molecule ` +
          `${structure.molecule[i - 1] ?? 'none'}; the particles of a molecule must follow each other (reorder them in the file)`,
      );
  }
}

function sortedBonds(bonds: ArrayLike<number>, n: number, where: string): Int32Array {
  if (bonds.length % 2 !== 0) throw new InputError(where, `${bonds.length} indices of bonds; they come in pairs`);
  const pairs: [number, number][] = [];
  for (let b = 0; b < bonds.length; b += 2) {
    const i = Math.min(bonds[b], bonds[b + 1]);
    const j = Math.max(bonds[b], bonds[b + 1]);
    if (!(i >= 0 && j < n && i !== j))
      throw new InputError(where, `a bond between particles ${bonds[b]} and ${bonds[b + 1]}; there are particles 0 to ${n - 1}`);
    pairs.push([i, j]);
  }
  pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  pairs.forEach(([i, j], k) => {
    if (k > 0 && pairs[k - 1][0] === i && pairs[k - 1][1] === j)
      throw new InputError(where, `the bond between particles ${i} and ${j} is given twice`);
  });
  return Int32Array.from(pairs.flat());
}

/**
 * Several structures as one, in order; types of equal name become one type, molecules and residues are renumbered.
 * Throws InputError if the units differ.
 */
export function concatenate(structures: readonly Structure[]): Structure {
  if (structures.length === 1) return structures[0];
  const units = structures[0]?.units ?? 'md';
  const total = structures.reduce((sum, s) => sum + s.mass.length, 0);
  const typeNames: string[] = [];
  const joined = {
    mass: new Float64Array(total),
    charge: new Float64Array(total),
    type: new Int32Array(total),
    molecule: new Int32Array(total),
    residue: new Int32Array(total),
    bonds: new Int32Array(structures.reduce((sum, s) => sum + s.bonds.length, 0)),
  };
  let [atom, molecule, residue, bond] = [0, 0, 0, 0];
  for (const s of structures) {
    if (s.units !== units) throw new InputError('', `cannot join a structure in ${s.units} units to one in ${units} units`);
    const n = s.mass.length;
    const typeOf = s.typeNames.map((name) => {
      if (!typeNames.includes(name)) typeNames.push(name);
      return typeNames.indexOf(name);
    });
    joined.mass.set(s.mass, atom);
    joined.charge.set(s.charge, atom);
    for (let i = 0; i < n; i++) {
      joined.type[atom + i] = typeOf[s.type[i]];
      joined.molecule[atom + i] = molecule + s.molecule[i];
      joined.residue[atom + i] = residue + s.residue[i];
    }
    for (let b = 0; b < s.bonds.length; b++) joined.bonds[bond + b] = atom + s.bonds[b];
    atom += n;
    molecule += moleculeCount(s);
    residue += s.residueNames.length;
    bond += s.bonds.length;
  }
  return {
    units,
    typeNames,
    name: structures.flatMap((s) => s.name),
    element: structures.flatMap((s) => s.element),
    residueNames: structures.flatMap((s) => s.residueNames),
    ...joined,
  };
}

/** Number of molecules. */
export function moleculeCount(structure: Structure): number {
  const n = structure.molecule.length;
  return n === 0 ? 0 : structure.molecule[n - 1] + 1;
}

/**
 * The assembly repeated nx x ny x nz times along its box vectors: copies in the order x fastest, z slowest, each a shifted copy of
 * positions and connectivity. Velocities are dropped (`null`): copies that move alike would stay correlated.
 * Throws InputError at `where` for counts that are not positive integers and for an open box.
 */
export function replicate(assembly: Assembly, counts: readonly number[], where = ''): Assembly {
  if (counts.length !== 3 || counts.some((c) => !Number.isInteger(c) || c < 1))
    throw new InputError(
      where,
      `replicate is [${counts.join(', ')}]; it must be three whole numbers of at least 1, such as [2, 2, 2]`,
    );
  const [nx, ny, nz] = counts;
  const copies = nx * ny * nz;
  if (copies === 1) return assembly;
  const v = assembly.box.vectors;
  if (!v) throw new InputError(where, 'a system with open boundaries cannot be replicated; give it a box');
  const n3 = assembly.positions.length;
  const positions = new Float64Array(n3 * copies);
  let o = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        for (let p = 0; p < n3; p++) {
          const d = p % 3;
          positions[o++] = assembly.positions[p] + i * v[d] + j * v[3 + d] + k * v[6 + d];
        }
      }
  const scale = [nx, nx, nx, ny, ny, ny, nz, nz, nz];
  const box: Box = { vectors: v.map((x, d) => x * scale[d]) };
  return {
    structure: concatenate(new Array<Structure>(copies).fill(assembly.structure)),
    positions,
    velocities: null,
    box,
    ...(assembly.forces && { forces: assembly.forces }),
    ...(assembly.constraints && { constraints: replicateConstraints(assembly.constraints, n3 / 3, copies) }),
    ...(assembly.virtualSites && { virtualSites: replicateSites(assembly.virtualSites, n3 / 3, copies) }),
  };
}

/** The JSON form of a structure: `structure.json` of a run. Arrays have one element a particle, `bonds` is a list of pairs. */
export interface StructureJson {
  readonly units: UnitSystem;
  readonly particles: number;
  readonly mass: readonly number[];
  readonly charge: readonly number[];
  readonly type: readonly number[];
  readonly typeNames: readonly string[];
  readonly name: readonly string[];
  readonly element: readonly string[];
  readonly molecule: readonly number[];
  readonly residue: readonly number[];
  readonly residueNames: readonly string[];
  readonly bonds: readonly (readonly [number, number])[];
}

export function structureToJson(structure: Structure): StructureJson {
  const bonds: [number, number][] = [];
  for (let b = 0; b < structure.bonds.length; b += 2) bonds.push([structure.bonds[b], structure.bonds[b + 1]]);
  return {
    units: structure.units,
    particles: structure.mass.length,
    mass: Array.from(structure.mass),
    charge: Array.from(structure.charge),
    type: Array.from(structure.type),
    typeNames: structure.typeNames,
    name: structure.name,
    element: structure.element,
    molecule: Array.from(structure.molecule),
    residue: Array.from(structure.residue),
    residueNames: structure.residueNames,
    bonds,
  };
}

/** The inverse of `structureToJson`. Throws InputError at `where` (a file name) for content that is no structure. */
export function structureFromJson(json: unknown, where: string): Structure {
  const j = json as Partial<StructureJson> | null;
  const arrays = [
    'mass',
    'charge',
    'type',
    'typeNames',
    'name',
    'element',
    'molecule',
    'residue',
    'residueNames',
    'bonds',
  ] as const;
  const missing = arrays.filter((key) => !Array.isArray(j?.[key]));
  if (j === null || missing.length > 0)
    throw new InputError(where, `this is no structure: the lists ${missing.join(', ')} are missing`);
  if (j.units !== 'md' && j.units !== 'lj') throw new InputError(where, `units is ${JSON.stringify(j.units)}; allowed: md, lj`);
  const { units, mass, charge, type, typeNames, name, element, molecule, residue, residueNames, bonds } = j as StructureJson;
  return makeStructure(
    { units, mass, charge, type, typeNames, name, element, molecule, residue, residueNames, bonds: bonds.flat() },
    where,
  );
}
