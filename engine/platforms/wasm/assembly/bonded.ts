/** Bonded forces and listed pairs: what a force consists of, and which kernel serves its term. All in f64. */
import { angles } from './angles';
import { bonds } from './bonds';
import { angleCosine, angleCosineSquared, angleHarmonic, angleTable, bondFene, bondHarmonic, bondTable, excludedCharges, listedPairs, virialBytes } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { addVirial, particleParts } from './state';
import { torsions } from './torsions';

/** One force: its term, its tuples (i32 atoms) and their parameters (f64). */
// @ts-ignore: decorator
@unmanaged
export class BondedSet {
  term: i32;
  count: i32;
  atoms: usize;
  parameters: usize;
  width: i32;
  /** i32: first tuple of each range of particles that holds all its atoms, first tuple that crosses ranges, number of tuples. */
  starts: usize;
  /** What came of the tuples of each range, and of those that cross. */
  shares: usize;
  /** Constant of the whole force: the Coulomb constant of listed pairs. */
  constant: f64;
  energy: f64;
}

/** What came of some tuples of a force. */
// @ts-ignore: decorator
@unmanaged
export class BondedShare {
  energy: f64;
  /** As in state.ts. */
  virial: usize;
  /** The tuple that was undefined, or -1, and at which coordinate. */
  failed: i32;
  failedAt: f64;
}

export function createBonded(term: i32, count: i32, arity: i32, width: i32, constant: f64): BondedSet {
  const set = changetype<BondedSet>(allocate(offsetof<BondedSet>()));
  set.term = term;
  set.count = count;
  set.width = width;
  set.constant = constant;
  set.starts = allocate(<usize>(particleParts + 2) * 4);
  set.shares = allocate(<usize>(particleParts + 1) * offsetof<BondedShare>());
  for (let p = 0; p <= particleParts; p++) shareOf(set, p).virial = allocate(virialBytes);
  set.atoms = allocate(<usize>(count * arity) * 4);
  set.parameters = allocate(<usize>(count * width) * 8);
  return set;
}

export function bondedAtoms(set: BondedSet): usize { return set.atoms; }
export function bondedParameters(set: BondedSet): usize { return set.parameters; }
export function bondedEnergy(set: BondedSet): f64 { return set.energy; }
export function bondedStarts(set: BondedSet): usize { return set.starts; }

// @ts-ignore: decorator
@inline
function shareOf(set: BondedSet, p: i32): BondedShare {
  return changetype<BondedShare>(set.shares + <usize>p * offsetof<BondedShare>());
}

/** The first undefined tuple, in the order of the ranges; -1 if there is none. */
export function bondedFailed(set: BondedSet): i32 {
  for (let p = 0; p <= particleParts; p++) if (shareOf(set, p).failed >= 0) return shareOf(set, p).failed;
  return -1;
}

/** Its coordinate. */
export function bondedFailedAt(set: BondedSet): f64 {
  for (let p = 0; p <= particleParts; p++) if (shareOf(set, p).failed >= 0) return shareOf(set, p).failedAt;
  return NaN;
}

/** Adds up the energies and virials of the ranges. */
export function sumBonded(set: BondedSet): void {
  set.energy = 0;
  for (let p = 0; p <= particleParts; p++) {
    set.energy += shareOf(set, p).energy;
    addVirial(shareOf(set, p).virial);
  }
}

/** Whether tuples cross ranges. */
export function crosses(set: BondedSet): bool {
  return load<i32>(set.starts + <usize>particleParts * 4) < set.count;
}

/**
 * Adds the forces of the tuples of one range of particles, to particles of that range alone; range `particleParts` stands for those that
 * cross ranges. Energy and virial too if asked for. Returns false where a term is undefined.
 */
export function computeBonded(set: BondedSet, range: i32, energies: bool): bool {
  const first = load<i32>(set.starts + <usize>range * 4);
  const last = load<i32>(set.starts + <usize>range * 4, 4);
  const share = shareOf(set, range);
  share.failed = -1;
  if (energies) memory.fill(share.virial, 0, virialBytes);
  switch (set.term) {
    case bondHarmonic:
    case bondFene:
    case bondTable:
    case listedPairs:
    case excludedCharges:
      return bonds(set, share, first, last, energies);
    case angleHarmonic:
    case angleCosine:
    case angleCosineSquared:
    case angleTable:
      return angles(set, share, first, last, energies);
    default:
      return torsions(set, share, first, last, energies);
  }
}

export function fail(share: BondedShare, k: i32, at: f64): bool {
  share.failed = k;
  share.failedAt = at;
  return false;
}
