/**
 * Functions of how two bonds lie to one another and to the line between them, for the energy of a pair of them.
 *
 * With unit vectors n_i and n_j along the bonds and u from the middle of one to that of the other, everything that does not change when all
 * is turned together is a function of a = n_i . u, b = n_j . u and c = n_i . n_j (Stone, Mol. Phys. 36, 241, 1978, whose S functions span
 * the same space). Ends that are alike leave only what is even in each bond, bonds that are alike only what is symmetric between them:
 * (a^p b^q + a^q b^p) c^s with p + s and q + s even. `degree` bounds p + s and q + s.
 */

/** Exponents of a, b and c. */
export interface AngularFunction {
  readonly p: number;
  readonly q: number;
  readonly s: number;
}

/** All of even degree up to `degree` in each bond: 1 for degree 0, 5 for 2, 14 for 4, 30 for 6. The first is the constant. */
export function angularFunctions(degree: number): AngularFunction[] {
  const functions: AngularFunction[] = [];
  for (let s = 0; s <= degree; s++)
    for (let p = s % 2; p + s <= degree; p += 2) for (let q = s % 2; q <= p; q += 2) functions.push({ p, q, s });
  return functions;
}

/** Values and derivatives of all functions at one place; allocates nothing after it is made. */
export class AngularBasis {
  readonly functions: readonly AngularFunction[];
  readonly values: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
  readonly byC: Float64Array;
  private readonly a: Float64Array;
  private readonly b: Float64Array;
  private readonly c: Float64Array;

  constructor(degree: number) {
    this.functions = angularFunctions(degree);
    const array = (): Float64Array => new Float64Array(this.functions.length);
    [this.values, this.byA, this.byB, this.byC] = [array(), array(), array(), array()];
    const powers = (): Float64Array => new Float64Array(degree + 1).fill(1);
    [this.a, this.b, this.c] = [powers(), powers(), powers()];
  }

  evaluate(a: number, b: number, c: number): void {
    const { functions, values, byA, byB, byC, a: A, b: B, c: C } = this;
    for (let k = 1; k < A.length; k++) {
      A[k] = A[k - 1] * a;
      B[k] = B[k - 1] * b;
      C[k] = C[k - 1] * c;
    }
    for (let f = 0; f < functions.length; f++) {
      const { p, q, s } = functions[f];
      const half = p === q ? 0.5 : 1;
      const sum = half * (A[p] * B[q] + A[q] * B[p]);
      values[f] = sum * C[s];
      byA[f] = half * C[s] * ((p > 0 ? p * A[p - 1] * B[q] : 0) + (q > 0 ? q * A[q - 1] * B[p] : 0));
      byB[f] = half * C[s] * ((q > 0 ? q * A[p] * B[q - 1] : 0) + (p > 0 ? p * A[q] * B[p - 1] : 0));
      byC[f] = s > 0 ? s * sum * C[s - 1] : 0;
    }
  }
}
