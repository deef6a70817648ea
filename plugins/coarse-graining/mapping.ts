/** What `mapping.json` holds, and reading it back. */
import { type FinishedStage, InputError } from '../../engine/index.ts';

/** What makes two sites be of one type: the same place in the molecule's bond graph, or the same atoms inside. */
export type TypesBy = 'surroundings' | 'composition';

/** The part of a mapping that applying it needs: which site of its molecule each atom belongs to. */
export interface Assignment {
  readonly atomsPerMolecule: number;
  readonly sites: number;
  /** Site of each atom of a molecule, 0 ... sites - 1; every site holds an atom. */
  readonly assignment: readonly number[];
  /** `surroundings` if absent. */
  readonly typesBy?: TypesBy | undefined;
}

/** How good a hard assignment is. Lengths and forces in the units of the run (nm and kJ/mol/nm, or reduced). */
export interface MappingQuality {
  /** Mean square deviation of reconstructed from true positions, per atom and coordinate, with the optimal linear decoder. */
  readonly reconstruction: number;
  /** The least that any linear map to as many sites could reach (see `pcaBound`), same units. */
  readonly pcaBound: number;
  /** <|F|^2> of the mapped forces, averaged over sites; `null` if the run stored no forces. */
  readonly force: number | null;
  /** Connected pieces along the bonds that each site falls into; 1 for a contiguous site. */
  readonly fragments: readonly number[];
}

/** What one training arrived at. */
export interface SeedReport extends MappingQuality {
  readonly seed: number;
  /** Sites that hold at least one atom; less than asked for if some stayed empty. */
  readonly sites: number;
  readonly assignment: readonly number[];
  readonly occupancy: readonly number[];
  /** The training loss that the best seed is chosen by: hard assignment, optimal decoder, relative units. */
  readonly loss: number;
  /** Reconstruction of the assignment as it was before hardening: soft, at the last temperature. */
  readonly softReconstruction: number;
  /** Atoms that changed their site one at a time after the training, each lowering the loss. */
  readonly polishMoves: number;
  /** Moves of groups of atoms (two sites divided anew, or two merged and a third split), each lowering the loss. */
  readonly regroupings: number;
}

/** One number of sites with one weight of the forces: what the best of its seeds arrived at. */
export interface ScanPoint extends MappingQuality {
  readonly sitesRequested: number;
  readonly forceWeight: number;
  readonly sites: number;
  readonly assignment: readonly number[];
  readonly occupancy: readonly number[];
  readonly equalBlocks: number | null;
  readonly loss: number;
  /** Seeds that arrived at the same assignment as the best. */
  readonly agreeing: number;
  readonly seeds: readonly SeedReport[];
}

/** Several numbers of sites or weights of the forces tried in one stage. */
export interface Scan {
  /** Which point the rest of `mapping.json` is about, and the rule that chose it, in words. */
  readonly chosen: { readonly sitesPerMolecule: number; readonly forceWeight: number; readonly because: string };
  readonly points: readonly ScanPoint[];
}

/** The content of `mapping.json`. */
export interface Mapping extends Assignment, MappingQuality {
  readonly occupancy: readonly number[];
  /** Names and elements of the atoms of a molecule. */
  readonly atoms: readonly { readonly name: string; readonly element: string }[];
  /** Names of the sites and of their types: sites that the bond graph cannot tell apart share a type. */
  readonly siteNames: readonly string[];
  readonly siteTypes: readonly string[];
  /** Row-major sites x atoms: z = E x, rows add up to 1. */
  readonly encoder: readonly (readonly number[])[];
  /** Row-major atoms x sites: x = D z relative to the molecule's centroid. */
  readonly decoder: readonly (readonly number[])[];
  /** Reconstruction of equal blocks of consecutive atoms; `null` where consecutive atoms are not bonded. */
  readonly equalBlocks: number | null;
  readonly sitesRequested: number;
  /** Where the assignment is from: `trained`, `given`, or the rule (`2:1`). */
  readonly origin: string;
  /** Weight of the forces in the training; `null` where nothing was trained. */
  readonly forceWeight: number | null;
  /** Seeds that arrived at this assignment. */
  readonly agreeing: number;
  /** Number of molecules and frames averaged over. */
  readonly molecules: number;
  readonly frames: number;
  /** Empty if the assignment was given by hand. */
  readonly seeds: readonly SeedReport[];
  readonly backend: string | null;
  /** Only where several numbers of sites or weights were tried. */
  readonly scan?: Scan;
}

/** The content of `encoder-course.json`: encoders of the best seed from the start of its training to the end, soft as they were. */
export interface EncoderCourse {
  readonly seed: number;
  /** `encoder` is sites x atoms, its rows in the order of the sites of `mapping.json` (sites left empty last). */
  readonly snapshots: readonly { readonly epoch: number; readonly temperature: number; readonly encoder: readonly number[][] }[];
}

/**
 * Reads the mapping of a finished `train-mapping` stage.
 * @throws InputError if the file is missing, is not JSON or does not hold a valid assignment.
 */
export async function readMapping(stage: FinishedStage): Promise<Mapping> {
  const where = `${stage.name}/mapping.json`;
  if (!stage.folder.exists('mapping.json'))
    throw new InputError(where, `the stage "${stage.name}" (${stage.kind}) left no mapping; name a finished train-mapping stage`);
  let content: unknown;
  try {
    content = JSON.parse(await stage.folder.readText('mapping.json'));
  } catch (error) {
    throw new InputError(where, `is not JSON (${(error as Error).message}); run the stage "${stage.name}" again`);
  }
  if (typeof content !== 'object' || content === null || !Array.isArray((content as Mapping).assignment))
    throw new InputError(where, `has no list "assignment"; run the stage "${stage.name}" again`);
  const mapping = content as Mapping;
  checkAssignment(mapping.assignment, mapping.sites, mapping.atomsPerMolecule, where);
  return mapping;
}

/** Throws InputError unless `assignment` names one of `sites` sites for each of `atoms` atoms and leaves no site empty. */
export function checkAssignment(assignment: readonly number[], sites: number, atoms: number, where: string): void {
  if (assignment.length !== atoms)
    throw new InputError(where, `the assignment names a site for ${assignment.length} atoms, but a molecule has ${atoms}`);
  const wrong = assignment.findIndex((site) => !Number.isInteger(site) || site < 0 || site >= sites);
  if (wrong >= 0)
    throw new InputError(where, `atom ${wrong} is assigned to site ${assignment[wrong]}; allowed are 0 to ${sites - 1}`);
  const empty = occupancy(assignment, sites).indexOf(0);
  if (empty >= 0)
    throw new InputError(where, `site ${empty} of ${sites} holds no atom; number the sites 0, 1, ... without a gap`);
}

/** Number of atoms in each site. */
export function occupancy(assignment: readonly number[], sites: number): number[] {
  const counts = new Array<number>(sites).fill(0);
  for (const site of assignment) counts[site]++;
  return counts;
}

/** The same partition with its used sites numbered by their first atoms; `original` holds the old number of each. */
export function compact(assignment: readonly number[]): { sites: number; assignment: number[]; original: number[] } {
  const number = new Map<number, number>();
  for (const site of assignment) if (!number.has(site)) number.set(site, number.size);
  return {
    sites: number.size,
    assignment: assignment.map((site) => number.get(site) as number),
    original: [...number.keys()],
  };
}
