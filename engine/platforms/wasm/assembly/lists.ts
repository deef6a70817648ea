/**
 * The two lists of a set (clusters.ts has their form). The outer list holds, for each cluster, those whose boxes are within cutoff + outer of one of its
 * particles, and is built rarely; the inner list holds, for each particle, those with a member within the cut-off and both reaches, and is made
 * from it, by a prune, every few steps.
 *
 * Particles that come within the cut-off while none has left its sphere (reaches.ts) had their middles within it and both reaches at the prune, and
 * were within cutoff + outer at the build if since then no two middles have gone further than outer less their reaches: the first is checked before every
 * use, the second at every prune, so that no list is ever late.
 */
import { recordBytes, statusDone, statusMovedFar, statusNotFinite, taskList } from './layout';
import { adaptBuffers } from './buffers';
import { buildOuterList, outerHead, segmentHead } from './clusters';
import { startRare, tookRare } from './clock';
import { unitHead } from './gathers';
import { allocate, Region, region } from '../../../threads/assembly/memory';
import { foresee, measureReaches, neededOfOuter, placeReaches, steerMargin } from './reaches';
import { updateRecords } from './records';
import { computeBounds } from './search';
import { PairPart, PairSet, partOf } from './set';
import { sortClusters } from './sort';
import { partEnd, partFirst, particleParts, positions } from './state';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

/** Rounding of positions in f32 as a part of the cut-off, for two particles. */
const slack: f64 = 4e-5;

/**
 * Brings records and lists up to date with the positions; all threads together. Returns a status. `counts` is false where the positions have been seen before,
 * so that observing a run does not change it. Forces may be written at once: no thread reads what a build has put in their place any more.
 */
export function updateLists(set: PairSet, counts: bool): i32 {
  if (thread == 0 && counts) set.evaluations++;
  if (!set.built) return buildLists(set) ? statusDone : statusNotFinite;
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) updateRecords(set, partOf(set, p));
  barrier();
  let within = true;
  for (let p = 0; p < set.parts; p++) within = within && partOf(set, p).within;
  const blind = set.blind > 0;
  if (!within && !blind) {
    startRare();
    const status = renew(set);
    tookRare(taskList);
    return status;
  }
  if (blind) {
    barrier();
    if (thread == 0) {
      set.blind--;
      set.late = set.late || !within;
    }
  }
  return statusDone;
}

/** Prunes, or builds where that does not suffice. */
function renew(set: PairSet): i32 {
  const moved = farthestMove(set);
  if (moved == Infinity) return statusNotFinite;
  // Lists are looked at in every step, and so far no particle of a sound run goes in one.
  if (moved > set.cutoff + set.inner) return statusMovedFar;
  if (thread == 0) steerMargin(set, <f64>(set.evaluations - set.prunedAt));
  barrier();
  foresee(set);
  barrier();
  const needed = neededOfOuter();
  if (thread == 0) {
    measureReaches(set);
    countLate(set);
  }
  if (needed > set.outer - slack * set.cutoff) return build(set, true) ? statusDone : statusNotFinite;
  if (thread == 0) {
    set.prunes++;
    set.allPrunes++;
    set.prunedAt = set.evaluations;
  }
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) placeReaches(set, partOf(set, p));
  barrier();
  pruneLists(set);
  return statusDone;
}

/** How far the farthest particle is from the middle of its path; infinite where a position is not a number. */
function farthestMove(set: PairSet): f64 {
  let largest: f64 = 0;
  for (let p = 0; p < set.parts; p++) largest = Math.max(largest, partOf(set, p).largest);
  return Math.sqrt(largest);
}

/** Counts a list that was used while a particle was beyond its reach. */
function countLate(set: PairSet): void {
  if (set.late) set.dangerous++;
  set.late = false;
}

/** Sorts, builds and prunes at the present positions, with the buffers that there are; all threads together. */
export function buildLists(set: PairSet): bool {
  foresee(set);
  barrier();
  if (thread == 0) {
    measureReaches(set);
    countLate(set);
  }
  return build(set, false);
}

/** The same once reaches are there. */
function build(set: PairSet, adapts: bool): bool {
  barrier(); // the buffers that others have just looked at may change
  if (thread == 0 && adapts) adaptBuffers(set);
  if (!sortClusters(set)) return false;
  barrier();
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    const from = <usize>partFirst(p) * 24;
    memory.copy(set.builtAt + from, positions + from, <usize>partEnd(p) * 24 - from);
  }
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) computeBounds(set, partOf(set, p));
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) buildOuterList(set, partOf(set, p));
  barrier();
  pruneLists(set);
  if (thread == 0) {
    set.built = true;
    set.builds++;
    set.evaluations = 0;
    set.prunedAt = 0;
    set.prunes = 1;
  }
  return true;
}

/** Makes the inner lists of all parts from the outer lists and `recordsAtPrune`; all threads together. */
export function pruneLists(set: PairSet): void {
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) pruneList(set, partOf(set, p));
  barrier();
}

/** The particles of a segment (see `pinSegment`); of each, vectors of its x, y, z and its reach with the cut-off; where its entries within range end. */
let pins: usize = 0;
const looksAt: usize = 48;
const endsAt: usize = looksAt + 4 * 64;

/** By four bits: the places of these particles in a cluster's points (u32), one after the other, then the bytes that their numbers take. */
let places: usize = 0;

/** A region for the entries within range of each of the four particles of a segment. */
let met: usize = 0;

function workSpace(): void {
  if (pins != 0) return;
  met = changetype<usize>(region());
  pins = allocate(endsAt + 16);
  places = allocate(16 * 17);
}

/** Fills `places`; numbers are addresses. */
function preparePlaces(points: usize): void {
  for (let bits: usize = 0; bits < 16; bits++) {
    let to: usize = 0;
    for (let a: usize = 0; a < 4; a++) {
      if (!((bits >> a) & 1)) continue;
      store<u32>(places + bits * 16 + to, <u32>(points + a * 16));
      to += 4;
    }
    store<u8>(places + 256 + bits, <u8>to);
  }
}

/** Makes the inner list of a part. */
function pruneList(set: PairSet, part: PairPart): void {
  workSpace();
  if (set.gathers) pruneToParticles(set, part);
  else pruneToClusters(set, part);
}

/** Puts the four particles of a segment of the outer list where `lookAround` has them, with `room` on their reaches. */
// @ts-ignore: decorator
@inline
function pinLooks(segment: usize, records: usize, room: f64): void {
  pinSegment(segment, records, pins);
  const reaches = records + <usize>load<u32>(segment) + 48;
  const real = load<u32>(segment, 56);
  for (let a: usize = 0; a < 4; a++) {
    const look = pins + looksAt + 64 * a;
    // Padding meets nobody, not even other padding.
    store<v128>(look, (real >> <u32>a) & 1 ? v128.load32_splat(pins + 4 * a) : f32x4.splat(NaN));
    store<v128>(look, v128.load32_splat(pins + 4 * a, 16), 16);
    store<v128>(look, v128.load32_splat(pins + 4 * a, 32), 32);
    store<v128>(look, f32x4.splat(<f32>(room + <f64>load<f32>(reaches + 4 * a))), 48);
  }
}

/**
 * Writes the entry to `to` if one of its four particles, at x, y and z with their reaches, is within range of the one at `look`; returns the end. With
 * `marks` only the bits of such particles stay.
 */
// @ts-ignore: decorator
@inline
function meet(entry: u32, x: v128, y: v128, z: v128, reach: v128, look: usize, to: usize, marks: bool): usize {
  const dx = f32x4.sub(x, load<v128>(look));
  const dy = f32x4.sub(y, load<v128>(look, 16));
  const dz = f32x4.sub(z, load<v128>(look, 32));
  const range = f32x4.add(reach, load<v128>(look, 48));
  const r2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
  const marked = entry & (i32x4.bitmask(f32x4.le(r2, f32x4.mul(range, range))) | ~15);
  store<u32>(to, marks ? marked : entry);
  return to + (<usize>((marked & 15) != 0) << 2);
}

/**
 * Finds which entries of a segment of the outer list have a particle within range of each of its four, for which `pinLooks` has been called: those of
 * the first go to `to`, of the others `stride` bytes behind one another, and their ends to `endsAt`.
 */
// @ts-ignore: decorator
@inline
function lookAround(segment: usize, records: usize, to: usize, stride: usize, marks: bool): void {
  const look = pins + looksAt;
  const ends = pins + endsAt;
  let to0 = to;
  let to1 = to + stride;
  let to2 = to + 2 * stride;
  let to3 = to + 3 * stride;
  let at = segment + outerHead;
  const commonEnd = at + 2 * <usize>load<u32>(segment, 52);
  let other = records + <usize>load<u32>(segment, 48);
  for (; at < commonEnd; at += 2) {
    other += recordBytes * <usize>load<u16>(at);
    const entry = <u32>(other - records) | 15;
    const x = load<v128>(other);
    const y = load<v128>(other, 16);
    const z = load<v128>(other, 32);
    const reach = load<v128>(other, 48);
    to0 = meet(entry, x, y, z, reach, look, to0, marks);
    to1 = meet(entry, x, y, z, reach, look + 64, to1, marks);
    to2 = meet(entry, x, y, z, reach, look + 128, to2, marks);
    to3 = meet(entry, x, y, z, reach, look + 192, to3, marks);
  }
  store<usize>(ends, to0);
  store<usize>(ends, to1, 4);
  store<usize>(ends, to2, 8);
  store<usize>(ends, to3, 12);
  at = (at + 3) & ~3;
  for (let a: usize = 0; a < 4; a++) {
    const rowEnd = at + 4 * <usize>load<u32>(segment + 4 * a, 8);
    let metEnd = load<usize>(ends + 4 * a);
    for (; at < rowEnd; at += 4) {
      const entry = load<u32>(at);
      const other = records + <usize>(entry & ~15);
      metEnd = meet(entry, load<v128>(other), load<v128>(other, 16), load<v128>(other, 32), load<v128>(other, 48), look + 64 * a, metEnd, marks);
    }
    store<usize>(ends + 4 * a, metEnd);
  }
}

/** Bytes that the entries of a segment within range of a particle take at most: common ones take two there. */
// @ts-ignore: decorator
@inline
function roomOfMet(segment: usize): usize {
  return 2 * <usize>load<u32>(segment, 4);
}

/** The particles of the outer list's entries that are within range: units as gathers.ts describes them. */
function pruneToParticles(set: PairSet, part: PairPart): void {
  const room = set.cutoff * (1 + slack);
  const allMet = changetype<Region>(met);
  const records = set.recordsAtPrune.at;
  const points = set.points.at;
  const fromEnd = part.outerListEnd;
  // More than it will be, so that it need not move; what is not used costs only addresses.
  const expected = 6 * (fromEnd - part.outerList.at);
  const nobody = i32x4.splat(<i32>points + set.clusters * recordBytes);
  const table = places;
  let length: usize = 0;
  let groups: usize = 0;
  const shifts = part.shifts.reserve(24 * <usize>part.segments, 0);
  let shiftBytes: usize = 0;
  preparePlaces(points);
  for (let from = part.outerList.at; from < fromEnd; from += <usize>load<u32>(from, 4)) {
    pinLooks(from, records, room);
    const stride = roomOfMet(from);
    const metAt = allMet.reserve(4 * stride, 0);
    lookAround(from, records, metAt, stride, true);
    const shift = shifts + shiftBytes;
    store<v128>(shift, load<v128>(from, 24));
    store<u64>(shift, load<u64>(from, 40), 16);
    // Were all particles of all entries within range.
    let unit = part.list.reserve(length + 16 * stride + 4 * (unitHead + 16), length, expected) + length;
    for (let a: usize = 0; a < 4; a++) {
      const met = metAt + a * stride;
      const metEnd = load<usize>(pins + endsAt + 4 * a);
      if (metEnd == met) continue;
      let to = unit + unitHead;
      for (let entry = met; entry < metEnd; entry += 4) {
        const marked = load<u32>(entry);
        const bits = <usize>(marked & 15);
        store<v128>(to, i32x4.add(i32x4.splat(marked - <u32>bits), load<v128>(table + bits * 16)));
        to += <usize>load<u8>(table + bits, 256);
      }
      store<v128>(to, nobody);
      const count = (to - unit - unitHead + 15) >> 4;
      store<u32>(unit, <u32>(points + <usize>load<u32>(from) + 16 * a));
      store<u32>(unit, <u32>count, 4);
      store<u32>(unit, <u32>shift, 8);
      groups += count;
      unit += unitHead + 16 * count;
    }
    const now = unit - part.list.at;
    if (now > length) shiftBytes += 24;
    length = now;
  }
  part.listEnd = part.list.at + length;
  part.entries = <f64>groups;
}

/** The entries of the outer list that have a particle within range, segment by segment. */
function pruneToClusters(set: PairSet, part: PairPart): void {
  const room = set.cutoff * (1 + slack);
  const records = set.recordsAtPrune.at;
  const allMet = changetype<Region>(met);
  const fromEnd = part.outerListEnd;
  // More than it will be, as above.
  const expected = 3 * (fromEnd - part.outerList.at);
  let length: usize = 0;
  let entries: usize = 0;
  for (let from = part.outerList.at; from < fromEnd; from += <usize>load<u32>(from, 4)) {
    pinLooks(from, records, room);
    const stride = roomOfMet(from);
    const metAt = allMet.reserve(4 * stride + 16, 0);
    lookAround(from, records, metAt, stride, false);
    const segment = part.list.reserve(length + segmentHead + 4 * stride + 16, length, expected) + length;
    let to = segment + segmentHead;
    for (let a: usize = 0; a < 4; a++) {
      const met = metAt + a * stride;
      const bytes = load<usize>(pins + endsAt + 4 * a) - met;
      for (let done: usize = 0; done < bytes; done += 16) store<v128>(to + done, load<v128>(met + done));
      store<u32>(segment + 4 * a, <u32>bytes >> 2, 8);
      to += bytes;
    }
    const count = (to - segment - segmentHead) >> 2;
    if (count == 0) continue;
    const bytes = (to - segment + 7) & ~7;
    store<u32>(segment, load<u32>(from));
    store<u32>(segment, <u32>bytes, 4);
    store<v128>(segment, load<v128>(from, 24), 24);
    store<u64>(segment, load<u64>(from, 40), 40);
    entries += count;
    length += bytes;
  }
  part.listEnd = part.list.at + length;
  part.entries = <f64>entries;
}

/** Writes x, y and z of the four particles of a segment, shifted into the frame and image of its entries: three vectors of f32. */
// @ts-ignore: decorator
@inline
export function pinSegment(segment: usize, records: usize, to: usize): void {
  const own = records + <usize>load<u32>(segment);
  store<v128>(to, shifted(load<v128>(own), v128.load64_splat(segment, 24)));
  store<v128>(to, shifted(load<v128>(own, 16), v128.load64_splat(segment, 32)), 16);
  store<v128>(to, shifted(load<v128>(own, 32), v128.load64_splat(segment, 40)), 32);
}

// @ts-ignore: decorator
@inline
function shifted(x: v128, shift: v128): v128 {
  const low = f64x2.add(f64x2.promote_low_f32x4(x), shift);
  const high = f64x2.add(f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3)), shift);
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
