/**
 * The one allocator of the memory: regions are handed out upwards and stay where they are; the memory grows, never the JavaScript heap.
 * All threads share it. What it keeps itself, and what threads need to meet (threads.ts), lies at the start, in the arena.
 */
import { arenaBytes, arenaFull, arenaLock, arenaPages, arenaTop } from './layout';

// @ts-ignore: decorator
@inline
export function arena(): usize {
  return (__heap_base + 63) & ~63;
}

/** The address of the arena, for JavaScript. */
export function arenaAddress(): usize {
  return arena();
}

function lock(): void {
  while (atomic.cmpxchg<i32>(arena() + arenaLock, 0, 1) != 0) {}
}

function unlock(): void {
  atomic.store<i32>(arena() + arenaLock, 0);
}

// @ts-ignore: decorator
@inline
function top(): usize {
  const at = <usize>load<u32>(arena() + arenaTop);
  return at == 0 ? arena() + arenaBytes : at;
}

/**
 * Makes this thread know how large the memory is. Loads and stores reach whatever there is; `memory.fill` and `memory.copy` ask the size that a thread
 * knows, which V8 tells it of only at its next interruption when another one has made the memory grow, and stop beyond.
 */
export function catchUp(): void {
  if (memory.size() < atomic.load<i32>(arena() + arenaPages)) memory.grow(0);
}

/** Makes `end` the end of what is handed out; under the lock. Stops where there is no more memory, and leaves word of it. */
function advance(end: usize): void {
  const pages = <i32>((<u64>end + 0xffff) >> 16);
  catchUp();
  const have = memory.size();
  if (end < top() || (pages > have && memory.grow(pages - have) < 0)) {
    store<i32>(arena() + arenaFull, 1);
    unlock();
    unreachable();
  }
  store<u32>(arena() + arenaTop, <u32>end);
  if (pages > have) atomic.store<i32>(arena() + arenaPages, memory.size());
}

/** A new region, zeroed, aligned to a cache line. */
export function allocate(bytes: usize): usize {
  lock();
  const at = top();
  advance((at + bytes + 63) & ~63);
  unlock();
  return at;
}

/** Makes the region that ends at `end` longer if it is the last one. */
function extend(end: usize, bytes: usize): bool {
  lock();
  const last = end == top();
  if (last) advance((end + bytes + 63) & ~63);
  unlock();
  return last;
}

/** A region that can grow; `keep` bytes of its content survive. */
// @ts-ignore: decorator
@unmanaged
export class Region {
  at: usize;
  bytes: usize;

  /** What is reserved beyond `bytes` (a quarter, or `spare` of it) costs addresses, and memory only once it is used. */
  reserve(bytes: usize, keep: usize, spare: usize = 0): usize {
    if (bytes <= this.bytes) return this.at;
    const wanted = (bytes + max(spare, bytes / 4) + 63) & ~63;
    if (this.at == 0 || !extend(this.at + this.bytes, wanted - this.bytes)) {
      const old = this.at;
      this.at = allocate(wanted);
      if (keep > 0) memory.copy(this.at, old, keep);
    }
    this.bytes = wanted;
    return this.at;
  }
}

export function region(): Region {
  return changetype<Region>(allocate(offsetof<Region>()));
}
