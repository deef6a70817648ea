/** From a GROMACS topology to a structure with its forces: every molecule as often as [ molecules ] says. */
import { InputError } from '../../errors.ts';
import type { BondedForce, ForceDescription } from '../../forces/description.ts';
import type { Box } from '../../system/box.ts';
import type { Constraints } from '../../system/constraints.ts';
import type { NonbondedSettings } from '../../system/nonbonded-settings.ts';
import { concatenate } from '../../system/structure.ts';
import type { Structure } from '../../system/system.ts';
import { replicateSites, type VirtualSite } from '../../system/virtual-sites.ts';
import type { GromacsTopology } from './description.ts';
import { mixed } from './mixing.ts';
import { type BondedList, type CompiledMolecule, compileMolecule } from './molecule.ts';

/** A compiled molecule type, and the first atoms of its copies. */
interface Copies {
  readonly molecule: CompiledMolecule;
  readonly starts: readonly number[];
}

export interface GromacsSystem {
  readonly structure: Structure;
  readonly constraints: Constraints;
  readonly virtualSites: readonly VirtualSite[];
  /** Forces of `structure`, or of several copies of it that follow each other. */
  forces(structure: Structure, box: Box): ForceDescription[];
}

/** @throws InputError at `file:line` of the topology for a missing parameter; later, at `where`, for a periodic box without cut-off */
export function gromacsSystem(topology: GromacsTopology, nonbonded: NonbondedSettings, where: string): GromacsSystem {
  const compiled = new Map<string, { molecule: CompiledMolecule; starts: number[] }>();
  const structures: Structure[] = [];
  let atoms = 0;
  for (const { type, count } of topology.molecules) {
    const entry = compiled.get(type.name) ?? { molecule: compileMolecule(type, topology), starts: [] };
    compiled.set(type.name, entry);
    for (let m = 0; m < count; m++) {
      structures.push(entry.molecule.structure);
      entry.starts.push(atoms);
      atoms += type.atoms.length;
    }
  }
  const kinds: Copies[] = [...compiled.values()];
  const structure = concatenate(structures);
  const virtualSites = kinds.flatMap(({ molecule, starts }) =>
    molecule.virtualSites.length === 0 ? [] : starts.flatMap((start) => shiftedSites(molecule.virtualSites, start)),
  );
  return {
    structure,
    constraints: {
      atoms: Int32Array.from(repeated(kinds, (molecule) => molecule.constraints.atoms)),
      lengths: Float64Array.from(kinds.flatMap(({ molecule, starts }) => starts.flatMap(() => molecule.constraints.lengths))),
    },
    virtualSites,
    forces(whole, box) {
      const copies = whole.mass.length / atoms;
      const all = kinds.map(({ molecule, starts }) => ({
        molecule,
        starts: Array.from({ length: copies }, (_, c) => starts.map((start) => start + c * atoms)).flat(),
      }));
      if (box.vectors && !Number.isFinite(nonbonded.cutoff))
        throw new InputError(
          where,
          'pair interactions in a periodic box need a cut-off; give "nonbonded": { "cutoff": ... } beside the topology',
        );
      return [...bondedForces(all), ...nonbondedForces(topology, all, whole, nonbonded)];
    },
  };
}

function shiftedSites(sites: readonly VirtualSite[], start: number): VirtualSite[] {
  // The second of two copies of a structure of `start` particles begins at `start`.
  return start === 0 ? [...sites] : replicateSites(sites, start, 2).slice(sites.length);
}

/** Atoms of a list, for all copies. */
function repeated(kinds: readonly Copies[], atoms: (molecule: CompiledMolecule) => readonly number[]): number[] {
  const out: number[] = [];
  for (const { molecule, starts } of kinds) {
    const one = atoms(molecule);
    for (const start of starts) for (const i of one) out.push(start + i);
  }
  return out;
}

function bondedForces(kinds: readonly Copies[]): BondedForce[] {
  const merged = new Map<string, BondedList>();
  for (const { molecule, starts } of kinds)
    for (const [name, one] of molecule.bonded) {
      const found = merged.get(name) ?? { ...one, atoms: [], parameters: [] };
      merged.set(name, found);
      for (const start of starts) {
        for (const i of one.atoms) found.atoms.push(start + i);
        for (const p of one.parameters) found.parameters.push(p);
      }
    }
  return [...merged.values()].map((force) => ({
    kind: 'bonded',
    ...force,
    atoms: Int32Array.from(force.atoms),
    parameters: Float64Array.from(force.parameters),
  }));
}

function nonbondedForces(
  topology: GromacsTopology,
  kinds: readonly Copies[],
  structure: Structure,
  nonbonded: NonbondedSettings,
): ForceDescription[] {
  const names = structure.typeNames;
  const matrix = new Float64Array(2 * names.length * names.length);
  names.forEach((a, s) => {
    names.forEach((b, t) => {
      const { sigma, epsilon } = mixed(topology, a, b);
      matrix.set([sigma, epsilon], 2 * (s * names.length + t));
    });
  });
  const charged = nonbonded.coulomb !== null && structure.charge.some((q) => q !== 0);
  const force: ForceDescription = {
    kind: 'nonbonded',
    label: 'lennard-jones',
    cutoff: nonbonded.cutoff,
    pair: {
      term: 'lennard-jones',
      parameters: matrix,
      width: 2,
      modifier: nonbonded.modifier,
      // As in GROMACS, where a topology does not say it: only if asked for.
      dispersionCorrection: nonbonded.dispersionCorrection ?? false,
      ...(nonbonded.switchDistance !== undefined && { switchDistance: nonbonded.switchDistance }),
    },
    coulomb: charged ? nonbonded.coulomb : null,
    exclusions: Int32Array.from(repeated(kinds, (molecule) => molecule.exclusions)),
  };
  const atoms = Int32Array.from(repeated(kinds, (molecule) => molecule.pairs.atoms));
  if (atoms.length === 0) return [force];
  const parameters = Float64Array.from(
    kinds.flatMap(({ molecule, starts }) => starts.flatMap(() => molecule.pairs.parameters)),
    (value, k) => (k % 3 === 2 && !charged ? 0 : value),
  );
  return [force, { kind: 'pair-list', label: 'pairs-1-4', atoms, parameters }];
}
