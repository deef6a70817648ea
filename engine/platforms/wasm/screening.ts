/** What screening charges take from a pair of point charges, as a function of s = (alpha r)^2 that is smooth at 0. */
import { erf, exp } from '../../math/functions.ts';

/** g(s) = erf(x)/x at s = x^2. */
export function erfOverRoot(s: number): number {
  const x = Math.sqrt(s);
  return s === 0 ? 2 / Math.sqrt(Math.PI) : erf(x) / x;
}

/** g'(s) = (2 exp(-s)/sqrt(pi) - g(s))/(2 s), near 0 by its series, where the difference would lose digits. */
export function erfOverRootSlope(s: number): number {
  const scale = 2 / Math.sqrt(Math.PI);
  if (s > 1) return (scale * exp(-s) - erfOverRoot(s)) / (2 * s);
  let sum = 0;
  let power = -1; // (-1)^n s^(n - 1)/(n - 1)!
  for (let n = 1; n < 25; n++) {
    sum += power / (2 * n + 1);
    power *= -s / n;
  }
  return scale * sum;
}
