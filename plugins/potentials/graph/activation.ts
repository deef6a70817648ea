/** The activation of the network with its first two derivatives. */

/**
 * Squareplus shifted through the origin, (z + sqrt(z^2 + 4))/2 - 1 (Barron, arXiv:2112.11687, 2021): as smooth as the shifted
 * softplus of SchNet, but made of exactly rounded operations alone, so that every machine gives the same bits.
 */
export function activation(z: number): number {
  return 0.5 * (z + Math.sqrt(z * z + 4)) - 1;
}

export function activationSlope(z: number): number {
  return 0.5 + (0.5 * z) / Math.sqrt(z * z + 4);
}

export function activationCurvature(z: number): number {
  const q = z * z + 4;
  return 2 / (q * Math.sqrt(q));
}
