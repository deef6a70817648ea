/** The pair loop, once: specialised by the compiler for each precision, potential, Coulomb function, and with or without energies. */
import { EwaldPolynomial, EwaldReal, NoCoulomb, ReactionField } from './evaluators/coulomb';
import { LennardJones, LennardJonesForceShift, LennardJonesForceSwitch, LennardJonesSwitch, Wca } from './evaluators/lennard-jones';
import { Table } from './evaluators/table';
import { constantVectors, ForcesOnly, NoPair, Nothing, Rows, Uniform, WithEnergy } from './evaluators/variants';
import {
  coulombEwald, coulombEwaldPolynomial, coulombNone, pairLennardJones, pairLennardJonesForceShift, pairLennardJonesForceSwitch, pairLennardJonesSwitch, pairLennardJonesUniform, pairNone,
  pairTable, pairWca, pairWcaUniform, virialBytes,
} from './layout';
import { segmentHead } from './clusters';
import { gatherLoop } from './gathers';
import { allocate } from '../../../threads/assembly/memory';
import { pinSegment } from './segments';
import { PairPart, PairSet } from './set';
import { doublePrecision } from './state';
import { Double, Single } from './vector';

/** Entries whose distances are computed before their forces. */
const chunk: usize = 64;
/** Bytes of an entry then: difference vectors, inverse square, distance, place of the others. */
const foundBytes: usize = 96;

/**
 * 16 masks of four f32 lanes, then 16 of four f64 lanes. Behind them: places of the particles of the segment at hand (x, y, z), sums
 * of each (see `sumFound`), constants of the loop (squared cut-off, 1), parameters of the only type, constants of the potentials, found
 * entries.
 */
let masks: usize = 0;
const ownAt: usize = 16 * 16 + 16 * 32;
/** Force, energy, virial of one particle. */
const sumsBytes: usize = 160;
const sumsAt: usize = ownAt + 3 * 32;
const loopAt: usize = sumsAt + 4 * sumsBytes;
const uniformAt: usize = loopAt + 16 * 2;
const constantsAt: usize = uniformAt + 16 * 4;
const foundAt: usize = constantsAt + 16 * constantVectors;

function workSpace(): usize {
  if (masks != 0) return masks;
  masks = allocate(foundAt + (2 * chunk + 1) * foundBytes);
  for (let bits = 0; bits < 16; bits++) {
    for (let a = 0; a < 4; a++) {
      const on = (bits >> a) & 1 ? -1 : 0;
      store<i32>(masks + <usize>(bits * 16 + a * 4), on);
      store<i64>(masks + 256 + <usize>(bits * 32 + a * 8), <i64>on);
    }
  }
  return masks;
}

/** Writes x, y and z of the four particles of a segment to `own`. */
// @ts-ignore: decorator
@inline
function pinOwn<V>(own: usize, segment: usize, records: usize): void {
  const v = changetype<V>(0);
  if (!v.isDouble()) {
    pinSegment(segment, records, own);
    return;
  }
  const from = records + 2 * <usize>load<u32>(segment);
  for (let d: usize = 0; d < 3; d++) {
    const shift = v128.load64_splat(segment + 8 * d, 24);
    store<v128>(own + 32 * d, v.add(load<v128>(from + 32 * d), shift));
    store<v128>(own + 32 * d, v.add(load<v128>(from + 32 * d, 16), shift), 16);
  }
}

/** Adds the forces on the four particles of a segment, from their sums, whose lanes are still to be added, to the results of their cluster. */
// @ts-ignore: decorator
@inline
function addOwn<V>(sums: usize, results: usize): void {
  const v = changetype<V>(0);
  for (let d: usize = 0; d < 3; d++) {
    const first = load<v128>(sums + 16 * d);
    const second = load<v128>(sums + 16 * d, sumsBytes);
    const third = load<v128>(sums + 16 * d, 2 * sumsBytes);
    const fourth = load<v128>(sums + 16 * d, 3 * sumsBytes);
    const to = results + v.stride() * d;
    if (v.isDouble()) {
      store<v128>(to, v.add(load<v128>(to), v.add(i64x2.shuffle(first, second, 0, 2), i64x2.shuffle(first, second, 1, 3))));
      store<v128>(to, v.add(load<v128>(to, 16), v.add(i64x2.shuffle(third, fourth, 0, 2), i64x2.shuffle(third, fourth, 1, 3))), 16);
    } else {
      const low = v.add(i32x4.shuffle(first, second, 0, 4, 1, 5), i32x4.shuffle(first, second, 2, 6, 3, 7));
      const high = v.add(i32x4.shuffle(third, fourth, 0, 4, 1, 5), i32x4.shuffle(third, fourth, 2, 6, 3, 7));
      store<v128>(to, v.add(load<v128>(to), v.add(i32x4.shuffle(low, high, 0, 1, 4, 5), i32x4.shuffle(low, high, 2, 3, 6, 7))));
    }
  }
}

// @ts-ignore: decorator
@inline
function addVector<V>(at: usize, x: v128): void { store<v128>(at, changetype<V>(0).add(load<v128>(at), x)); }

/**
 * Distances of the entries from `at` to `end` from the particle at `own`, to `found`; returns their end. With `sifts` entries without a pair
 * within the cut-off are left out, which is worth the while where forces are dear.
 */
// @ts-ignore: decorator
@inline
function findPairs<V>(at: usize, end: usize, found: usize, records: usize, work: usize, own: usize, rooted: bool, sifts: bool): usize {
  const v = changetype<V>(0);
  const mask = v.isDouble() ? work + 256 : work;
  const x = v.unpin(own);
  const y = v.unpin(own + v.stride());
  const z = v.unpin(own + 2 * v.stride());
  const cutoff2 = v.unpin(work + loopAt);
  const one = v.unpin(work + loopAt + 16);
  let half: usize = 0;
  let to = found;
  while (at < end) {
    const entry = <usize>load<u32>(at);
    const j = v.isDouble() ? (entry & ~15) * 2 + half : entry & ~15;
    const other = records + j;
    const dx = v.sub(x, load<v128>(other));
    const dy = v.sub(y, v.second(other));
    const dz = v.sub(z, v.third(other));
    const r2 = v.madd(dz, dz, v.madd(dy, dy, v.mul(dx, dx)));
    const inside = v128.and(v.le(r2, cutoff2), load<v128>(mask + (entry & 15) * v.stride() + half));
    store<v128>(to, dx);
    store<v128>(to, dy, 16);
    store<v128>(to, dz, 32);
    store<v128>(to, v128.and(inside, v.div(one, r2)), 48);
    if (rooted) store<v128>(to, v.sqrt(r2), 64);
    store<usize>(to, j, 80);
    to += !sifts || v128.any_true(inside) ? foundBytes : 0;
    if (v.isDouble()) half ^= 16;
    if (half == 0) at += 4;
  }
  return to;
}

/**
 * Sums the entries found, from `found` to `to`, into the results of the others and into the sums of the particle at hand, which are kept
 * at `sums`: force, and where E says so energy and virial. Its parameters and its charge are at `myRows` and `myCharge`.
 */
function sumFound<V, P, U, C, E>(
  set: PairSet, found: usize, to: usize, myRows: usize, results: usize, records: usize, myCharge: usize, constants: usize, sums: usize,
): void {
  const v = changetype<V>(0);
  const potential = changetype<P>(0);
  const parameters = changetype<U>(0);
  const coulomb = changetype<C>(0);
  const measure = changetype<E>(0);
  const wide = measure.on() || potential.wide();
  const rooted = measure.on() || potential.rooted() || coulomb.charged();
  const table = set.table;
  const coulombTable = set.coulombTable;
  let fx = load<v128>(sums);
  let fy = load<v128>(sums, 16);
  let fz = load<v128>(sums, 32);
  for (let pair = found; pair < to; pair += foundBytes) {
    const j = load<usize>(pair, 80);
    const inverse = load<v128>(pair, 48);
    const r = rooted ? load<v128>(pair, 64) : inverse;
    const from = parameters.rows() ? myRows + j : myRows;
    const a = parameters.none() ? inverse : load<v128>(from);
    const b = parameters.none() ? a : parameters.rows() ? v.second(from) : load<v128>(from, 16);
    const c = !wide || parameters.none() ? a : parameters.rows() ? v.third(from) : load<v128>(from, 32);
    const d = !wide || parameters.none() ? a : parameters.rows() ? v.fourth(from) : load<v128>(from, 48);
    let f = parameters.none() ? i32x4.splat(0) : potential.slope(r, inverse, a, b, c, d, constants, table);
    if (coulomb.charged()) {
      const qq = v.mul(v.unpin(myCharge), v.fourth(records + j));
      const electrostatic = coulomb.slope(qq, r, inverse, constants, coulombTable);
      f = parameters.none() ? electrostatic : v.add(f, electrostatic);
      if (measure.on()) {
        const inside = v.gt(inverse, i32x4.splat(0));
        addVector<V>(sums + 48, v128.and(inside, coulomb.energy(qq, r, inverse, constants, coulombTable)));
      }
    }
    if (!potential.vanishes() || !coulomb.vanishes()) f = v128.and(v.gt(inverse, i32x4.splat(0)), f);
    const dx = load<v128>(pair);
    const dy = load<v128>(pair, 16);
    const dz = load<v128>(pair, 32);
    const gx = v.mul(f, dx);
    const gy = v.mul(f, dy);
    const gz = v.mul(f, dz);
    if (measure.on()) {
      if (!parameters.none()) {
        const inside = v.gt(inverse, i32x4.splat(0));
        addVector<V>(sums + 48, v128.and(inside, potential.energy(r, inverse, a, b, c, d, constants, table)));
      }
      addVector<V>(sums + 64, v.mul(gx, dx));
      addVector<V>(sums + 80, v.mul(gy, dy));
      addVector<V>(sums + 96, v.mul(gz, dz));
      addVector<V>(sums + 112, v.mul(gx, dy));
      addVector<V>(sums + 128, v.mul(gx, dz));
      addVector<V>(sums + 144, v.mul(gy, dz));
    }
    fx = v.add(gx, fx);
    fy = v.add(gy, fy);
    fz = v.add(gz, fz);
    const theirs = results + j;
    store<v128>(theirs, v.sub(load<v128>(theirs), gx));
    v.storeSecond(theirs, v.sub(v.second(theirs), gy));
    v.storeThird(theirs, v.sub(v.third(theirs), gz));
  }
  store<v128>(sums, fx);
  store<v128>(sums, fy, 16);
  store<v128>(sums, fz, 32);
}

/**
 * Sums the pairs of a part's list into its results; energy and virial too where E says so. First the distances of some entries, then their
 * forces: the processor looks only so far ahead as fits its queues, and one long chain of operations an entry fills them with what waits.
 * Particles without a pair potential of their own, as hydrogens in water, skip that of the others.
 */
function pairLoop<V, P, U, C, E>(set: PairSet, part: PairPart): void {
  const v = changetype<V>(0);
  const potential = changetype<P>(0);
  const parameters = changetype<U>(0);
  const coulomb = changetype<C>(0);
  const measure = changetype<E>(0);
  const rooted = measure.on() || potential.rooted() || coulomb.charged();
  const records = v.isDouble() ? set.doubleRecords.at : set.records.at;
  const results = part.results.at;
  const work = workSpace();
  const constants = work + constantsAt;
  const found = work + foundAt;
  v.pin(work + loopAt, set.cutoff2);
  v.pin(work + loopAt + 16, 1);
  for (let k: usize = 0; k < 4; k++) v.set(work + uniformAt + 16 * k, load<f64>(set.matrix + 8 * k));
  potential.prepare(constants, set.k0, set.k1);
  coulomb.prepare(constants, set.c0, set.c1, set.coulombTable);
  const rowsAt = set.rows.at;
  const rowStride = set.rowStride;
  const slotTypes = set.slotTypes.at;
  const virial = part.virial;
  if (measure.on()) memory.fill(virial, 0, virialBytes);
  let energy: f64 = 0;
  const end = part.listEnd;
  const own = work + ownAt;
  for (let segment = part.list.at; segment < end; segment += <usize>load<u32>(segment, 4)) {
    pinOwn<V>(own, segment, records);
    const cluster = <usize>load<u32>(segment);
    const place = v.isDouble() ? 2 * cluster : cluster;
    let at = segment + segmentHead;
    for (let a: usize = 0; a < 4; a++) {
      const rowEnd = at + 4 * <usize>load<u32>(segment + 4 * a, 8);
      const me = a * (v.stride() >> 2);
      const type = parameters.rows() ? <usize>load<u32>(slotTypes + (cluster >> 2) + 4 * a) : 0;
      const myRows = parameters.rows() ? rowsAt + type * rowStride : work + uniformAt;
      const myCharge = records + place + 3 * v.stride() + me;
      const skips = parameters.rows() && coulomb.charged() && load<u8>(set.inert + type) != 0;
      const sums = work + sumsAt + a * sumsBytes;
      store<v128>(sums, i32x4.splat(0));
      store<v128>(sums, i32x4.splat(0), 16);
      store<v128>(sums, i32x4.splat(0), 32);
      if (measure.on()) memory.fill(sums + 48, 0, sumsBytes - 48);
      while (at < rowEnd) {
        const chunkEnd = min(rowEnd, at + 4 * chunk);
        const to = findPairs<V>(at, chunkEnd, found, records, work, own + me, rooted, rooted);
        at = chunkEnd;
        if (parameters.rows() && coulomb.charged() && skips) {
          sumFound<V, NoPair<V>, Nothing, C, E>(set, found, to, myRows, results, records, myCharge, constants, sums);
        } else {
          sumFound<V, P, U, C, E>(set, found, to, myRows, results, records, myCharge, constants, sums);
        }
      }
      if (measure.on()) {
        energy += v.sum(load<v128>(sums, 48));
        for (let k: usize = 0; k < 6; k++) {
          store<f64>(virial + 8 * k, load<f64>(virial + 8 * k) + v.sum(load<v128>(sums + 16 * k, 64)));
        }
      }
    }
    addOwn<V>(work + sumsAt, results + place);
  }
  if (measure.on()) part.energy = energy;
}

function withMeasure<V, P, U, C>(set: PairSet, part: PairPart, energies: bool): void {
  if (energies) pairLoop<V, P, U, C, WithEnergy>(set, part);
  else pairLoop<V, P, U, C, ForcesOnly>(set, part);
}

function withCoulomb<V, P, U>(set: PairSet, part: PairPart, energies: bool): void {
  if (set.coulomb == coulombNone) withMeasure<V, P, U, NoCoulomb<V>>(set, part, energies);
  else if (set.coulomb == coulombEwald) withMeasure<V, P, U, EwaldReal<V>>(set, part, energies);
  else if (!changetype<V>(0).isDouble() && set.coulomb == coulombEwaldPolynomial) withMeasure<V, P, U, EwaldPolynomial<V>>(set, part, energies);
  else withMeasure<V, P, U, ReactionField<V>>(set, part, energies);
}

/** Whose lists are of particles (set.ts). */
function withGathering<P>(set: PairSet, part: PairPart, energies: bool): void {
  if (energies) gatherLoop<P, WithEnergy>(set, part);
  else gatherLoop<P, ForcesOnly>(set, part);
}

function withPair<V>(set: PairSet, part: PairPart, energies: bool): void {
  switch (set.pair) {
    case pairNone: withCoulomb<V, NoPair<V>, Nothing>(set, part, energies); break;
    case pairLennardJonesUniform: withCoulomb<V, LennardJones<V>, Uniform>(set, part, energies); break;
    case pairLennardJones: withCoulomb<V, LennardJones<V>, Rows>(set, part, energies); break;
    case pairLennardJonesForceShift: withCoulomb<V, LennardJonesForceShift<V>, Rows>(set, part, energies); break;
    case pairLennardJonesSwitch: withCoulomb<V, LennardJonesSwitch<V>, Rows>(set, part, energies); break;
    case pairLennardJonesForceSwitch: withCoulomb<V, LennardJonesForceSwitch<V>, Rows>(set, part, energies); break;
    case pairWcaUniform: withCoulomb<V, Wca<V>, Uniform>(set, part, energies); break;
    case pairWca: withCoulomb<V, Wca<V>, Rows>(set, part, energies); break;
    case pairTable: withCoulomb<V, Table<V>, Rows>(set, part, energies); break;
    default: unreachable();
  }
}

/** Forces of the pairs of a part to its results; energy and virial if asked for. Only one thread has a part at a time. */
export function computePairs(set: PairSet, part: PairPart, energies: bool): void {
  if (set.gathers) {
    if (set.pair == pairWcaUniform) withGathering<Wca<Single>>(set, part, energies);
    else withGathering<LennardJones<Single>>(set, part, energies);
  } else if (doublePrecision) withPair<Double>(set, part, energies);
  else withPair<Single>(set, part, energies);
}
