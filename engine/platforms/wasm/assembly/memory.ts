/** The one allocator of the memory: regions are handed out upwards and stay where they are; the memory grows, never the JavaScript heap. */

let top: usize = 0;

/** A new region, zeroed, aligned to a cache line. */
export function allocate(bytes: usize): usize {
  if (top == 0) top = (__heap_base + 63) & ~63;
  const at = top;
  const next = (top + bytes + 63) & ~63;
  if (next < top) unreachable(); // past 4 GiB
  top = next;
  const pages = <i32>((top + 0xffff) >> 16);
  const have = memory.size();
  if (pages > have && memory.grow(pages - have) < 0) unreachable();
  return at;
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
    const wanted = (bytes + max(spare, bytes / 4) + 4159) & ~63;
    if (this.at != 0 && this.at + this.bytes == top) {
      allocate(wanted - this.bytes);
    } else {
      const old = this.at;
      this.at = allocate(wanted);
      if (keep > 0) memory.copy(this.at, old, keep);
    }
    this.bytes = wanted;
    return this.at;
  }
}
