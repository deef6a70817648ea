/** Whether the density of points along a coordinate has two maxima, and a valley between them that is no noise. */
import type { LearningData } from './prepared.ts';

/** Of the kernel that smooths the density, in standard deviations of the coordinate over all points. */
const bandwidth = 0.15;
/** Errors that a maximum may lie lower, and the valley higher, than was found. */
const surety = 1.5;
/** Cells of the density a bandwidth, and cells at most. */
const [perBandwidth, mostCells] = [4, 4000];
/** So many valleys are looked at, the deepest first. */
const tried = 4;

interface Density {
  /** Of the points with their weights, at each cell. */
  readonly p: Float64Array;
  /** Its variance, were all points independent. */
  readonly variance: Float64Array;
  /** Coordinate of cell 0 and width of a cell, in units of the coordinate. */
  readonly from: number;
  readonly cell: number;
}

/**
 * The depth of the deepest valley between two maxima in kT: ln of the lower maximum over the valley, both as unfavourable as `surety` errors allow
 * (where nothing was seen one point could have been), negative where there is none. Errors count points that are correlated in time by the
 * statistical inefficiency g of the coordinate about the means of either side of the valley: slow passages between sides are no correlation
 * within them.
 */
export function valleyDepth(f: Float64Array, data: LearningData): number {
  const density = densityOf(f, data.weights);
  if (!density) return Number.NEGATIVE_INFINITY;
  let deepest = Number.NEGATIVE_INFINITY;
  for (const valley of valleysOf(depths(density, 1))) {
    const g = inefficiency(f, density.from + density.cell * (valley + 0.5), data);
    const found = depths(density, g);
    for (let c = valley - perBandwidth; c <= valley + perBandwidth; c++) deepest = Math.max(deepest, found[c] ?? deepest);
  }
  return deepest;
}

function densityOf(f: Float64Array, weights: Float64Array): Density | null {
  let [low, high, sum, square] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of f) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
    square += value * value;
  }
  const width = bandwidth * Math.sqrt(Math.max(0, square / f.length - (sum / f.length) ** 2));
  if (!(width > 1e-12 * Math.max(Math.abs(low), Math.abs(high)))) return null;
  const cell = Math.max(width / perBandwidth, (high - low) / mostCells);
  const cells = Math.floor((high - low) / cell) + 1;
  const [first, second] = [new Float64Array(cells), new Float64Array(cells)];
  for (let b = 0; b < f.length; b++) {
    const c = Math.floor((f[b] - low) / cell);
    first[c] += weights[b];
    second[c] += weights[b] * weights[b];
  }
  return {
    p: smoothed(first, width / cell, 1),
    variance: smoothed(second, width / cell, 2),
    from: low,
    cell,
  };
}

/** Sums over cells with a Gaussian of `width` cells to a power. */
function smoothed(cells: Float64Array, width: number, power: number): Float64Array {
  const reach = Math.ceil(4 * width);
  const kernel = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp((-power * d * d) / (2 * width * width)));
  return cells.map((_, c) => {
    let sum = 0;
    for (let other = Math.max(0, c - reach); other <= Math.min(cells.length - 1, c + reach); other++)
      sum += kernel[Math.abs(other - c)] * cells[other];
    return sum;
  });
}

/** At each cell how deep it lies, for sure, below the highest densities on its left and on its right. */
function depths({ p, variance }: Density, g: number): Float64Array {
  const error = (c: number): number => surety * Math.sqrt(g * variance[c]);
  /** Cell of the highest sure density up to each cell, from one end. */
  const highest = (step: 1 | -1): Int32Array => {
    const cells = new Int32Array(p.length);
    let best = step > 0 ? 0 : p.length - 1;
    for (let c = best; c >= 0 && c < p.length; c += step) {
      if (p[c] - error(c) > p[best] - error(best)) best = c;
      cells[c] = best;
    }
    return cells;
  };
  const [left, right] = [highest(1), highest(-1)];
  return p.map((here, c) => {
    const lower = p[left[c]] - error(left[c]) < p[right[c]] - error(right[c]) ? left[c] : right[c];
    const sure = p[lower] - error(lower);
    const one = (g * variance[lower]) / p[lower];
    return sure > 0 ? Math.log(sure / (here + error(c) + one)) : Number.NEGATIVE_INFINITY;
  });
}

/** Cells of the deepest valleys. */
function valleysOf(depth: Float64Array): number[] {
  const cells: number[] = [];
  for (let c = 1; c + 1 < depth.length; c++)
    if (depth[c] > 0 && depth[c] >= depth[c - 1] && depth[c] > depth[c + 1]) cells.push(c);
  return cells.sort((a, b) => depth[b] - depth[a]).slice(0, tried);
}

/** 1 + 2 sum of the autocorrelation, up to its first zero, of a coordinate about the means of the two sides of a point. */
function inefficiency(f: Float64Array, at: number, { segments }: LearningData): number {
  const sides = [0, 0, 0, 0];
  for (const value of f) {
    sides[value < at ? 0 : 1] += value;
    sides[value < at ? 2 : 3]++;
  }
  const rest = f.map((value) => value - (value < at ? sides[0] / sides[2] : sides[1] / sides[3]));
  const variance = rest.reduce((sum, r) => sum + r * r, 0) / rest.length;
  const longest = segments.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  let g = 1;
  for (let lag = 1; lag < longest; lag++) {
    let [sum, pairs] = [0, 0];
    for (const { from, to } of segments) {
      for (let b = from; b + lag < to; b++) sum += rest[b] * rest[b + lag];
      pairs += Math.max(0, to - from - lag);
    }
    const correlation = sum / pairs / variance;
    if (!(correlation > 0)) break;
    g += 2 * correlation;
  }
  return g;
}
