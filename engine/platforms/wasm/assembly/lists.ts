/**
 * The two lists of a set. The cluster list holds pairs of clusters within cutoff + outer and is built rarely; the pruned list holds,
 * a particle, the clusters with a member within cutoff + inner, and is made from it every few steps.
 *
 * Pairs within cutoff + inner at a prune were within cutoff + outer at the build if nothing has moved more than (outer - inner)/2 in
 * between, and pairs within the cutoff now were within cutoff + inner at the prune if nothing has moved more than inner/2 since:
 * both are checked before every use, so that no list is ever late.
 */
import { statusDone, statusMovedFar, statusNotFinite, sumLists, taskList } from './layout';
import { adaptBuffers } from './buffers';
import { buildClusterList, computeBounds } from './clusters';
import { startRare, tookRare } from './clock';
import { allocate } from './memory';
import { enter, mostMoved, movedSinceBuild, moveRecords, nextMoved, start } from './records';
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
 * Counts lists that promised less than what the displacements asked for when they were last used: the pruned list pairs that come
 * `inner` nearer to each other, the cluster list what the prunes needed of it.
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
  for (let p = nextPart(); p >= 0; p = nextPart()) buildClusterList(set, partOf(set, p));
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

/** Makes the pruned lists of all parts from the cluster lists; all threads together. */
export function pruneLists(set: PairSet): void {
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) pruneList(set, partOf(set, p));
  barrier();
}

/** Room for numbers that are to stay in registers: see `pinned`. */
let pins: usize = 0;

/**
 * Makes the pruned list: units of one particle and one shift: slot, entries (4 each), shift (f64 x 3), then the entries, 16 j plus the
 * four bits of the particles that the first may interact with, filled up to 8 bytes.
 */
function pruneList(set: PairSet, part: PairPart): void {
  const clusterList = part.clusterList.at;
  const length = part.clusterListEnd - clusterList;
  const radius = set.cutoff + set.inner;
  const single = changetype<Single>(0);
  if (pins == 0) pins = allocate(16);
  const range2 = single.pinned(set.infinite ? boundless : radius * radius * (1 + 1e-6), pins);
  let end: usize = 0;
  let listed: f64 = 0;
  const spare = (length * 3) / 2;
  let from = clusterList;
  const fromEnd = clusterList + length;
  const records = set.records.at;
  while (from < fromEnd) {
    const cluster = <usize>load<u32>(from);
    const masked = <usize>load<u32>(from, 4);
    const plain = <usize>load<u32>(from, 8);
    const plainEnd = from + 40 + plain * 4;
    const maskedEnd = plainEnd + masked * 8;
    const list = part.list.reserve(end + 4 * (40 + (masked + plain) * 4), end, spare);
    for (let a: usize = 0; a < 4; a++) {
      if (load<i32>(set.order.at + cluster * 16 + a * 4) >= particles) break;
      const own = records + cluster * 48 + a * 4;
      const x = single.pinned(<f64>load<f32>(own) + load<f64>(from, 16), pins + 4);
      const y = single.pinned(<f64>load<f32>(own, 16) + load<f64>(from, 24), pins + 8);
      const z = single.pinned(<f64>load<f32>(own, 32) + load<f64>(from, 32), pins + 12);
      const unit = list + end;
      let to = unit + 32;
      for (let at = from + 40; at < plainEnd; at += 4) {
        const j = load<u32>(at);
        store<u32>(to, j | 15);
        to += <usize>v128.any_true(within(records, j, x, y, z, range2)) << 2;
      }
      for (let at = plainEnd; at < maskedEnd; at += 8) {
        const j = load<u32>(at);
        const allowed = (load<i32>(at, 4) >> (4 * <i32>a)) & 15;
        store<u32>(to, j | allowed);
        to += <usize>((i32x4.bitmask(within(records, j, x, y, z, range2)) & allowed) != 0) << 2;
      }
      const count = (to - unit - 32) >> 2;
      if (count == 0) continue;
      store<u32>(unit, 4 * <u32>cluster + <u32>a);
      store<u32>(unit, <u32>count, 4);
      memory.copy(unit + 8, from + 16, 24);
      listed += <f64>(4 * count);
      end += (to - unit + 7) & ~7;
    }
    from += (maskedEnd - from + 7) & ~7;
  }
  part.listEnd = part.list.at + end;
  part.listed = listed;
  const own = <usize>part.first * 48;
  memory.copy(set.recordsAtPrune.at + own, records + own, <usize>part.end * 48 - own);
}

// @ts-ignore: decorator
@inline
function within(records: usize, j: u32, x: v128, y: v128, z: v128, range2: v128): v128 {
  const other = records + <usize>(j * 3);
  const dx = f32x4.sub(x, load<v128>(other));
  const dy = f32x4.sub(y, load<v128>(other, 16));
  const dz = f32x4.sub(z, load<v128>(other, 32));
  return f32x4.le(f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz)), range2);
}
