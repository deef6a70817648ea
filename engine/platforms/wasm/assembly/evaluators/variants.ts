/**
 * What the loop over pairs (pairs.ts) is compiled for. Pair potentials are evaluators: pure functions of a distance, its inverse square and the parameters of the pair, over vectors of
 * either precision. Slopes are -(dE/dr)/r as in engine/forces. `inverse` is 0 for pairs that do not interact, and slopes that then are 0
 * `vanish` and need no mask; `r` is there for slopes that are `rooted`, and with energies. `a` ... `d` are the parameters of the pair (a row's vectors, or splats of the only type's); slopes that read c
 * or d are `wide`. Constants of the whole potential are `prepare`d in memory, from where they load as fast as from a register, of which
 * there are few. The loop that calls them is written once.
 */
import { ewaldCoefficients } from '../layout';

/** Vectors for constants: eight of the pair potential, then those of the Coulomb function. */
export const constantVectors: usize = 12 + ewaldCoefficients;

/** Where the parameters of a pair come from: one set for all, rows by the type of i and the particle j, or there is no pair potential. */
// @ts-ignore: decorator
@unmanaged
export class Uniform {
  // @ts-ignore: decorator
  @inline rows(): bool { return false; }
  // @ts-ignore: decorator
  @inline none(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class Rows {
  // @ts-ignore: decorator
  @inline rows(): bool { return true; }
  // @ts-ignore: decorator
  @inline none(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class Nothing {
  // @ts-ignore: decorator
  @inline rows(): bool { return false; }
  // @ts-ignore: decorator
  @inline none(): bool { return true; }
}

/** Whether a pass over the pairs sums energy and virial. */
// @ts-ignore: decorator
@unmanaged
export class ForcesOnly {
  // @ts-ignore: decorator
  @inline on(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class WithEnergy {
  // @ts-ignore: decorator
  @inline on(): bool { return true; }
}

/** No pair potential: charges alone. */
// @ts-ignore: decorator
@unmanaged
export class NoPair<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return false; }
  // @ts-ignore: decorator
  @inline wide(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
}
