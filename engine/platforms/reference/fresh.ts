/** A copy of a loop with type feedback of its own, so that the JIT compiler specialises it for the one evaluator it is given. */

/**
 * Two systems in one process would otherwise share the call site inside a pair loop, and calls through it could not be inlined.
 * `loop` must be self-contained: it may use its arguments and globals alone. Where code generation from strings is forbidden
 * (content-security policies of browsers), the loop itself is returned: slower, the same result.
 */
export function fresh<F extends (...args: never[]) => unknown>(loop: F): F {
  try {
    return new Function(`return (${loop.toString()})`)() as F;
  } catch {
    return loop;
  }
}
