/** Loads the platform's WebAssembly: the plain build, or the one with relaxed SIMD where it is asked for. */
import { InputError, SimulationError } from '../../errors.ts';
import { plainBinary, relaxedBinary } from './assembly/binary.ts';

/** The exports of assembly/kernel.ts. Addresses and pointers are numbers. */
export interface Kernel {
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
  readonly completed: WebAssembly.Global;
  createState(particles: number, periodic: boolean, double: boolean): void;
  updateBox(): void;
  createForces(pairs: number, bonded: number): void;
  createSet(cutoff: number, infinite: boolean, types: number, exclusions: number): number;
  configurePotential(set: number, pair: number, coulomb: number, k0: number, k1: number, c0: number, c1: number): void;
  setBuffers(set: number, inner: number, outer: number): void;
  fixBuffers(set: number): void;
  allocateTables(set: number, pairCells: number, coulombCells: number): void;
  setCharge(set: number): number;
  setType(set: number): number;
  setMatrix(set: number): number;
  setTable(set: number): number;
  setCoulombTable(set: number): number;
  setExcludedStart(set: number): number;
  setExcluded(set: number): number;
  setBuiltAt(set: number): number;
  setPrunedAt(set: number): number;
  setIsBuilt(set: number): number;
  setInner(set: number): number;
  setOuter(set: number): number;
  setBuilds(set: number): number;
  setPrunes(set: number): number;
  setEvaluations(set: number): number;
  setCounters(set: number, builds: number, prunes: number, evaluations: number): void;
  setEnergy(set: number): number;
  setListed(set: number): number;
  buildLists(set: number): number;
  pruneList(set: number): void;
  updateRecords(set: number): void;
  addPairSet(set: number): void;
  createBonded(term: number, count: number, arity: number, width: number, constant: number): number;
  addBondedSet(set: number): void;
  bondedAtoms(set: number): number;
  bondedParameters(set: number): number;
  bondedEnergy(set: number): number;
  bondedFailed(set: number): number;
  bondedFailedAt(set: number): number;
  createConstraints(
    waters: number,
    shapes: number,
    clusters: number,
    constraints: number,
    tolerance: number,
    timestep: number,
    mostSweeps: number,
  ): number;
  constraintWaters(set: number): number;
  constraintShapes(set: number): number;
  constraintStarts(set: number): number;
  constraintAtoms(set: number): number;
  constraintSquares(set: number): number;
  constraintInverseMass(set: number): number;
  constraintBefore(set: number): number;
  rememberPositions(set: number): void;
  constrainMove(set: number, dt: number): number;
  projectVelocities(set: number): number;
  createPme(splitting: number, order: number, nx: number, ny: number, nz: number): number;
  pmeCharge(pme: number): number;
  pmeModuli(pme: number, axis: number): number;
  finishPme(pme: number): void;
  addPme(pme: number): void;
  pmeEnergy(pme: number): number;
  pmeVirial(pme: number): number;
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
  beginStep(step: number): void;
  endStep(step: number, more: boolean): void;
  run(first: number, steps: number): number;
  allFinite(): number;
}

export type Build = 'plain' | 'relaxed';

const modules = new Map<Build, WebAssembly.Module>();

/**
 * A fresh instance with a memory of its own.
 * @throws InputError if this machine's WebAssembly lacks what the build needs
 */
export async function instantiate(build: Build): Promise<Kernel> {
  let module = modules.get(build);
  if (!module) {
    if (build === 'relaxed') await enableRelaxedSimd();
    const bytes = Uint8Array.from(atob(build === 'plain' ? plainBinary : relaxedBinary), (c) => c.charCodeAt(0));
    if (!WebAssembly.validate(bytes)) {
      throw new InputError(
        'platform',
        build === 'plain'
          ? 'this JavaScript engine has no WebAssembly SIMD; use the platform "reference"'
          : 'this JavaScript engine has no relaxed SIMD; leave "relaxed" out',
      );
    }
    module = await WebAssembly.compile(bytes);
    modules.set(build, module);
  }
  const instance = await WebAssembly.instantiate(module, { env: { now: () => performance.now(), abort } });
  return instance.exports as unknown as Kernel;
}

function abort(): never {
  throw new SimulationError('the wasm platform stopped in its kernel');
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
