/** Smooth particle-mesh Ewald: Ewald summation whose reciprocal part is taken on a mesh, by Fourier transforms. */
import { FourierTransform } from '../math/fourier.ts';
import { exp } from '../math/functions.ts';
import { unitConstants } from '../scenario/units.ts';
import { coulombEwald, excludedPairs } from './coulomb-ewald.ts';
import { type PmeMesh, pmeMesh, splineModuli, splineWeights } from './pme-mesh.ts';
import type { CoulombMethod, ForceKernel, KernelContext } from './terms.ts';

/** Essmann, Perera, Berkowitz, Darden, Lee & Pedersen, J. Chem. Phys. 103, 8577 (1995). Conducting surroundings; a net charge is neutralised evenly. */
export const coulombPme: CoulombMethod = {
  name: 'pme',
  summary: 'Smooth particle-mesh Ewald: periodic electrostatics for systems of any size.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      tolerance: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 0.1,
        default: 5e-4,
        description: 'Relative error of the forces aimed at; splitting and mesh follow from it unless they are given.',
      },
      splitting: {
        quantity: 'inverse-length',
        exclusiveMinimum: 0,
        description: 'alpha, where the Gaussians that split the sum have the width 1/(sqrt(2) alpha).',
      },
      grid: {
        type: 'array',
        items: { type: 'integer', minimum: 4 },
        minItems: 3,
        maxItems: 3,
        description: 'Mesh points along the box vectors; products of 2, 3, 5 and 7.',
      },
      spacing: { quantity: 'length', exclusiveMinimum: 0, description: 'Largest distance of mesh points, instead of "grid".' },
      order: {
        type: 'integer',
        minimum: 4,
        maximum: 6,
        description: 'Points along each axis that a charge is spread over; 4 for tolerances down to 1e-4, 5 below, if absent.',
      },
    },
  },
  pair: coulombEwald.pair,
  longRange(description, cutoff, exclusions, context) {
    const mesh = pmeMesh(description, cutoff, context.system.box);
    return [reciprocalSpace(mesh, context), excludedPairs(mesh.splitting, exclusions, context)];
  },
};

/** The grid of charges, and after `potential` of their potential; complex, x slowest. */
interface Grid {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The points that a particle touches along one axis, and their weights. */
interface Touched {
  first: number;
  readonly weights: Float64Array;
  readonly slopes: Float64Array;
}

function reciprocalSpace(mesh: PmeMesh, context: KernelContext): ForceKernel {
  const { charge, units } = context.system.structure;
  const { grid: sizes, order } = mesh;
  const [nx, ny, nz] = sizes;
  const grid: Grid = { re: new Float64Array(nx * ny * nz), im: new Float64Array(nx * ny * nz) };
  const transform = fourierTransform3(sizes);
  const convolve = convolution(mesh, unitConstants(units).coulomb, charge);
  const axes = sizes.map((): Touched => ({ first: 0, weights: new Float64Array(order), slopes: new Float64Array(order) }));
  const [tx, ty, tz] = axes;

  function locate(i: number, x: Float64Array, v: Float64Array): void {
    const uz = x[3 * i + 2] / v[8];
    const uy = (x[3 * i + 1] - uz * v[7]) / v[4];
    const ux = (x[3 * i] - uy * v[3] - uz * v[6]) / v[0];
    [ux, uy, uz].forEach((u, a) => {
      const at = (u - Math.floor(u)) * sizes[a];
      axes[a].first = Math.floor(at);
      splineWeights(at - axes[a].first, order, axes[a].weights, axes[a].slopes);
    });
  }

  function spread(q: number): void {
    for (let a = 0; a < order; a++)
      for (let b = 0; b < order; b++) {
        const row = (((tx.first + a) % nx) * ny + ((ty.first + b) % ny)) * nz;
        const weight = q * tx.weights[a] * ty.weights[b];
        for (let c = 0; c < order; c++) grid.re[row + ((tz.first + c) % nz)] += weight * tz.weights[c];
      }
  }

  /** F = -q grad of the interpolated potential, by way of the derivatives along the box vectors. */
  function gather(i: number, v: Float64Array, forces: Float64Array): void {
    let [ga, gb, gc] = [0, 0, 0];
    for (let a = 0; a < order; a++)
      for (let b = 0; b < order; b++) {
        const row = (((tx.first + a) % nx) * ny + ((ty.first + b) % ny)) * nz;
        for (let c = 0; c < order; c++) {
          const potential = grid.re[row + ((tz.first + c) % nz)];
          ga += tx.slopes[a] * ty.weights[b] * tz.weights[c] * potential;
          gb += tx.weights[a] * ty.slopes[b] * tz.weights[c] * potential;
          gc += tx.weights[a] * ty.weights[b] * tz.slopes[c] * potential;
        }
      }
    const fx = (-charge[i] * nx * ga) / v[0];
    const fy = (-charge[i] * ny * gb - v[3] * fx) / v[4];
    forces[3 * i] += fx;
    forces[3 * i + 1] += fy;
    forces[3 * i + 2] += (-charge[i] * nz * gc - v[6] * fx - v[7] * fy) / v[8];
  }

  return {
    label: 'pme-reciprocal',
    compute(positions, box, forces, virial) {
      const v = box.vectors;
      if (!v) return 0;
      grid.re.fill(0);
      grid.im.fill(0);
      for (let i = 0; i < charge.length; i++) {
        if (charge[i] === 0) continue;
        locate(i, positions, v);
        spread(charge[i]);
      }
      transform(grid, -1);
      const energy = convolve(grid, v, virial);
      transform(grid, 1);
      for (let i = 0; i < charge.length; i++) {
        if (charge[i] === 0) continue;
        locate(i, positions, v);
        gather(i, v, forces);
      }
      return energy;
    },
  };
}

function fourierTransform3([nx, ny, nz]: readonly number[]): (grid: Grid, sign: 1 | -1) => void {
  const alongX = new FourierTransform(nx);
  const alongY = new FourierTransform(ny);
  const alongZ = new FourierTransform(nz);
  return ({ re, im }, sign) => {
    for (let xy = 0; xy < nx * ny; xy++) alongZ.transform(re, im, xy * nz, 1, sign);
    for (let x = 0; x < nx; x++) for (let z = 0; z < nz; z++) alongY.transform(re, im, x * ny * nz + z, nz, sign);
    for (let yz = 0; yz < ny * nz; yz++) alongX.transform(re, im, yz, ny * nz, sign);
  };
}

/**
 * Multiplies the transform S of the charges so that its back transform is the derivative of the energy with respect to each mesh
 * point; returns the energy, E = (2 pi/V) sum_k B(k) exp(-k^2/4 alpha^2)/k^2 |S(k)|^2 - alpha/sqrt(pi) sum q^2 - pi Q^2/(2 V alpha^2).
 */
function convolution({ grid: [nx, ny, nz], order, splitting: alpha }: PmeMesh, coulomb: number, charge: Float64Array) {
  const [bx, by, bz] = [nx, ny, nz].map((n) => splineModuli(n, order));
  let sumSquares = 0;
  let total = 0;
  for (const q of charge) {
    sumSquares += q * q;
    total += q;
  }
  const signed = (m: number, n: number) => 2 * Math.PI * (m > n / 2 ? m - n : m);
  return ({ re, im }: Grid, v: Float64Array, virial: Float64Array): number => {
    const volume = v[0] * v[4] * v[8];
    const background = (coulomb * Math.PI * total * total) / (2 * volume * alpha * alpha);
    let energy = (-coulomb * alpha * sumSquares) / Math.sqrt(Math.PI) - background;
    for (const d of [0, 4, 8]) virial[d] -= background;
    for (let a = 0, at = 0; a < nx; a++)
      for (let b = 0; b < ny; b++)
        for (let c = 0; c < nz; c++, at++) {
          if (at === 0) {
            re[0] = 0;
            im[0] = 0;
            continue;
          }
          const kx = signed(a, nx) / v[0];
          const ky = (signed(b, ny) - v[3] * kx) / v[4];
          const kz = (signed(c, nz) - v[6] * kx - v[7] * ky) / v[8];
          const k2 = kx * kx + ky * ky + kz * kz;
          const weight = (coulomb * 2 * Math.PI * bx[a] * by[b] * bz[c] * exp(-k2 / (4 * alpha * alpha))) / (volume * k2);
          const part = weight * (re[at] * re[at] + im[at] * im[at]);
          re[at] *= 2 * weight;
          im[at] *= 2 * weight;
          energy += part;
          addStretch(virial, part, 2 * (1 / k2 + 1 / (4 * alpha * alpha)), kx, ky, kz);
        }
    return energy;
  };
}

/** The virial of a wave: energy (1 - stretch k k). */
function addStretch(virial: Float64Array, energy: number, stretch: number, kx: number, ky: number, kz: number): void {
  const s = stretch * energy;
  virial[0] += energy - s * kx * kx;
  virial[1] -= s * kx * ky;
  virial[2] -= s * kx * kz;
  virial[3] -= s * kx * ky;
  virial[4] += energy - s * ky * ky;
  virial[5] -= s * ky * kz;
  virial[6] -= s * kx * kz;
  virial[7] -= s * ky * kz;
  virial[8] += energy - s * kz * kz;
}
