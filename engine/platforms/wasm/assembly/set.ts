/** A set of pair interactions that share a cut-off: its clusters, its lists and its parameters. */
import { rowWidth } from './layout';
import { allocate, Region } from './memory';
import { doublePrecision, particles } from './state';

/** The squared range that stands for no cut-off. */
export const boundless: f64 = 1e24;

// @ts-ignore: decorator
@unmanaged
export class PairSet {
  cutoff: f64;
  cutoff2: f64;
  infinite: bool;
  pair: i32;
  coulomb: i32;
  types: i32;

  /** List radii: pairs within cutoff + inner are in the pruned list, clusters within cutoff + outer in the cluster list. */
  inner: f64;
  outer: f64;
  /** Whether they were set by the user. */
  fixedBuffers: bool;

  /** i32 a particle: its slot. */
  slot: usize;
  /** f64, 3 a particle: what to take off a position to get its place in the frame of its cluster. */
  offset: usize;
  /** Clusters: columns of the grid hold consecutive clusters, sorted by z. */
  clusters: i32;
  columnsX: i32;
  columnsY: i32;
  lowX: f64;
  lowY: f64;
  highX: f64;
  highY: f64;
  columnWidthX: f64;
  columnWidthY: f64;
  columnStart: Region;
  /** i32 a slot: its particle, or -1. */
  order: Region;
  /** f32 records of 48 bytes a cluster: x of four, y of four, z of four. */
  records: Region;
  recordsAtPrune: Region;
  recordsAtBuild: Region;
  results: Region;
  /** The same in f64, 96 bytes, where the precision asks for it. */
  doubleRecords: Region;
  doubleResults: Region;
  /** f64, 3 a cluster: origin of its frame. */
  frames: Region;
  /** i32 a cluster: number of its frame, less than frameCount. */
  frameNumbers: Region;
  frameCount: i32;
  /** f32, 8 a cluster: lower and upper corner of its bounding box, in the wrapped cell. */
  bounds: Region;
  /**
   * Where padding lanes are: out of every cut-off, but not so far that powers of 1/r become denormal numbers, which are slow.
   */
  farAway: f64;
  /** Charges, 16 (32) bytes a cluster. */
  charges: Region;
  /** i32 a slot: type. */
  slotTypes: Region;
  /** Rows: [type of i][cluster][parameter][lane]. */
  rows: Region;
  rowStride: usize;

  /** The cluster list and the pruned list, with the ends of their contents. */
  clusterList: Region;
  clusterListEnd: usize;
  list: Region;
  listEnd: usize;

  keys: Region;
  entries: Region;
  /** Work space of the cluster search: clusters found for a group, their images, and those selected for one. */
  candidates: Region;
  images: Region;
  selected: Region;
  marks: Region;

  /** f64 a particle; f64 matrices over types, rowWidth each. */
  charge: usize;
  type: usize;
  matrix: usize;
  table: usize;
  coulombTable: usize;
  /** Constants of the pair potential and of the Coulomb function. */
  k0: f64;
  k1: f64;
  c0: f64;
  c1: f64;

  /** Excluded partners, both ways: `excluded[excludedStart[i] ... excludedStart[i + 1]]`. */
  excludedStart: usize;
  excluded: usize;

  /** Positions at the last build and at the last prune: with them a run that is continued has the same lists. */
  builtAt: usize;
  prunedAt: usize;
  built: bool;
  /** Largest squared displacement since the last prune; NaN counts as moved. */
  moved2: f64;
  builds: i32;
  prunes: i32;
  evaluations: i32;
  listed: i64;

  energy: f64;
}

export function createSet(cutoff: f64, infinite: bool, types: i32, exclusions: i32): PairSet {
  const set = changetype<PairSet>(allocate(offsetof<PairSet>()));
  set.cutoff = cutoff;
  set.infinite = infinite;
  set.cutoff2 = infinite ? boundless : cutoff * cutoff;
  set.types = types;
  set.columnStart = region();
  set.order = region();
  set.records = region();
  set.recordsAtPrune = region();
  set.recordsAtBuild = region();
  set.results = region();
  set.doubleRecords = region();
  set.doubleResults = region();
  set.frames = region();
  set.frameNumbers = region();
  set.bounds = region();
  set.charges = region();
  set.slotTypes = region();
  set.rows = region();
  set.clusterList = region();
  set.list = region();
  set.keys = region();
  set.entries = region();
  set.candidates = region();
  set.images = region();
  set.selected = region();
  set.marks = region();
  const n = <usize>particles;
  set.slot = allocate(4 * n);
  set.offset = allocate(24 * n);
  set.charge = allocate(8 * n);
  set.type = allocate(4 * n);
  set.matrix = allocate(<usize>(types * types * rowWidth) * 8);
  set.excludedStart = allocate(4 * n + 4);
  set.excluded = allocate(<usize>exclusions * 4);
  set.builtAt = allocate(24 * n);
  set.prunedAt = allocate(24 * n);
  return set;
}

function region(): Region {
  return changetype<Region>(allocate(offsetof<Region>()));
}

export function configurePotential(set: PairSet, pair: i32, coulomb: i32, k0: f64, k1: f64, c0: f64, c1: f64): void {
  set.pair = pair;
  set.coulomb = coulomb;
  set.k0 = k0;
  set.k1 = k1;
  set.c0 = c0;
  set.c1 = c1;
}

export function setBuffers(set: PairSet, inner: f64, outer: f64): void {
  set.inner = inner;
  set.outer = outer;
}

/** Keeps the buffers as they are. */
export function fixBuffers(set: PairSet): void {
  set.fixedBuffers = true;
}

/** Coefficients of tables, tableWidth a cell, in the precision of the kernels. */
export function allocateTables(set: PairSet, pairCells: i32, coulombCells: i32): void {
  const bytes: usize = doublePrecision ? 32 : 16;
  set.table = allocate(<usize>pairCells * bytes);
  set.coulombTable = allocate(<usize>coulombCells * bytes);
}

export function setCharge(set: PairSet): usize { return set.charge; }
export function setType(set: PairSet): usize { return set.type; }
export function setMatrix(set: PairSet): usize { return set.matrix; }
export function setTable(set: PairSet): usize { return set.table; }
export function setCoulombTable(set: PairSet): usize { return set.coulombTable; }
export function setExcludedStart(set: PairSet): usize { return set.excludedStart; }
export function setExcluded(set: PairSet): usize { return set.excluded; }
export function setBuiltAt(set: PairSet): usize { return set.builtAt; }
export function setPrunedAt(set: PairSet): usize { return set.prunedAt; }
export function setIsBuilt(set: PairSet): bool { return set.built; }
export function setInner(set: PairSet): f64 { return set.inner; }
export function setOuter(set: PairSet): f64 { return set.outer; }
export function setBuilds(set: PairSet): i32 { return set.builds; }
export function setPrunes(set: PairSet): i32 { return set.prunes; }
export function setEvaluations(set: PairSet): i32 { return set.evaluations; }
export function setCounters(set: PairSet, builds: i32, prunes: i32, evaluations: i32): void {
  set.builds = builds;
  set.prunes = prunes;
  set.evaluations = evaluations;
}
export function setEnergy(set: PairSet): f64 { return set.energy; }
export function setListed(set: PairSet): f64 { return <f64>set.listed; }
