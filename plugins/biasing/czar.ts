/** The CZAR estimator: gradients of the free energy from an extended-system run, whatever the bias on the extended variables was. */
import { log } from '../../engine/index.ts';
import type { ForceBins } from './force-bins.ts';
import { integrate } from './integrate.ts';

/**
 * dA/dz = -kT d ln n(z)/dz + <k (lambda - z)>_z (Lesage et al., J. Phys. Chem. B 121, 3676 (2017)), n being the samples by bins of the real
 * variables. The logarithm's slope is that between the neighbours of a bin, or between it and the one that has samples.
 *
 * @param real samples and sums of k (lambda - z) by bins of z
 * @returns by bin and axis; 0 where there are no samples
 */
export function czar(real: ForceBins, kT: number): Float64Array {
  const { axes, samples } = real;
  const d = axes.length;
  const gradient = new Float64Array(samples.length * d);
  for (let bin = 0; bin < samples.length; bin++) {
    if (samples[bin] === 0) continue;
    let stride = 1;
    let rest = bin;
    for (let axis = 0; axis < d; axis++) {
      const { count, periodic, width } = axes[axis];
      const i = rest % count;
      const neighbour = (step: number) => {
        const j = i + step;
        if (j >= 0 && j < count) return bin + step * stride;
        return periodic ? bin + (j < 0 ? count - 1 : 1 - count) * stride : bin;
      };
      const below = samples[neighbour(-1)] > 0 ? neighbour(-1) : bin;
      const above = samples[neighbour(1)] > 0 ? neighbour(1) : bin;
      const apart = Number(below !== bin) + Number(above !== bin);
      const slope = apart === 0 ? 0 : log(samples[above] / samples[below]) / (apart * width);
      gradient[bin * d + axis] = -kT * slope + real.mean(bin, axis);
      rest = Math.floor(rest / count);
      stride *= count;
    }
  }
  return gradient;
}

/**
 * The free energy that belongs to it, with minimum 0: -kT ln n and the integral of <k (lambda - z)>. Only the second is integrated over bins; from
 * slopes of ln n over two bins the bottom of a well a few bins wide comes out too shallow.
 *
 * @returns by bin; NaN as in `integrate`
 */
export function czarEnergy(real: ForceBins, kT: number): Float64Array {
  const { axes, samples } = real;
  const springs = integrate(
    axes,
    (bin, axis) => real.mean(bin, axis),
    (bin) => samples[bin],
  );
  const values = springs.map((value, bin) => value - kT * log(samples[bin]));
  const least = values.reduce((smallest, value) => (value < smallest ? value : smallest), Number.POSITIVE_INFINITY);
  return values.map((value) => value - least);
}
