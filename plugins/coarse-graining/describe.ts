/** Everything that `mapping.json` says of an assignment, and the file's text. */
import type { Structure } from '../../engine/index.ts';
import { mapStructure } from './apply.ts';
import type { Covariances } from './covariance.ts';
import { type Mapping, occupancy, type Scan, type SeedReport, type TypesBy } from './mapping.ts';
import { toRows } from './matrix.ts';
import type { MoleculeLayout } from './molecules.ts';
import { equalBlocks, hardMap } from './quality.ts';

export interface Origin {
  readonly sitesRequested: number;
  readonly origin: string;
  readonly forceWeight: number | null;
  readonly seeds: readonly SeedReport[];
  readonly backend: string | null;
  readonly typesBy?: TypesBy | undefined;
  readonly scan?: Scan;
}

/** @param assignment leaves none of its sites empty */
export function describeMapping(
  data: Covariances,
  structure: Structure,
  layout: MoleculeLayout,
  assignment: readonly number[],
  { scan, ...origin }: Origin,
): Mapping {
  const sites = Math.max(...assignment) + 1;
  const map = hardMap(data, assignment, sites, layout.bonds);
  const mapped = mapStructure(structure, { atomsPerMolecule: data.atoms, sites, assignment, typesBy: origin.typesBy });
  return {
    atomsPerMolecule: data.atoms,
    sites,
    assignment,
    occupancy: occupancy(assignment, sites),
    reconstruction: map.reconstruction,
    pcaBound: map.pcaBound,
    equalBlocks: equalBlocksReconstruction(data, sites, layout.bonds),
    force: map.force,
    fragments: map.fragments,
    ...origin,
    agreeing: agreeing(origin.seeds, assignment),
    molecules: data.molecules,
    frames: data.frames,
    atoms: Array.from({ length: data.atoms }, (_, i) => ({ name: structure.name[i], element: structure.element[i] })),
    siteNames: mapped.name.slice(0, sites),
    siteTypes: Array.from({ length: sites }, (_, s) => mapped.typeNames[mapped.type[s]]),
    encoder: toRows(map.encoder, sites),
    decoder: toRows(map.decoder, data.atoms),
    ...(scan ? { scan } : {}),
  };
}

/** The yardstick for chains and rings whose atoms are numbered along the bonds; `null` where consecutive atoms are not bonded. */
export function equalBlocksReconstruction(data: Covariances, sites: number, bonds: Int32Array): number | null {
  const blocks = hardMap(data, equalBlocks(data.atoms, sites), sites, bonds);
  return blocks.fragments.every((pieces) => pieces === 1) ? blocks.reconstruction : null;
}

/** How many seeds arrived at an assignment. Sites are numbered by their first atoms, so equal partitions are equal lists. */
export function agreeing(seeds: readonly SeedReport[], assignment: readonly number[]): number {
  return seeds.filter((seed) => seed.assignment.every((site, i) => site === assignment[i])).length;
}

/** JSON with a line for each property and for each list of numbers. */
export function readableJson(value: unknown): string {
  const listOfNumbers = /\[\s*(-?\d[\d.eE+-]*(?:,\s*-?\d[\d.eE+-]*)*)\s*\]/g;
  return `${JSON.stringify(value, null, 1).replace(listOfNumbers, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`)}\n`;
}

export function summaryLine(mapping: Mapping): string {
  const pieces = mapping.fragments.reduce((sum, count) => sum + count, 0);
  const blocks = mapping.equalBlocks === null ? '' : `, equal blocks ${mapping.equalBlocks.toPrecision(4)}`;
  const names = mapping.siteTypes.length <= 8 ? ` (${mapping.siteTypes.join(', ')})` : '';
  const seeds = mapping.seeds.length > 0 ? `; ${mapping.agreeing} of ${mapping.seeds.length} seeds agree` : '';
  return (
    `${mapping.atomsPerMolecule} atoms to ${mapping.sites} sites${names}: reconstruction ${mapping.reconstruction.toPrecision(4)} ` +
    `per coordinate, PCA bound ${mapping.pcaBound.toPrecision(4)}${blocks}; ${pieces} connected pieces${seeds}`
  );
}
