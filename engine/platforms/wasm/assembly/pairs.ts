/** The pair loop, once: specialised by the compiler for each precision, potential, Coulomb function, and with or without energies. */
import {
  constantVectors, EwaldPolynomial, EwaldReal, ForcesOnly, LennardJones, LennardJonesForceShift, LennardJonesForceSwitch, LennardJonesSwitch, NoCoulomb, NoPair, Nothing, ReactionField, Rows, Table, Uniform,
  Wca, WithEnergy,
} from './evaluators';
import {
  clusterBlock, coulombEwald, coulombEwaldPolynomial, coulombNone, pairLennardJones, pairLennardJonesForceShift, pairLennardJonesForceSwitch, pairLennardJonesSwitch, pairLennardJonesUniform, pairNone,
  pairTable, pairWca, pairWcaUniform, virialBytes,
} from './layout';
import { allocate } from './memory';
import { blocks, PairPart, PairSet, resultBytes } from './set';
import { doublePrecision } from './state';
import { Double, Single } from './vector';

/** Entries whose distances are computed before their forces. */
const chunk: usize = 32;
/** Bytes of an entry then: difference vectors, inverse square, distance, place of the others. */
const foundBytes: usize = 96;

/**
 * 16 masks of four f32 lanes, then 16 of four f64 lanes. Behind them: what belongs to the particle at hand and to the next (x, y, z, charge), constants of
 * the loop (squared cut-off, 1), parameters of the only type, constants of the potentials, sums of the particle at hand (force, energy,
 * virial), found entries.
 */
let masks: usize = 0;
const ownAt: usize = 16 * 16 + 16 * 32;
const ownBytes: usize = 64;
const loopAt: usize = ownAt + 2 * ownBytes;
const uniformAt: usize = loopAt + 16 * 2;
const constantsAt: usize = uniformAt + 16 * 4;
const sumsAt: usize = constantsAt + 16 * constantVectors;
const sumsBytes: usize = 160;
const foundAt: usize = sumsAt + sumsBytes;

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

/** Pins place and charge of the particle of a unit at `own`. */
// @ts-ignore: decorator
@inline
function pinOwn<V>(own: usize, unit: usize, records: usize, charges: usize, charged: bool): void {
  const v = changetype<V>(0);
  const slot = <usize>load<u32>(unit);
  const from = records + (slot >> 2) * v.stride() * 3 + (slot & 3) * (v.stride() >> 2);
  v.pin(own, v.real(from) + load<f64>(unit, 8));
  v.pin(own + 16, v.real(from + v.stride()) + load<f64>(unit, 16));
  v.pin(own + 32, v.real(from + 2 * v.stride()) + load<f64>(unit, 24));
  if (charged) v.pin(own + 48, v.real(charges + slot * (v.stride() >> 2)));
}

/** Adds the force on the particle of a unit to its results. */
// @ts-ignore: decorator
@inline
function addOwn<V>(mask: usize, results: usize, slot: usize, fx: v128, fy: v128, fz: v128): void {
  const v = changetype<V>(0);
  // As whole vectors: a load of a vector whose lane was just stored alone would have to wait for the cache.
  const lane = slot & 3;
  const part = v.isDouble() ? (lane >> 1) * 16 : 0;
  const mine = results + (slot >> 2) * 3 * v.stride() + part;
  const only = load<v128>(mask + ((<usize>1) << lane) * v.stride() + part);
  store<v128>(mine, v.add(load<v128>(mine), v128.and(only, v.spread(fx))));
  v.storeSecond(mine, v.add(v.second(mine), v128.and(only, v.spread(fy))));
  v.storeThird(mine, v.add(v.third(mine), v128.and(only, v.spread(fz))));
}

// @ts-ignore: decorator
@inline
function addVector<V>(at: usize, x: v128): void { store<v128>(at, changetype<V>(0).add(load<v128>(at), x)); }

/** Takes the forces of a particle on those at `to` off their results. */
// @ts-ignore: decorator
@inline
function subtract<V>(to: usize, f: v128, dx: v128, dy: v128, dz: v128): void {
  const v = changetype<V>(0);
  store<v128>(to, v.nmadd(f, dx, load<v128>(to)));
  v.storeSecond(to, v.nmadd(f, dy, v.second(to)));
  v.storeThird(to, v.nmadd(f, dz, v.third(to)));
}

/**
 * Forces in one pass: for four lanes and potentials that need so little that distances and forces fit into the registers together.
 */
function directLoop<P, U>(set: PairSet, part: PairPart): void {
  const v = changetype<Single>(0);
  const potential = changetype<P>(0);
  const parameters = changetype<U>(0);
  const records = set.records.at;
  const results = part.results.at;
  const work = workSpace();
  const constants = work + constantsAt;
  const cutoff2 = v.pinned(set.cutoff2, work + loopAt);
  const one = v.pinned(1, work + loopAt + 16);
  potential.prepare(constants, set.k0, set.k1);
  let a = v.pinned(load<f64>(set.matrix), work + uniformAt);
  let b = v.pinned(load<f64>(set.matrix, 8), work + uniformAt + 16);
  const rowsAt = set.rows.at;
  const rowStride = set.rowStride;
  const slotTypes = set.slotTypes.at;
  const end = part.listEnd;
  let unit = part.list.at;
  // One unit ahead, so that none has to wait for its particle; in turns at `own` and `owns - own`.
  let own = work + ownAt;
  const owns = 2 * own + ownBytes;
  if (unit < end) pinOwn<Single>(own, unit, records, 0, false);
  while (unit < end) {
    const slot = <usize>load<u32>(unit);
    const unitEnd = unit + 32 + <usize>load<u32>(unit, 4) * 4;
    const next = unit + ((unitEnd - unit + 7) & ~7);
    const x = v.unpin(own);
    const y = v.unpin(own + 16);
    const z = v.unpin(own + 32);
    own = owns - own;
    if (next < end) pinOwn<Single>(own, next, records, 0, false);
    const myRows = parameters.rows() ? rowsAt + <usize>load<u32>(slotTypes + slot * 4) * rowStride : 0;
    let fx = i32x4.splat(0);
    let fy = i32x4.splat(0);
    let fz = i32x4.splat(0);
    for (let at = unit + 32; at < unitEnd; at += 4) {
      const entry = <usize>load<u32>(at);
      const j = entry & ~15;
      const other = records + j * 3;
      const dx = v.sub(x, load<v128>(other));
      const dy = v.sub(y, v.second(other));
      const dz = v.sub(z, v.third(other));
      const r2 = v.madd(dz, dz, v.madd(dy, dy, v.mul(dx, dx)));
      const inside = v128.and(v.le(r2, cutoff2), load<v128>(work + (entry & 15) * 16));
      if (parameters.rows()) {
        a = load<v128>(myRows + j * 4);
        b = load<v128>(myRows + j * 4, 16);
      }
      const f = potential.slope(r2, v128.and(inside, v.div(one, r2)), a, b, a, b, constants, 0);
      fx = v.madd(f, dx, fx);
      fy = v.madd(f, dy, fy);
      fz = v.madd(f, dz, fz);
      subtract<Single>(results + j * 3, f, dx, dy, dz);
    }
    addOwn<Single>(work, results, slot, fx, fy, fz);
    unit = next;
  }
}

/**
 * Distances of the entries from `at` to `end`; writes those with a pair within the cut-off to `found`, and returns their end.
 */
// @ts-ignore: decorator
@inline
function findPairs<V>(at: usize, end: usize, found: usize, records: usize, work: usize, own: usize, rooted: bool): usize {
  const v = changetype<V>(0);
  const mask = v.isDouble() ? work + 256 : work;
  const x = v.unpin(own);
  const y = v.unpin(own + 16);
  const z = v.unpin(own + 32);
  const cutoff2 = v.unpin(work + loopAt);
  const one = v.unpin(work + loopAt + 16);
  let half: usize = 0;
  let to = found;
  while (at < end) {
    const entry = <usize>load<u32>(at);
    const j = v.isDouble() ? (entry & ~15) * 2 + half : entry & ~15;
    const other = records + v.firstOf(j, 3);
    const dx = v.sub(x, load<v128>(other));
    const dy = v.sub(y, v.second(other));
    const dz = v.sub(z, v.third(other));
    const r2 = v.madd(dz, dz, v.madd(dy, dy, v.mul(dx, dx)));
    let inside = v.le(r2, cutoff2);
    if ((entry & 15) != 15) inside = v128.and(inside, load<v128>(mask + (entry & 15) * v.stride() + half));
    store<v128>(to, dx);
    store<v128>(to, dy, 16);
    store<v128>(to, dz, 32);
    store<v128>(to, v128.and(inside, v.div(one, r2)), 48);
    if (rooted) store<v128>(to, v.sqrt(r2), 64);
    store<usize>(to, j, 80);
    to += v128.any_true(inside) ? foundBytes : 0;
    if (v.isDouble()) half ^= 16;
    if (half == 0) at += 4;
  }
  return to;
}

/**
 * Sums the entries found, from `found` to `to`, into the results of the others and into the sums of the particle at hand, which are kept
 * at `sums`: force, and where E says so energy and virial.
 */
function sumFound<V, P, U, C, E>(
  set: PairSet, found: usize, to: usize, myRows: usize, results: usize, charges: usize, own: usize, constants: usize, sums: usize,
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
    const from = parameters.rows() ? myRows + v.firstOf(j, 4) : myRows;
    const a = parameters.none() ? inverse : load<v128>(from);
    const b = parameters.none() ? a : parameters.rows() ? v.second(from) : load<v128>(from, 16);
    const c = !wide || parameters.none() ? a : parameters.rows() ? v.third(from) : load<v128>(from, 32);
    const d = !wide || parameters.none() ? a : parameters.rows() ? v.fourth(from) : load<v128>(from, 48);
    let f = parameters.none() ? i32x4.splat(0) : potential.slope(r, inverse, a, b, c, d, constants, table);
    if (coulomb.charged()) {
      const qq = v.mul(v.unpin(own + 48), load<v128>(charges + j));
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
    const tx = v.mul(f, dx);
    const ty = v.mul(f, dy);
    if (measure.on()) {
      if (!parameters.none()) {
        const inside = v.gt(inverse, i32x4.splat(0));
        addVector<V>(sums + 48, v128.and(inside, potential.energy(r, inverse, a, b, c, d, constants, table)));
      }
      addVector<V>(sums + 64, v.mul(tx, dx));
      addVector<V>(sums + 80, v.mul(ty, dy));
      addVector<V>(sums + 96, v.mul(v.mul(f, dz), dz));
      addVector<V>(sums + 112, v.mul(tx, dy));
      addVector<V>(sums + 128, v.mul(tx, dz));
      addVector<V>(sums + 144, v.mul(ty, dz));
    }
    fx = v.madd(f, dx, fx);
    fy = v.madd(f, dy, fy);
    fz = v.madd(f, dz, fz);
    subtract<V>(results + v.firstOf(j, 3), f, dx, dy, dz);
  }
  store<v128>(sums, fx);
  store<v128>(sums, fy, 16);
  store<v128>(sums, fz, 32);
}

/**
 * Sums the pairs of a part's list into its results; energy and virial too where E says so. First the distances of some entries,
 * then their forces: so neither has to wait for roots and divisions, and each has registers enough. Particles without a pair potential of
 * their own, as hydrogens in water, skip that of the others.
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
  const sums = work + sumsAt;
  v.pin(work + loopAt, set.cutoff2);
  v.pin(work + loopAt + 16, 1);
  for (let k: usize = 0; k < 4; k++) v.set(work + uniformAt + 16 * k, load<f64>(set.matrix + 8 * k));
  potential.prepare(constants, set.k0, set.k1);
  coulomb.prepare(constants, set.c0, set.c1, set.coulombTable);
  const charges = set.charges.at;
  const rowsAt = set.rows.at;
  const rowStride = set.rowStride;
  const slotTypes = set.slotTypes.at;
  const virial = part.virial;
  if (measure.on()) memory.fill(virial, 0, virialBytes);
  let energy: f64 = 0;
  const end = part.listEnd;
  let unit = part.list.at;
  const own = work + ownAt;
  while (unit < end) {
    const slot = <usize>load<u32>(unit);
    const unitEnd = unit + 32 + <usize>load<u32>(unit, 4) * 4;
    pinOwn<V>(own, unit, records, charges, coulomb.charged());
    const type = parameters.rows() ? <usize>load<u32>(slotTypes + slot * 4) : 0;
    const myRows = parameters.rows() ? rowsAt + type * rowStride : work + uniformAt;
    const skips = parameters.rows() && coulomb.charged() && load<u8>(set.inert + type) != 0;
    store<v128>(sums, i32x4.splat(0));
    store<v128>(sums, i32x4.splat(0), 16);
    store<v128>(sums, i32x4.splat(0), 32);
    if (measure.on()) memory.fill(sums + 48, 0, sumsBytes - 48);
    for (let at = unit + 32; at < unitEnd; at += 4 * chunk) {
      const to = findPairs<V>(at, min(unitEnd, at + 4 * chunk), found, records, work, own, rooted);
      if (parameters.rows() && coulomb.charged() && skips) {
        sumFound<V, NoPair<V>, Nothing, C, E>(set, found, to, myRows, results, charges, own, constants, sums);
      } else {
        sumFound<V, P, U, C, E>(set, found, to, myRows, results, charges, own, constants, sums);
      }
    }
    const mask = v.isDouble() ? work + 256 : work;
    addOwn<V>(mask, results, slot, load<v128>(sums), load<v128>(sums, 16), load<v128>(sums, 32));
    if (measure.on()) {
      energy += v.sum(load<v128>(sums, 48));
      for (let k: usize = 0; k < 6; k++) {
        store<f64>(virial + 8 * k, load<f64>(virial + 8 * k) + v.sum(load<v128>(sums + 16 * k, 64)));
      }
    }
    unit += (unitEnd - unit + 7) & ~7;
  }
  if (measure.on()) part.energy = energy;
}

function withMeasure<V, P, U, C>(set: PairSet, part: PairPart, energies: bool): void {
  if (energies) pairLoop<V, P, U, C, WithEnergy>(set, part);
  else if (!changetype<V>(0).isDouble() && !changetype<P>(0).rooted() && !changetype<C>(0).charged()) directLoop<P, U>(set, part);
  else pairLoop<V, P, U, C, ForcesOnly>(set, part);
}

function withCoulomb<V, P, U>(set: PairSet, part: PairPart, energies: bool): void {
  if (set.coulomb == coulombNone) withMeasure<V, P, U, NoCoulomb<V>>(set, part, energies);
  else if (set.coulomb == coulombEwald) withMeasure<V, P, U, EwaldReal<V>>(set, part, energies);
  else if (!changetype<V>(0).isDouble() && set.coulomb == coulombEwaldPolynomial) withMeasure<V, P, U, EwaldPolynomial<V>>(set, part, energies);
  else withMeasure<V, P, U, ReactionField<V>>(set, part, energies);
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
  const block = resultBytes() * clusterBlock;
  const count = blocks(set);
  const touched = part.touched.at;
  for (let b = 0; b < count; b++) {
    if (!load<u8>(touched + <usize>b)) continue;
    const first = b;
    while (b < count && load<u8>(touched + <usize>b)) b++;
    const end = min(<usize>b * block, <usize>set.clusters * resultBytes());
    memory.fill(part.results.at + <usize>first * block, 0, end - <usize>first * block);
  }
  if (doublePrecision) withPair<Double>(set, part, energies);
  else withPair<Single>(set, part, energies);
}
