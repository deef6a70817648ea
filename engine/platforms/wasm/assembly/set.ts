/** A set of pair interactions that share a cut-off: its clusters, its lists and its parameters. */
import { clusterBlock, coulombNone, pairLennardJonesUniform, pairTable, pairWcaUniform, recordBytes, rowWidth, virialBytes } from './layout';
import { allocate, Region, region } from '../../../threads/assembly/memory';
import { doublePrecision, particles } from './state';

/** The squared range that stands for no cut-off. */
const boundless: f64 = 1e24;

/** A range of a set's clusters: its lists, and the forces that its pairs exert, on whichever clusters. One thread at a time has it. */
// @ts-ignore: decorator
@unmanaged
export class PairPart {
  /** Clusters first ... end - 1. */
  first: i32;
  end: i32;
  /** The outer list and the inner list (lists.ts), with the ends of their contents. */
  outerList: Region;
  outerListEnd: usize;
  /** What to take off positions to get coordinates in the frames of clusters (frames.ts), and their end. */
  offsets: Region;
  offsetsEnd: usize;
  /** Segments of the outer list, and where units of the inner list have their shifts: room for one a segment. */
  segments: i32;
  shifts: Region;
  list: Region;
  listEnd: usize;
  /** Results of its pairs: like `records` or `points`, over all clusters of the set; only blocks that are `touched` hold anything, and all is 0 once it has been collected. */
  results: Region;
  /** A byte a block of clusterBlock clusters: whether the outer list reaches it. */
  touched: Region;
  energy: f64;
  /** As in state.ts. */
  virial: usize;
  /** Numbers for the choice of buffers: entries of the inner list and of the outer list, boxes that were looked at for it. */
  entries: f64;
  outerEntries: f64;
  candidates: f64;
  /** Whether all of its particles are within their reaches. */
  within: bool;
  /** The largest squared distance from the middle of a path; infinite where one is not a number. */
  largest: f64;
  /** Farthest coordinate from the middle of its frame, at a build. */
  farthest: f64;
}

// @ts-ignore: decorator
@unmanaged
export class PairSet {
  cutoff: f64;
  cutoff2: f64;
  infinite: bool;
  pair: i32;
  coulomb: i32;
  types: i32;

  /** Pairs within the cut-off and their reaches (reaches.ts) are in the inner list, those within cutoff + outer in the outer list. */
  outer: f64;
  /** The sum of the two largest reaches, and the mean of all. */
  inner: f64;
  meanReach: f64;
  /** Evaluations for which an inner list is made, and what reaches have beyond what is foreseen. */
  horizon: f64;
  margin: f64;
  /** Whether forces change slowly: no bonds, no constraints. */
  smooth: bool;
  /** f32, 4 a particle and one behind the last: half its path and its reach. */
  paths: usize;
  /** Whether the user has set the buffers. */
  fixedBuffers: bool;

  /** i32 a particle: its slot; filled where there are exclusions. */
  slot: usize;
  /** Clusters: columns of the grid hold consecutive clusters, sorted by z. */
  clusters: i32;
  columnsX: i32;
  columnsY: i32;
  /** Columns of a strip along x (columns.ts). */
  stripColumns: i32;
  lowX: f64;
  lowY: f64;
  lowZ: f64;
  highX: f64;
  highY: f64;
  extentZ: f64;
  columnWidthX: f64;
  columnWidthY: f64;
  /** i32: first cluster of each column, and their end; then the first particle, in sorted order, of each bin of each column. */
  columnStart: Region;
  /** Bins of a column along z, and bins a unit of length. */
  bins: i32;
  binScale: f64;
  /** i32 a slot: its particle; that behind the last for padding. */
  order: Region;
  /** u32 a slot: the address of its offset; that of padding is `padding`. */
  offsetAt: Region;
  padding: usize;
  /** f32 records of the clusters: x of four, y of four, z of four, charges of four; none where the inner list is of particles. */
  records: Region;
  /** The same with the middles of paths and reaches: what the inner list was made from. */
  recordsAtPrune: Region;
  /** The same in f64 where the precision asks for it. */
  doubleRecords: Region;
  /** Whether the inner list is one of particles, not of clusters (gathers.ts); then coordinates are in points, f32, 16 bytes a particle: x, y, z. */
  gathers: bool;
  points: Region;
  /** f64, 3 a frame: its origin; along x, y and z there are so many. */
  frames: Region;
  framesX: i32;
  framesY: i32;
  framesZ: i32;
  /** i32 a cluster: number of its frame, less than frameCount. */
  frameNumbers: Region;
  frameCount: i32;
  /** Bounding boxes of the clusters (search.ts); once a build has looked at them, coarse records (near.ts). */
  bounds: Region;
  /** i32 a slot: type. */
  slotTypes: Region;
  /** Rows: [type of i][cluster][parameter][lane]. */
  rows: Region;
  rowStride: usize;

  /** The parts of the set: how many depends on the number of particles alone. */
  parts: i32;
  partsAt: usize;

  /** f64 a column: what a cluster of it costs (partition.ts). */
  weights: Region;
  /** i32 a share of the particles and column: counts and places while particles are sorted (counting.ts). */
  counts: Region;

  /** f64 a particle; f64 matrices over types, rowWidth each. */
  charge: usize;
  type: usize;
  matrix: usize;
  /** A byte a type: whether the pair potential is none, whoever the other is. */
  inert: usize;
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

  /** Positions at the last build: with them and `recordsAtPrune` a run that is continued has the same lists. */
  builtAt: usize;
  built: bool;
  /** Of the last build: evaluations and prunes since; evaluations until the last prune. */
  evaluations: i32;
  prunes: i32;
  prunedAt: i32;
  builds: i32;
  /** Prunes that no build came with, since the beginning. */
  allPrunes: i32;
  /** Whether the inner list has been used while a particle was beyond its reach. */
  late: bool;
  /** Lists that were used too late. */
  dangerous: i32;
  /** For a test of that count: uses lists for so many evaluations without a look at displacements. */
  blind: i32;

  energy: f64;
}

export function createSet(cutoff: f64, infinite: bool, types: i32, exclusions: i32, parts: i32): PairSet {
  const set = changetype<PairSet>(allocate(offsetof<PairSet>()));
  set.cutoff = cutoff;
  set.infinite = infinite;
  set.cutoff2 = infinite ? boundless : cutoff * cutoff;
  set.types = types;
  set.columnStart = region();
  set.order = region();
  set.offsetAt = region();
  set.padding = allocate(32);
  set.records = region();
  set.recordsAtPrune = region();
  set.doubleRecords = region();
  set.points = region();
  set.frames = region();
  set.frameNumbers = region();
  set.bounds = region();
  set.slotTypes = region();
  set.rows = region();
  set.weights = region();
  set.counts = region();
  set.parts = parts;
  set.partsAt = allocate(<usize>parts * offsetof<PairPart>());
  for (let p = 0; p < parts; p++) {
    const part = partOf(set, p);
    part.offsets = region();
    part.outerList = region();
    part.list = region();
    part.shifts = region();
    part.results = region();
    part.touched = region();
    part.virial = allocate(virialBytes);
  }
  const n = <usize>particles;
  set.slot = allocate(4 * n);
  set.charge = allocate(8 * n);
  set.type = allocate(4 * n);
  set.matrix = allocate(<usize>(types * types * rowWidth) * 8);
  set.inert = allocate(<usize>types);
  set.excludedStart = allocate(4 * n + 4);
  set.excluded = allocate(<usize>exclusions * 4);
  set.builtAt = allocate(24 * n);
  set.paths = allocate(16 * n + 16);
  return set;
}

// @ts-ignore: decorator
@inline
export function partOf(set: PairSet, p: i32): PairPart {
  return changetype<PairPart>(set.partsAt + <usize>p * offsetof<PairPart>());
}

/** The origin of the frame of cluster k. */
// @ts-ignore: decorator
@inline
export function frameOf(set: PairSet, k: i32): usize {
  return set.frames.at + <usize>load<i32>(set.frameNumbers.at + <usize>k * 4) * 24;
}

// @ts-ignore: decorator
@inline
export function binStarts(set: PairSet): usize {
  return set.columnStart.at + <usize>(set.columnsX * set.columnsY + 1) * 4;
}

/** Bytes of a cluster's results. */
export function resultBytes(): usize {
  return doublePrecision ? 2 * recordBytes : recordBytes;
}

export function blocks(set: PairSet): i32 {
  return (set.clusters + clusterBlock - 1) / clusterBlock;
}

export function configurePotential(set: PairSet, pair: i32, coulomb: i32, k0: f64, k1: f64, c0: f64, c1: f64): void {
  set.pair = pair;
  set.coulomb = coulomb;
  set.gathers = !doublePrecision && coulomb == coulombNone && (pair == pairLennardJonesUniform || pair == pairWcaUniform);
  set.k0 = k0;
  set.k1 = k1;
  set.c0 = c0;
  set.c1 = c1;
}

/** Outer buffer; horizon of the inner list and its margin. With horizon 0 all particles have the margin as their reach. */
export function setBuffers(set: PairSet, outer: f64, horizon: f64, margin: f64): void {
  set.outer = outer;
  set.horizon = horizon;
  set.margin = margin;
}

export function useSmoothForces(set: PairSet): void {
  set.smooth = true;
}

/** Once the matrix has been written. A table is never nothing: its parameters say where it lies. */
export function findInert(set: PairSet): void {
  for (let a = 0; a < set.types; a++) {
    let none = set.pair != pairTable;
    for (let k = a * set.types * rowWidth; k < (a + 1) * set.types * rowWidth; k++) none = none && load<f64>(set.matrix + <usize>k * 8) == 0;
    store<u8>(set.inert + <usize>a, none ? 1 : 0);
  }
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
export function setRecordsAtPrune(set: PairSet): usize { return set.recordsAtPrune.at; }
export function setOrder(set: PairSet): usize { return set.order.at; }
export function setClusters(set: PairSet): i32 { return set.clusters; }
export function setHorizon(set: PairSet): f64 { return set.horizon; }
export function setMargin(set: PairSet): f64 { return set.margin; }
export function setOuter(set: PairSet): f64 { return set.outer; }
export function setBuilds(set: PairSet): i32 { return set.builds; }
export function setPrunes(set: PairSet): i32 { return set.prunes; }
export function setAllPrunes(set: PairSet): i32 { return set.allPrunes; }
export function setEvaluations(set: PairSet): i32 { return set.evaluations; }
export function setDangerous(set: PairSet): i32 { return set.dangerous; }
export function setPrunedAt(set: PairSet): i32 { return set.prunedAt; }
export function setCounters(set: PairSet, builds: i32, prunes: i32, evaluations: i32, dangerous: i32, allPrunes: i32, prunedAt: i32): void {
  set.prunedAt = prunedAt;
  set.allPrunes = allPrunes;
  set.builds = builds;
  set.prunes = prunes;
  set.evaluations = evaluations;
  set.dangerous = dangerous;
}
export function setBlind(set: PairSet, evaluations: i32): void { set.blind = evaluations; }
export function setEnergy(set: PairSet): f64 { return set.energy; }
/** Entries of the inner lists: one particle against four others. */
export function setEntries(set: PairSet): f64 {
  let entries: f64 = 0;
  for (let p = 0; p < set.parts; p++) entries += partOf(set, p).entries;
  return entries;
}
/** Clusters of the outer lists, each for one particle. */
export function setOuterEntries(set: PairSet): f64 {
  let entries: f64 = 0;
  for (let p = 0; p < set.parts; p++) entries += partOf(set, p).outerEntries;
  return entries;
}
/** Boxes of clusters that were looked at for them, each for the four particles of a cluster. */
export function setCandidates(set: PairSet): f64 {
  let looked: f64 = 0;
  for (let p = 0; p < set.parts; p++) looked += partOf(set, p).candidates;
  return looked;
}
