/** The pair loop, once: specialised by the compiler for each precision, potential, Coulomb function, and with or without energies. */
import {
  EwaldReal, ForcesOnly, LennardJones, LennardJonesForceShift, LennardJonesSwitch, NoCoulomb, NoPair, ReactionField, Rows, Table, Uniform,
  Wca, WithEnergy,
} from './evaluators';
import {
  coulombEwald, coulombNone, pairLennardJones, pairLennardJonesForceShift, pairLennardJonesSwitch, pairLennardJonesUniform, pairNone,
  pairTable, pairWca, pairWcaUniform,
} from './layout';
import { allocate } from './memory';
import { PairSet } from './set';
import { addVirial, doublePrecision } from './state';
import { Double, Single } from './vector';

/** 16 masks of four f32 lanes, then 16 of four f64 lanes, then room for `pinned` numbers. */
let masks: usize = 0;

function maskTable(): usize {
  if (masks != 0) return masks;
  masks = allocate(16 * 16 + 16 * 32 + 16 * 8);
  for (let bits = 0; bits < 16; bits++) {
    for (let a = 0; a < 4; a++) {
      const on = (bits >> a) & 1 ? -1 : 0;
      store<i32>(masks + <usize>(bits * 16 + a * 4), on);
      store<i64>(masks + 256 + <usize>(bits * 32 + a * 8), <i64>on);
    }
  }
  return masks;
}

/** Sums the pairs of the list into the results of the slots; energy and virial too where E says so. */
function pairLoop<V, P, U, C, E>(set: PairSet): void {
  const v = changetype<V>(0);
  const potential = changetype<P>(0);
  const parameters = changetype<U>(0);
  const coulomb = changetype<C>(0);
  const measure = changetype<E>(0);
  const records = v.isDouble() ? set.doubleRecords.at : set.records.at;
  const results = v.isDouble() ? set.doubleResults.at : set.results.at;
  // Bytes of a coordinate of four particles, relative to the 16 j of the lists.
  const scale: usize = v.isDouble() ? 2 : 1;
  const row: usize = 16 * scale;
  const mask = v.isDouble() ? maskTable() + 256 : maskTable();
  const pins = maskTable() + 768;
  const cutoff2 = v.pinned(set.cutoff2, pins + 0);
  const k0 = v.pinned(set.k0, pins + 8);
  const k1 = v.pinned(set.k1, pins + 16);
  const c0 = v.pinned(set.c0, pins + 24);
  const c1 = v.pinned(set.c1, pins + 32);
  const table = set.table;
  const coulombTable = set.coulombTable;
  let a = v.pinned(load<f64>(set.matrix), pins + 40);
  let b = v.pinned(load<f64>(set.matrix, 8), pins + 48);
  let c = v.pinned(load<f64>(set.matrix, 16), pins + 56);
  let d = v.pinned(load<f64>(set.matrix, 24), pins + 64);
  const charges = set.charges.at;
  const rowsAt = set.rows.at;
  const rowStride = set.rowStride;
  const slotTypes = set.slotTypes.at;
  let energy: f64 = 0;
  let virial: f64 = 0;
  const end = set.listEnd;
  let unit = set.list.at;
  while (unit < end) {
    const slot = <usize>load<u32>(unit);
    const unitEnd = unit + 32 + <usize>load<u32>(unit, 4) * 4;
    const own = (slot >> 2) * 3 * row + (slot & 3) * 4 * scale;
    let x: v128;
    let y: v128;
    let z: v128;
    if (v.isDouble()) {
      x = v.pinned(load<f64>(records + own) + load<f64>(unit, 8), pins + 72);
      y = v.pinned(load<f64>(records + own, 32) + load<f64>(unit, 16), pins + 80);
      z = v.pinned(load<f64>(records + own, 64) + load<f64>(unit, 24), pins + 88);
    } else {
      x = v.pinned(<f64>load<f32>(records + own) + load<f64>(unit, 8), pins + 72);
      y = v.pinned(<f64>load<f32>(records + own, 16) + load<f64>(unit, 16), pins + 80);
      z = v.pinned(<f64>load<f32>(records + own, 32) + load<f64>(unit, 24), pins + 88);
    }
    let q = a;
    if (coulomb.charged()) q = v.pinned(v.isDouble() ? load<f64>(charges + slot * 8) : <f64>load<f32>(charges + slot * 4), pins + 96);
    const myRows = parameters.rows() ? rowsAt + <usize>load<u32>(slotTypes + slot * 4) * rowStride : 0;
    let fx = i32x4.splat(0);
    let fy = i32x4.splat(0);
    let fz = i32x4.splat(0);
    let unitEnergy = i32x4.splat(0);
    let unitVirial = i32x4.splat(0);
    let at = unit + 32;
    let half: usize = 0;
    while (at < unitEnd) {
      const entry = <usize>load<u32>(at);
      const j = (entry & ~15) * scale;
      const other = records + j * 3 + half;
      const dx = v.sub(x, load<v128>(other));
      const dy = v.sub(y, v.second(other));
      const dz = v.sub(z, v.third(other));
      const r2 = v.madd(dz, dz, v.madd(dy, dy, v.mul(dx, dx)));
      const inside = v128.and(v.le(r2, cutoff2), load<v128>(mask + (entry & 15) * row + half));
      if (parameters.rows()) {
        const from = myRows + j * 4 + half;
        a = load<v128>(from);
        b = v.second(from);
        c = v.third(from);
        d = v.fourth(from);
      }
      let f = potential.slope(r2, a, b, c, d, k0, k1, table);
      if (coulomb.charged()) {
        const qq = v.mul(q, load<v128>(charges + j + half));
        f = v.add(f, coulomb.slope(qq, r2, c0, c1, coulombTable));
        if (measure.on()) unitEnergy = v.add(unitEnergy, v128.and(inside, coulomb.energy(qq, r2, c0, c1, coulombTable)));
      }
      f = v128.and(inside, f);
      if (measure.on()) {
        unitEnergy = v.add(unitEnergy, v128.and(inside, potential.energy(r2, a, b, c, d, k0, k1, table)));
        unitVirial = v.add(unitVirial, v128.and(inside, v.mul(f, r2)));
      }
      const px = v.mul(f, dx);
      const py = v.mul(f, dy);
      const pz = v.mul(f, dz);
      fx = v.add(fx, px);
      fy = v.add(fy, py);
      fz = v.add(fz, pz);
      const to = results + j * 3 + half;
      store<v128>(to, v.sub(load<v128>(to), px));
      v.storeSecond(to, v.sub(v.second(to), py));
      v.storeThird(to, v.sub(v.third(to), pz));
      if (v.isDouble()) {
        half ^= 16;
        if (half != 0) continue;
      }
      at += 4;
    }
    // As whole vectors: a load of a vector whose lane was just stored alone would have to wait for the cache.
    const lane = slot & 3;
    const part = v.isDouble() ? (lane >> 1) * 16 : 0;
    const mine = results + (slot >> 2) * 3 * row + part;
    const only = load<v128>(mask + ((<usize>1) << lane) * row + part);
    store<v128>(mine, v.add(load<v128>(mine), v128.and(only, v.spread(fx))));
    v.storeSecond(mine, v.add(v.second(mine), v128.and(only, v.spread(fy))));
    v.storeThird(mine, v.add(v.third(mine), v128.and(only, v.spread(fz))));
    if (measure.on()) {
      energy += v.sum(unitEnergy);
      virial += v.sum(unitVirial);
    }
    unit += (unitEnd - unit + 7) & ~7;
  }
  if (measure.on()) {
    set.energy = energy;
    addVirial(virial);
  }
}

function withMeasure<V, P, U, C>(set: PairSet, energies: bool): void {
  if (energies) pairLoop<V, P, U, C, WithEnergy>(set);
  else pairLoop<V, P, U, C, ForcesOnly>(set);
}

function withCoulomb<V, P, U>(set: PairSet, energies: bool): void {
  if (set.coulomb == coulombNone) withMeasure<V, P, U, NoCoulomb<V>>(set, energies);
  else if (set.coulomb == coulombEwald) withMeasure<V, P, U, EwaldReal<V>>(set, energies);
  else withMeasure<V, P, U, ReactionField<V>>(set, energies);
}

function withPair<V>(set: PairSet, energies: bool): void {
  switch (set.pair) {
    case pairNone: withCoulomb<V, NoPair<V>, Uniform>(set, energies); break;
    case pairLennardJonesUniform: withCoulomb<V, LennardJones<V>, Uniform>(set, energies); break;
    case pairLennardJones: withCoulomb<V, LennardJones<V>, Rows>(set, energies); break;
    case pairLennardJonesForceShift: withCoulomb<V, LennardJonesForceShift<V>, Rows>(set, energies); break;
    case pairLennardJonesSwitch: withCoulomb<V, LennardJonesSwitch<V>, Rows>(set, energies); break;
    case pairWcaUniform: withCoulomb<V, Wca<V>, Uniform>(set, energies); break;
    case pairWca: withCoulomb<V, Wca<V>, Rows>(set, energies); break;
    case pairTable: withCoulomb<V, Table<V>, Rows>(set, energies); break;
    default: unreachable();
  }
}

/** Forces of all pairs of the set to the results of its slots; energy and virial if asked for. */
export function computePairs(set: PairSet, energies: bool): void {
  const bytes = <usize>set.clusters * 48;
  if (doublePrecision) {
    memory.fill(set.doubleResults.at, 0, 2 * bytes);
    withPair<Double>(set, energies);
  } else {
    memory.fill(set.results.at, 0, bytes);
    withPair<Single>(set, energies);
  }
}
