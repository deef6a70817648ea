/** Loads the platform's WebAssembly, the plain build or the one with relaxed SIMD, and makes the memory that its threads share. */
import { InputError } from '../../errors.ts';
import { functionTable, importsOf, type SharedKernel, sharedMemory } from '../../threads/module.ts';
import { plainBinary, relaxedBinary } from './assembly/binary.ts';

/** The exports of assembly/kernel.ts. Addresses and pointers are numbers. */
export interface Kernel extends SharedKernel {
  /** What `run` calls for forces in JavaScript, where `useScripts` has asked for it, in its k-th step: an integer costs less to pass than a double. */
  readonly hooks: {
    script(k: number): void;
    /** And what it calls for what one of its calls has left undone. */
    attend(call: number, k: number, status: number): void;
  };
  /** Functions of other modules on the memory, for `useCalls`. */
  readonly table: WebAssembly.Table;
  readonly memory: WebAssembly.Memory;
  readonly positions: WebAssembly.Global;
  readonly velocities: WebAssembly.Global;
  readonly forces: WebAssembly.Global;
  readonly mass: WebAssembly.Global;
  readonly box: WebAssembly.Global;
  readonly virial: WebAssembly.Global;
  readonly times: WebAssembly.Global;
  readonly noiseKeys: WebAssembly.Global;
  readonly variables: WebAssembly.Global;
  readonly chainStride: WebAssembly.Global;
  readonly particleStarts: WebAssembly.Global;
  readonly completed: WebAssembly.Global;
  createState(particles: number, periodic: boolean, double: boolean, ranges: number): void;
  setDimensions(count: number): void;
  updateBox(): void;
  createForces(pairs: number, bonded: number): number;
  useForces(address: number): void;
  createSet(cutoff: number, infinite: boolean, types: number, exclusions: number, parts: number): number;
  configurePotential(set: number, pair: number, coulomb: number, k0: number, k1: number, c0: number, c1: number): void;
  setBuffers(set: number, outer: number, horizon: number, margin: number): void;
  useSmoothForces(set: number): void;
  fixBuffers(set: number): void;
  findInert(set: number): void;
  allocateTables(set: number, pairCells: number, coulombCells: number): void;
  setCharge(set: number): number;
  setType(set: number): number;
  setMatrix(set: number): number;
  setTable(set: number): number;
  setCoulombTable(set: number): number;
  setExcludedStart(set: number): number;
  setExcluded(set: number): number;
  setBuiltAt(set: number): number;
  moveOfSlot(set: number, slot: number): number;
  setRecordsAtPrune(set: number): number;
  setOrder(set: number): number;
  setClusters(set: number): number;
  setAllPrunes(set: number): number;
  setPrunedAt(set: number): number;
  setDangerous(set: number): number;
  setBlind(set: number, evaluations: number): void;
  setHorizon(set: number): number;
  setMargin(set: number): number;
  setOuter(set: number): number;
  setBuilds(set: number): number;
  setPrunes(set: number): number;
  setEvaluations(set: number): number;
  setCounters(
    set: number,
    builds: number,
    prunes: number,
    evaluations: number,
    dangerous: number,
    allPrunes: number,
    prunedAt: number,
  ): void;
  setEnergy(set: number): number;
  setEntries(set: number): number;
  buildLists(set: number): number;
  pruneLists(set: number): void;
  addPairSet(set: number): void;
  createBonded(term: number, count: number, arity: number, width: number, constant: number): number;
  addBondedSet(set: number): void;
  bondedAtoms(set: number): number;
  bondedParameters(set: number): number;
  bondedStarts(set: number): number;
  bondedEnergy(set: number): number;
  bondedFailed(set: number): number;
  bondedFailedAt(set: number): number;
  createConstraints(
    waters: number,
    shapes: number,
    oneArm: number,
    twoArms: number,
    threeArms: number,
    clusters: number,
    constraints: number,
    tolerance: number,
    timestep: number,
    mostSweeps: number,
  ): number;
  constraintWaters(set: number): number;
  constraintShapes(set: number): number;
  constraintStars(set: number, arms: number): number;
  constraintStarts(set: number): number;
  constraintAtoms(set: number): number;
  constraintSquares(set: number): number;
  constraintInverseMass(set: number): number;
  constraintBefore(set: number): number;
  constraintFailure(set: number): number;
  useConstraints(set: number): void;
  rememberPositions(set: number): void;
  constrainMove(set: number, dt: number): number;
  projectVelocities(set: number): number;
  createSites(sites: number, parents: number, numbers: number): number;
  siteRecords(set: number): number;
  siteParents(set: number): number;
  siteNumbers(set: number): number;
  siteStarts(set: number): number;
  /** f64, virialBytes. */
  siteVirial(set: number): number;
  addSites(set: number): void;
  placeSites(): void;
  spreadSites(energies: boolean): void;
  createPme(splitting: number, order: number, nx: number, ny: number, nz: number): number;
  pmeCharge(pme: number): number;
  pmeModuli(pme: number, axis: number): number;
  finishPme(pme: number): void;
  addPme(pme: number): void;
  pmeEnergy(pme: number): number;
  allocate(bytes: number): number;
  kick(dt: number): void;
  drift(dt: number): void;
  kineticEnergy(): number;
  scaleVelocities(factor: number): void;
  removeCenterOfMassMotion(): void;
  prepareMasses(): void;
  configureRun(integrator: number, thermostat: number, dt: number, removal: number, kT: number, rate: number): void;
  configureThermostat(time: number, degrees: number, chain: number): void;
  computeForces(energies: boolean, counts: boolean): number;
  beginStep(step: number): number;
  endStep(step: number, more: boolean): number;
  run(first: number, steps: number): number;
  useScripts(used: boolean): void;
  useCalls(address: number, count: number): void;
  allFinite(): number;
}

export type Build = 'plain' | 'relaxed';

const modules = new Map<Build, WebAssembly.Module>();

/** Pages of 64 kB. */
const pagesPerMegabyte = 16;

/** The most that 32-bit addresses reach. */
export const mostMegabytes = 4096;

/**
 * The compiled module.
 * @throws InputError if this machine's WebAssembly lacks what the build needs
 */
export async function loadModule(build: Build): Promise<WebAssembly.Module> {
  const known = modules.get(build);
  if (known) return known;
  if (build === 'relaxed') await enableRelaxedSimd();
  const bytes = Uint8Array.from(atob(build === 'plain' ? plainBinary : relaxedBinary), (c) => c.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) {
    throw new InputError(
      'platform',
      build === 'plain'
        ? 'this JavaScript engine has no WebAssembly with SIMD and threads; use the platform "reference"'
        : 'this JavaScript engine has no relaxed SIMD; leave "relaxed" out',
    );
  }
  const module = await WebAssembly.compile(bytes);
  modules.set(build, module);
  return module;
}

/** A fresh instance with a memory of its own, which may grow to so many megabytes. */
export async function instantiate(module: WebAssembly.Module, megabytes: number): Promise<Kernel> {
  const memory = sharedMemory(megabytes * pagesPerMegabyte);
  const hooks = {
    script: (_k: number): void => undefined,
    attend: (_call: number, _k: number, _status: number): void => undefined,
  };
  const table = functionTable();
  const own = {
    table,
    script: (k: number) => hooks.script(k),
    attend: (call: number, k: number, status: number) => hooks.attend(call, k, status),
  };
  const instance = await WebAssembly.instantiate(module, importsOf(memory, own));
  return { ...instance.exports, memory, table, hooks } as unknown as Kernel;
}

/** Node 20 has relaxed SIMD behind a flag that can be set while running; elsewhere it is on or absent. */
async function enableRelaxedSimd(): Promise<void> {
  try {
    const v8 = await import('node:v8');
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  } catch {
    // Not Node: validation tells whether it is there.
  }
}
