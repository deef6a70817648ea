/** Bonded forces and listed pairs: what a force consists of, and which kernel serves its term. All in f64. */
import { angles } from './angles';
import { bonds } from './bonds';
import { angleCosine, angleCosineSquared, angleHarmonic, angleTable, bondFene, bondHarmonic, bondTable, excludedCharges, listedPairs } from './layout';
import { allocate } from './memory';
import { addVirial } from './state';
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
  /** Constant of the whole force: the Coulomb constant of listed pairs. */
  constant: f64;
  energy: f64;
  virial: f64;
  /** The tuple that was undefined, and at which coordinate. */
  failed: i32;
  failedAt: f64;
}

export function createBonded(term: i32, count: i32, arity: i32, width: i32, constant: f64): BondedSet {
  const set = changetype<BondedSet>(allocate(offsetof<BondedSet>()));
  set.term = term;
  set.count = count;
  set.width = width;
  set.constant = constant;
  set.failed = -1;
  set.atoms = allocate(<usize>(count * arity) * 4);
  set.parameters = allocate(<usize>(count * width) * 8);
  return set;
}

export function bondedAtoms(set: BondedSet): usize { return set.atoms; }
export function bondedParameters(set: BondedSet): usize { return set.parameters; }
export function bondedEnergy(set: BondedSet): f64 { return set.energy; }
export function bondedFailed(set: BondedSet): i32 { return set.failed; }
export function bondedFailedAt(set: BondedSet): f64 { return set.failedAt; }

/** Adds the forces of the set; sets its energy and adds its virial if asked for. Returns false where a term is undefined. */
export function computeBonded(set: BondedSet, energies: bool): bool {
  const done = computeTuples(set, 0, set.count, energies);
  if (energies) addVirial(set.virial);
  return done;
}

function computeTuples(set: BondedSet, first: i32, last: i32, energies: bool): bool {
  switch (set.term) {
    case bondHarmonic:
    case bondFene:
    case bondTable:
    case listedPairs:
    case excludedCharges:
      return bonds(set, first, last, energies);
    case angleHarmonic:
    case angleCosine:
    case angleCosineSquared:
    case angleTable:
      return angles(set, first, last, energies);
    default:
      return torsions(set, first, last, energies);
  }
}

export function fail(set: BondedSet, k: i32, at: f64): bool {
  set.failed = k;
  set.failedAt = at;
  return false;
}
