/** Makes inner lists from outer lists: what is within the cut-off and both reaches. */
import { outerHead, segmentHead } from './clusters';
import { unitHead } from './gathers';
import { recordBytes } from './layout';
import { coarsen, nearness, nearOfFour, nearRecords, pinNear } from './near';
import { allocate, Region, region } from '../../../threads/assembly/memory';
import { pinSegment } from './segments';
import { PairPart, PairSet, partOf } from './set';
import { barrier, beginParts, nextPart } from '../../../threads/assembly/threads';

/** Makes the inner lists of all parts from the outer lists and `recordsAtPrune`; all threads together. */
export function pruneLists(set: PairSet): void {
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) coarsen(set, partOf(set, p));
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) pruneList(set, partOf(set, p));
  barrier();
}

/** The particles of a segment, as `pinSegment` and then as `pinNear` have them. */
let pins: usize = 0;
const nearPins: usize = 48;

/** By four bits: the places of these particles in a cluster's points (u32), one after the other, then the bytes that their numbers take. */
let places: usize = 0;

/** A region for the entries of a segment that are within range of one of its particles: entry, four bits for each of its particles (u32 each). */
let met: usize = 0;
const metBytes: usize = 8;

function workSpace(): void {
  if (pins != 0) return;
  met = changetype<usize>(region());
  pins = allocate(nearPins + 128);
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

/** The same four bits for each particle of a segment that is no padding: that meets nobody, not even other padding. */
// @ts-ignore: decorator
@inline
function bitsOfReal(real: u32): u32 {
  return 15 * ((real & 1) | ((real & 2) << 3) | ((real & 4) << 6) | ((real & 8) << 9));
}

// @ts-ignore: decorator
@inline
function meet(to: usize, entry: u32, bits: u32): usize {
  store<u32>(to, entry);
  store<u32>(to, bits, 4);
  return to + (<usize>(bits != 0) << 3);
}

/** Writes the entries of a segment of the outer list within range of one of its particles from `to` on, common ones first; returns their end. */
// @ts-ignore: decorator
@inline
function lookAround(set: PairSet, segment: usize, to: usize): usize {
  const records = set.recordsAtPrune.at;
  const near = nearRecords(set);
  const own = <usize>load<u32>(segment);
  const looks = pins + nearPins;
  pinSegment(segment, records, pins);
  pinNear(set, pins, records + own + 48, looks);
  const real = bitsOfReal(load<u32>(segment, 56));
  let at = segment + outerHead;
  const commonEnd = at + 2 * <usize>load<u32>(segment, 52);
  let other = <usize>load<u32>(segment, 48);
  for (; at < commonEnd; at += 2) {
    other += recordBytes * <usize>load<u16>(at);
    const record = near + (other >> 1);
    to = meet(to, <u32>other | 15, real & nearOfFour(load<v128>(record), load<v128>(record, 16), looks));
  }
  at = (at + 3) & ~3;
  for (let a: usize = 0; a < 4; a++) {
    const rowEnd = at + 4 * <usize>load<u32>(segment + 4 * a, 8);
    for (; at < rowEnd; at += 4) {
      const entry = load<u32>(at);
      const record = near + <usize>((entry & ~15) >> 1);
      const bits = entry & 15 & i32x4.bitmask(nearness(load<v128>(record), load<v128>(record, 16), looks + 32 * a));
      to = meet(to, entry, bits << <u32>(4 * a));
    }
  }
  return to;
}

/** Bytes that the entries of a segment within range take at most: common ones take two there. */
// @ts-ignore: decorator
@inline
function roomOfMet(segment: usize): usize {
  return (metBytes / 2) * <usize>load<u32>(segment, 4) + metBytes;
}

/** The particles of the outer list's entries that are within range: units as gathers.ts describes them. */
function pruneToParticles(set: PairSet, part: PairPart): void {
  const allMet = changetype<Region>(met);
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
    const met = allMet.reserve(roomOfMet(from), 0);
    const metEnd = lookAround(set, from, met);
    if (metEnd == met) continue;
    const shift = shifts + shiftBytes;
    store<v128>(shift, load<v128>(from, 24));
    store<u64>(shift, load<u64>(from, 40), 16);
    shiftBytes += 24;
    // Were all particles of all entries within range of all four.
    let unit = part.list.reserve(length + 4 * ((16 / metBytes) * (metEnd - met) + unitHead + 16), length, expected) + length;
    for (let a: u32 = 0; a < 4; a++) {
      let to = unit + unitHead;
      for (let entry = met; entry < metEnd; entry += metBytes) {
        const bits = <usize>((load<u32>(entry, 4) >> (4 * a)) & 15);
        store<v128>(to, i32x4.add(i32x4.splat(load<u32>(entry) & ~15), load<v128>(table + bits * 16)));
        to += <usize>load<u8>(table + bits, 256);
      }
      if (to == unit + unitHead) continue;
      store<v128>(to, nobody);
      const count = (to - unit - unitHead + 15) >> 4;
      store<u32>(unit, <u32>points + load<u32>(from) + 16 * a);
      store<u32>(unit, <u32>count, 4);
      store<u32>(unit, <u32>shift, 8);
      groups += count;
      unit += unitHead + 16 * count;
    }
    length = unit - part.list.at;
  }
  part.listEnd = part.list.at + length;
  part.entries = <f64>groups;
}

/** The entries of the outer list that have a particle within range, segment by segment. */
function pruneToClusters(set: PairSet, part: PairPart): void {
  const allMet = changetype<Region>(met);
  const fromEnd = part.outerListEnd;
  // More than it will be, as above.
  const expected = 3 * (fromEnd - part.outerList.at);
  let length: usize = 0;
  let entries: usize = 0;
  for (let from = part.outerList.at; from < fromEnd; from += <usize>load<u32>(from, 4)) {
    const met = allMet.reserve(roomOfMet(from), 0);
    const metEnd = lookAround(set, from, met);
    if (metEnd == met) continue;
    const segment = part.list.reserve(length + segmentHead + 2 * (metEnd - met) + 16, length, expected) + length;
    let to = segment + segmentHead;
    for (let a: u32 = 0; a < 4; a++) {
      const row = to;
      for (let entry = met; entry < metEnd; entry += metBytes) {
        store<u32>(to, load<u32>(entry));
        to += <usize>(((load<u32>(entry, 4) >> (4 * a)) & 15) != 0) << 2;
      }
      store<u32>(segment + <usize>(4 * a), <u32>(to - row) >> 2, 8);
    }
    const bytes = (to - segment + 7) & ~7;
    store<u32>(segment, load<u32>(from));
    store<u32>(segment, <u32>bytes, 4);
    store<v128>(segment, load<v128>(from, 24), 24);
    store<u64>(segment, load<u64>(from, 40), 40);
    entries += (to - segment - segmentHead) >> 2;
    length += bytes;
  }
  part.listEnd = part.list.at + length;
  part.entries = <f64>entries;
}
