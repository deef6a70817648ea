/**
 * The two lists of a set, both of particles against clusters (clusters.ts has their form). The outer list holds clusters whose boxes are within
 * cutoff + outer of a particle and is built rarely; the inner list holds those with a member within cutoff + inner, and is made from it, by
 * a prune, every few steps.
 *
 * Pairs within cutoff + inner at a prune were within cutoff + outer at the build if nothing has moved more than (outer - inner)/2 in
 * between, and pairs within the cutoff now were within cutoff + inner at the prune if nothing has moved more than inner/2 since:
 * both are checked before every use, so that no list is ever late.
 */
import { recordBytes, statusDone, statusMovedFar, statusNotFinite, sumLists, taskList } from './layout';
import { adaptBuffers } from './buffers';
import { buildOuterList, segmentHead } from './clusters';
import { startRare, tookRare } from './clock';
import { unitHead } from './gathers';
import { allocate, Region, region } from './memory';
import { enter, mostMoved, movedSinceBuild, moveRecords, nextMoved, start } from './records';
import { computeBounds } from './search';
import { boundless, PairPart, PairSet, partOf } from './set';
import { sortClusters } from './sort';
import { partEnd, partFirst, particleParts, particles, positions, sumsOf } from './state';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from './threads';
import { Single } from './vector';

/** Rounding of positions in f32 as a part of the cut-off, taken off the room for each of two particles. */
const slack: f64 = 2e-5;

/**
 * Brings records and lists up to date with the positions; all threads together. Returns a status. `counts` is false where the positions have been seen before, so that observing a run does not change it.
 */
export function updateLists(set: PairSet, counts: bool): i32 {
  if (thread == 0 && counts) set.evaluations++;
  if (!set.built) return buildLists(set) ? statusDone : statusNotFinite;
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) moveRecords(set, partOf(set, p));
  barrier();
  start();
  let lost = false;
  for (let p = 0; p < set.parts; p++) {
    const part = partOf(set, p);
    enter(part.largest);
    enter(part.second);
    lost = lost || part.lost;
  }
  if (lost || mostMoved == Infinity) return statusNotFinite;
  if (set.infinite) return statusDone;
  // Lists are looked at in every step, and so far no particle of a sound run goes in one.
  if (Math.sqrt(mostMoved) > set.cutoff + set.inner) return statusMovedFar;
  // Two particles come nearer by the sum of their displacements at most.
  const moved = Math.sqrt(mostMoved) + Math.sqrt(nextMoved);
  const blind = set.blind > 0;
  if (moved <= set.inner - slack * set.cutoff || blind) {
    if (thread == 0) set.usedInner = Math.max(set.usedInner, moved);
    if (blind) {
      barrier();
      if (thread == 0) set.blind--;
    }
    return statusDone;
  }
  startRare();
  const status = renew(set);
  tookRare(taskList);
  return status;
}

/** Prunes, or builds where that does not suffice. */
function renew(set: PairSet): i32 {
  const away = sinceBuild(set);
  if (away > set.outer - set.inner - slack * set.cutoff) return build(set, true) ? statusDone : statusNotFinite;
  if (thread == 0) {
    countLate(set);
    set.usedOuter = away;
    set.prunes++;
    set.allPrunes++;
  }
  pruneLists(set);
  return statusDone;
}

/** The sum of the two largest displacements since the build. */
function sinceBuild(set: PairSet): f64 {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) movedSinceBuild(set, p);
  barrier();
  start();
  for (let p = 0; p < particleParts; p++) {
    enter(load<f64>(sumsOf(p) + sumLists * 8));
    enter(load<f64>(sumsOf(p) + sumLists * 8, 8));
  }
  return Math.sqrt(mostMoved) + Math.sqrt(nextMoved);
}

/**
 * Counts lists that promised less than what the displacements asked for when they were last used: the inner list pairs that come
 * `inner` nearer to each other, the outer list what the prunes needed of it.
 */
function countLate(set: PairSet): void {
  if (set.usedInner > set.inner) set.dangerous++;
  set.usedInner = 0;
}

/** Sorts, builds and prunes at the present positions, with the buffers that there are; all threads together. */
export function buildLists(set: PairSet): bool {
  return build(set, false);
}

function build(set: PairSet, adapts: bool): bool {
  barrier(); // the buffers that others have just looked at may change
  if (thread == 0) {
    if (set.built) {
      countLate(set);
      if (set.usedOuter > set.outer - set.inner) set.dangerous++;
      if (adapts) adaptBuffers(set);
    }
    set.usedInner = 0;
    set.usedOuter = 0;
  }
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
    set.prunes = 1;
  }
  return true;
}

/** Makes the inner lists of all parts from the outer lists; all threads together. */
export function pruneLists(set: PairSet): void {
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) pruneList(set, partOf(set, p));
  barrier();
}

/** Room for the particles of a segment: see `pinSegment`. */
let pins: usize = 0;

/** By four bits: the places of these particles in a cluster's points (u32), one after the other, then the bytes that their numbers take. */
let places: usize = 0;

/** A region with a byte for each entry of a row. */
let within: usize = 0;

function workSpace(): void {
  if (pins != 0) return;
  within = changetype<usize>(region());
  pins = allocate(64);
  places = allocate(16 * 17);
  for (let bits: usize = 0; bits < 16; bits++) {
    let to: usize = 0;
    for (let a: usize = 0; a < 4; a++) {
      if (!((bits >> a) & 1)) continue;
      store<u32>(places + bits * 16 + to, <u32>a * 16);
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
  const own = <usize>part.first * recordBytes;
  memory.copy(set.recordsAtPrune.at + own, set.records.at + own, <usize>part.end * recordBytes - own);
}

// @ts-ignore: decorator
@inline
function pruneRange2(set: PairSet): v128 {
  const radius = set.cutoff + set.inner;
  return changetype<Single>(0).pinned(set.infinite ? boundless : radius * radius * (1 + 1e-6), pins + 48);
}

/**
 * Of the particles of each entry from `at` to `end` those, as bits, that are within range of (x, y, z) and may interact: to the bytes at `bits`.
 * What is done with them comes in a pass of its own: see `pairLoop`.
 */
// @ts-ignore: decorator
@inline
function lookAround(at: usize, end: usize, records: usize, x: v128, y: v128, z: v128, range2: v128, bits: usize): void {
  for (; at < end; at += 4) {
    const entry = load<u32>(at);
    const other = records + <usize>(entry & ~15);
    const dx = f32x4.sub(x, load<v128>(other));
    const dy = f32x4.sub(y, load<v128>(other, 16));
    const dz = f32x4.sub(z, load<v128>(other, 32));
    const r2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
    store<u8>(bits, <u8>(i32x4.bitmask(f32x4.le(r2, range2)) & <i32>entry & 15));
    bits++;
  }
}

/** The particles of the outer list's entries that are within cutoff + inner: units as gathers.ts describes them. */
function pruneToParticles(set: PairSet, part: PairPart): void {
  const single = changetype<Single>(0);
  const range2 = pruneRange2(set);
  const allBits = changetype<Region>(within);
  const records = set.records.at;
  const fromEnd = part.outerListEnd;
  // More than it will be, so that it need not move; what is not used costs only addresses.
  const expected = 2 * (fromEnd - part.outerList.at);
  const nobody = i32x4.splat(set.clusters * recordBytes);
  const table = places;
  let length: usize = 0;
  let groups: usize = 0;
  for (let from = part.outerList.at; from < fromEnd; from += <usize>load<u32>(from, 4)) {
    pinSegment(from, records, pins);
    const bitsAt = allBits.reserve(<usize>load<u32>(from, 4) >> 2, 0);
    // Were all particles of all entries within range.
    let unit = part.list.reserve(length + 4 * <usize>load<u32>(from, 4), length, expected) + length;
    let at = from + segmentHead;
    for (let a: usize = 0; a < 4; a++) {
      const x = single.unpin(pins + 4 * a);
      const y = single.unpin(pins + 16 + 4 * a);
      const z = single.unpin(pins + 32 + 4 * a);
      let to = unit + unitHead;
      const end = at + 4 * <usize>load<u32>(from + 4 * a, 8);
      lookAround(at, end, records, x, y, z, range2, bitsAt);
      for (let bitAt = bitsAt; at < end; at += 4, bitAt++) {
        const bits = <usize>load<u8>(bitAt);
        store<v128>(to, i32x4.add(i32x4.splat(load<i32>(at) & ~15), load<v128>(table + bits * 16)));
        to += <usize>load<u8>(table + bits, 256);
      }
      if (to == unit + unitHead) continue;
      store<v128>(to, nobody);
      const count = (to - unit - unitHead + 15) >> 4;
      store<u32>(unit, load<u32>(from) + 16 * <u32>a);
      store<u32>(unit, <u32>count, 4);
      memory.copy(unit + 8, from + 24, 24);
      groups += count;
      unit += unitHead + 16 * count;
    }
    length = unit - part.list.at;
  }
  part.listEnd = part.list.at + length;
  part.entries = <f64>groups;
}

/** The entries of the outer list that have a particle within cutoff + inner of theirs, segment by segment. */
function pruneToClusters(set: PairSet, part: PairPart): void {
  const single = changetype<Single>(0);
  const range2 = pruneRange2(set);
  const allBits = changetype<Region>(within);
  const records = set.records.at;
  const fromEnd = part.outerListEnd;
  // As long as the outer list, at worst; what is not used costs only addresses.
  const list = part.list.reserve(fromEnd - part.outerList.at, 0);
  let segment = list;
  let entries: usize = 0;
  for (let from = part.outerList.at; from < fromEnd; from += <usize>load<u32>(from, 4)) {
    pinSegment(from, records, pins);
    const bitsAt = allBits.reserve(<usize>load<u32>(from, 4) >> 2, 0);
    let at = from + segmentHead;
    let to = segment + segmentHead;
    for (let a: usize = 0; a < 4; a++) {
      const x = single.unpin(pins + 4 * a);
      const y = single.unpin(pins + 16 + 4 * a);
      const z = single.unpin(pins + 32 + 4 * a);
      const row = to;
      const end = at + 4 * <usize>load<u32>(from + 4 * a, 8);
      lookAround(at, end, records, x, y, z, range2, bitsAt);
      for (let bitAt = bitsAt; at < end; at += 4, bitAt++) {
        store<u32>(to, load<u32>(at));
        to += <usize>(load<u8>(bitAt) != 0) << 2;
      }
      store<u32>(segment + 4 * a, <u32>(to - row) >> 2, 8);
    }
    const count = (to - segment - segmentHead) >> 2;
    if (count == 0) continue;
    const bytes = (to - segment + 7) & ~7;
    store<u32>(segment, load<u32>(from));
    store<u32>(segment, <u32>bytes, 4);
    memory.copy(segment + 24, from + 24, 24);
    entries += count;
    segment += bytes;
  }
  part.listEnd = segment;
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
