/** Rounds in which each thread in turn asks for memory and all others clear it at once. */
export { arenaAddress, catchUp } from '../../../engine/threads/assembly/memory';
export { joinTeam } from '../../../engine/threads/assembly/threads';
import { allocate } from '../../../engine/threads/assembly/memory';
import { barrier, thread, threads } from '../../../engine/threads/assembly/threads';

/** Where the region of a round is told, i32. */
let told: usize = 0;

/** By the calling thread, before the others are told in `passOn`. */
export function prepare(): usize {
  return allocate(64);
}

export function passOn(address: usize): void {
  told = address;
}

/** Each round takes `bytes`. */
export function rounds(count: i32, bytes: usize): void {
  for (let k = 0; k < count; k++) {
    if (k % threads == thread) store<u32>(told, <u32>allocate(bytes));
    barrier();
    const region = <usize>load<u32>(told);
    if (k % threads != thread) memory.fill(region, 1, bytes);
    barrier();
  }
}
