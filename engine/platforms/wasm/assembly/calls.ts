/**
 * Functions of other modules on this memory, which the loop of steps calls for the forces of plugins: from kernel to kernel, without JavaScript in
 * between. In a small molecule a step takes a few microseconds, of which a way through JavaScript costs some tenths. They lie in the table that this module
 * imports; one thread alone calls them.
 */
import { tookAt } from './clock';
import { callBlock, callBytes, callFrom, callFunction, callTime } from './layout';

/** Has JavaScript do what a call left undone in the step `k` of a `run`. */
// @ts-ignore: decorator
@external("env", "attend")
declare function attend(call: i32, k: i32, status: i32): void;

let calls: usize = 0;
let end: usize = 0;

/** @param address of the calls (layout.ts), in their order */
export function useCalls(address: usize, count: i32): void {
  calls = address;
  end = address + <usize>count * callBytes;
}

// @ts-ignore: decorator
@inline
export function hasCalls(): bool {
  return calls != end;
}

/** @param step the number of the step; @param k its number in this `run` */
export function makeCalls(step: f64, k: i32): void {
  for (let at = calls, number = 0; at < end; at += callBytes, number++) {
    const own = step - load<f64>(at, callFrom);
    if (own < 0) continue;
    const status = call_indirect<i32>(load<u32>(at, callFunction), <usize>load<u32>(at, callBlock), own);
    if (status != 0) attend(number, k, status);
    tookAt(at + callTime);
  }
}
