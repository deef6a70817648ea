/** Forces of all terms that have kernels here: lists, bonded terms, pairs, and their sums. All threads run it together. */
import { BondedSet, computeBonded, crosses, sumBonded } from './bonded';
import { createClock, startTiming, stopTiming, took } from './clock';
import { collect } from './collect';
import { statusDone, statusUndefinedTerm, taskBonded, taskList, taskMesh, taskPairs } from './layout';
import { updateLists } from './lists';
import { allocate } from '../../../threads/assembly/memory';
import { Pme } from './mesh';
import { computePairs } from './pairs';
import { computePme, sumMesh } from './pme';
import { PairSet, partOf } from './set';
import { placeAll, SiteSet, spreadAll } from './sites';
import { addVirial, clearVirial, forces, partEnd, partFirst, particleParts } from './state';
import { barrier, beginParts, nextPart, thread } from '../../../threads/assembly/threads';

/** What all threads know of the forces. */
// @ts-ignore: decorator
@unmanaged
class ForceSets {
  /** Addresses (u32) of the sets of pairs and of bonded terms. */
  pairSets: usize;
  pairCount: i32;
  bondedSets: usize;
  bondedCount: i32;
  /** The mesh of particle-mesh Ewald, or 0. */
  mesh: usize;
  /** The virtual sites, or 0. */
  sites: usize;
  /** Whether bonded tuples cross ranges of particles. */
  crossing: bool;
  /** Not 0 once a bonded term was undefined. */
  failed: i32;
}

let sets: usize = 0;
let pairSets: usize = 0;
let pairCount: i32 = 0;
let bondedSets: usize = 0;
let bondedCount: i32 = 0;
let mesh: usize = 0;
let sites: usize = 0;
let crossing: bool = false;

/** Returns the address of what has been set up, for `useForces`. */
export function createForces(pairs: i32, bonded: i32): usize {
  const made = changetype<ForceSets>(allocate(offsetof<ForceSets>()));
  made.pairSets = allocate(<usize>pairs * 4);
  made.bondedSets = allocate(<usize>bonded * 4);
  made.mesh = mesh;
  sets = changetype<usize>(made);
  createClock();
  return sets;
}

/** Before `createForces`. */
export function addPme(pme: Pme): void {
  mesh = changetype<usize>(pme);
}

/** For all threads. */
export function useForces(address: usize): void {
  sets = address;
}

export function addPairSet(set: PairSet): void {
  const all = changetype<ForceSets>(sets);
  store<u32>(all.pairSets + <usize>all.pairCount * 4, <u32>changetype<usize>(set));
  all.pairCount++;
}

/** After `createForces`. */
export function addSites(set: SiteSet): void {
  changetype<ForceSets>(sets).sites = changetype<usize>(set);
}

/** Places the virtual sites, once the positions of all other particles are there. */
export function placeSites(): void {
  if (sites != 0) placeAll(changetype<SiteSet>(sites));
}

/** Moves the forces on virtual sites to their parents, once all forces are there; with `energies` finds what that does to the virial. */
export function spreadSites(energies: bool): void {
  if (sites != 0) spreadAll(changetype<SiteSet>(sites), energies);
}

/** Its tuples must have been placed. */
export function addBondedSet(set: BondedSet): void {
  const all = changetype<ForceSets>(sets);
  store<u32>(all.bondedSets + <usize>all.bondedCount * 4, <u32>changetype<usize>(set));
  all.bondedCount++;
  if (crosses(set)) all.crossing = true;
}

export function enterForces(): void {
  if (sets == 0) return;
  const all = changetype<ForceSets>(sets);
  pairSets = all.pairSets;
  pairCount = all.pairCount;
  bondedSets = all.bondedSets;
  bondedCount = all.bondedCount;
  mesh = all.mesh;
  sites = all.sites;
  crossing = all.crossing;
}

// @ts-ignore: decorator
@inline
function pairSet(k: i32): PairSet {
  return changetype<PairSet>(<usize>load<u32>(pairSets + <usize>k * 4));
}

// @ts-ignore: decorator
@inline
function bondedSet(k: i32): BondedSet {
  return changetype<BondedSet>(<usize>load<u32>(bondedSets + <usize>k * 4));
}

/**
 * Sets the forces at the present positions; energies and virial too if asked for. `counts` is false where they have been computed
 * there before. Returns a status.
 */
export function computeForces(energies: bool, counts: bool): i32 {
  startTiming();
  const status = computeForcesTogether(energies, counts);
  stopTiming();
  return status;
}

/** The same as a part of a step: the clock runs. Nobody returns before all forces are complete. */
export function computeForcesTogether(energies: bool, counts: bool): i32 {
  for (let k = 0; k < pairCount; k++) {
    const status = updateLists(pairSet(k), counts);
    if (status != statusDone) return status;
  }
  if (pairCount > 0) took(taskList);
  if (bondedCount > 0 || pairCount == 0) {
    beginParts(particleParts);
    for (let p = nextPart(); p >= 0; p = nextPart()) bondedOf(p, energies);
    if (crossing) {
      barrier();
      // While one thread does these, the others begin with the pairs, which have results of their own.
      beginParts(1);
      if (nextPart() == 0) crossingTuples(energies);
    }
    took(taskBonded);
  }
  for (let k = 0; k < pairCount; k++) {
    const set = pairSet(k);
    beginParts(set.parts);
    for (let p = nextPart(); p >= 0; p = nextPart()) computePairs(set, partOf(set, p), energies);
    barrier();
    beginParts(set.parts);
    for (let p = nextPart(); p >= 0; p = nextPart()) collect(set, p, set.parts, k > 0 || bondedCount > 0);
    took(taskPairs);
  }
  barrier();
  if (mesh != 0) {
    computePme(changetype<Pme>(mesh), energies);
    barrier();
    took(taskMesh);
  }
  if (changetype<ForceSets>(sets).failed != 0) return statusUndefinedTerm;
  if (energies && thread == 0) sum();
  return statusDone;
}

function sum(): void {
  clearVirial();
  for (let k = 0; k < pairCount; k++) {
    const set = pairSet(k);
    set.energy = 0;
    for (let p = 0; p < set.parts; p++) {
      set.energy += partOf(set, p).energy;
      addVirial(partOf(set, p).virial);
    }
  }
  for (let k = 0; k < bondedCount; k++) sumBonded(bondedSet(k));
  if (mesh != 0) sumMesh(changetype<Pme>(mesh));
}

/** Bonded forces within a range of particles, whose forces start from 0. */
function bondedOf(part: i32, energies: bool): void {
  const from = <usize>partFirst(part) * 24;
  memory.fill(forces + from, 0, <usize>partEnd(part) * 24 - from);
  for (let k = 0; k < bondedCount; k++) {
    if (!computeBonded(bondedSet(k), part, energies)) atomic.store<i32>(sets + offsetof<ForceSets>('failed'), 1);
  }
}

function crossingTuples(energies: bool): void {
  for (let k = 0; k < bondedCount; k++) {
    if (!computeBonded(bondedSet(k), particleParts, energies)) atomic.store<i32>(sets + offsetof<ForceSets>('failed'), 1);
  }
}
