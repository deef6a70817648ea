/**
 * Slow variables of rings, learned and by Rouse theory. Reads a finished run of `scenarios/ring-polymer-cv.json`:
 *
 * `node dist/test/validate/ring-variables.validate.js [runs/ring-polymer-cv]`
 *
 * With X_p = 1/N sum_j r_j exp(2 pi i p j/N), Rouse theory has dX_p/dt = -X_p/tau_p + noise, tau_p = m gamma b^2/(12 kT sin^2(pi p/N)) for springs of mean square
 * length b^2. A function that turning the ring does not change is at least quadratic in the X_p; the slowest are |X_1|^2 and the two parts of X_1 . X_1, all with
 * the time tau_1/2 (P. E. Rouse, J. Chem. Phys. 21, 1272, 1953).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrajectory, type Trajectory } from '../../engine/index.ts';

const test = suite('slow variables of rings');
const run = process.argv[2] ?? 'runs/ring-polymer-cv';
const finished = existsSync(join(run, 'report.html'));
if (!finished) console.log(`SKIPPED: ${run} is not there; npx md run scenarios/ring-polymer-cv.json makes it`);
const testOfRun = finished ? test : test.skip;
const beads = 70;
const interval = 5;
const lag = 20;

interface Eigenvalue {
  readonly training: number;
  readonly validation: number;
}

function eigenvalues(stage: string): readonly Eigenvalue[] {
  const file = JSON.parse(readFileSync(join(run, stage, 'variable.json'), 'utf8')) as { eigenvalues: Eigenvalue[] };
  return file.eigenvalues;
}

/** Correlation of an oscillator with friction 1 and square frequency w, from 1 at time 0. */
function oscillator(w: number, t: number): number {
  const d = Math.sqrt(0.25 - w);
  if (Number.isNaN(d)) {
    const o = Math.sqrt(w - 0.25);
    return Math.exp(-t / 2) * (Math.cos(o * t) + Math.sin(o * t) / (2 * o));
  }
  return Math.exp(-t / 2) * (Math.cosh(d * t) + Math.sinh(d * t) / (2 * d));
}

/**
 * Exact rates that TICA finds among the squared distances of opposite beads of a ring of springs: by Wick's theorem their covariances are 6 g(n, t)^2, with
 * g the covariance of one Cartesian component of r_j - r_(j + N/2) and that n beads on; Fourier sums over the ring diagonalise them.
 */
function exactRates(spring: number): number[] {
  const odd = Array.from({ length: beads / 2 }, (_, k) => 2 * k + 1);
  const g = (n: number, t: number): number =>
    odd.reduce((sum, p) => {
      const w = 4 * spring * Math.sin((Math.PI * p) / beads) ** 2;
      return sum + (4 / (beads * w)) * oscillator(w, t) * Math.cos((2 * Math.PI * p * n) / beads);
    }, 0);
  const half = beads / 2;
  const spectrum = (t: number): number[] =>
    Array.from({ length: half }, (_, k) =>
      Array.from({ length: half }, (__, n) => g(n, t) ** 2 * Math.cos((2 * Math.PI * k * n) / half)).reduce((a, b) => a + b, 0),
    );
  const [start, later] = [spectrum(0), spectrum(lag)];
  return start
    .map((s, k) => -Math.log(later[k] / s) / lag)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}

/** |X_1|^2 and the two parts of X_1 . X_1 over the frames, and means of |X_p|^2. */
function modes(trajectory: Trajectory): { series: Float64Array[]; size: number[]; gyration: number } {
  const series = [0, 1, 2].map(() => new Float64Array(trajectory.length));
  const size = [0, 0, 0, 0];
  let gyration = 0;
  for (let f = 0; f < trajectory.length; f++) {
    const { positions } = trajectory.frame(f);
    for (let a = 0; a < 3; a++) {
      const mean = Array.from({ length: beads }, (_, j) => positions[3 * j + a]).reduce((x, y) => x + y, 0) / beads;
      for (let p = 1; p <= 4; p++) {
        let [re, im] = [0, 0];
        for (let j = 0; j < beads; j++) {
          const angle = (2 * Math.PI * p * j) / beads;
          re += (positions[3 * j + a] * Math.cos(angle)) / beads;
          im += (positions[3 * j + a] * Math.sin(angle)) / beads;
        }
        size[p - 1] += (re * re + im * im) / trajectory.length;
        if (p > 1) continue;
        series[0][f] += re * re + im * im;
        series[1][f] += re * re - im * im;
        series[2][f] += 2 * re * im;
      }
      for (let j = 0; j < beads; j++) gyration += (positions[3 * j + a] - mean) ** 2 / (beads * trajectory.length);
    }
  }
  return { series, size, gyration };
}

/** -lag/ln C(lag) of functions of one symmetry together, over a part of the run. */
function relaxation(series: readonly Float64Array[], from: number, to: number): number {
  const shift = lag / interval;
  let [later, now] = [0, 0];
  for (const values of series) {
    const part = values.subarray(Math.floor(from * values.length), Math.floor(to * values.length));
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    for (let f = 0; f + shift < part.length; f++) {
      later += (part[f] - mean) * (part[f + shift] - mean);
      now += ((part[f] - mean) ** 2 + (part[f + shift] - mean) ** 2) / 2;
    }
  }
  return -lag / Math.log(later / now);
}

function withError(series: readonly Float64Array[]): { value: number; error: number } {
  const blocks = [0, 1, 2, 3, 4].map((b) => relaxation(series, b / 5, (b + 1) / 5));
  const mean = blocks.reduce((a, b) => a + b, 0) / 5;
  return { value: relaxation(series, 0, 1), error: Math.sqrt(blocks.reduce((sum, b) => sum + (b - mean) ** 2, 0) / 20) };
}

testOfRun('TICA of a ring of springs finds what Rouse theory says: a rate alone, a pair, a pair', () => {
  const exact = exactRates(0.9).slice(0, 4);
  const found = eigenvalues('rouse-tica').map(({ training }) => training);
  console.log(
    `rates of the ring of springs: exact ${exact.map((v) => v.toFixed(5)).join(', ')}; TICA ${found.map((v) => v.toFixed(5)).join(', ')}`,
  );
  // 100 000/69 = 1450 times tau_1/2: the correlation at the lag, 0.75, is known to 0.012, its rate to 5 %; pairs are split by about that
  exact.forEach((value, k) => {
    assert.ok(Math.abs(found[k] / value - 1) < 0.15, `rate ${k + 1}: ${found[k]}, exact ${value}`);
  });
});

testOfRun(
  'the three slowest variables of the Kremer-Grest ring are |X_1|^2 and X_1 . X_1, as TICA and eigenfunctions find them',
  async () => {
    const trajectory = await openTrajectory(join(run, 'ring'));
    const { series, size, gyration } = modes(trajectory);
    trajectory.close();
    const ideal = (12 * gyration * beads) / (beads * beads - 1) / (12 * Math.sin(Math.PI / beads) ** 2);
    const [alone, pair] = [withError(series.slice(0, 1)), withError(series.slice(1))];
    const show = ({ value, error }: { value: number; error: number }) => `${value.toFixed(1)} +- ${error.toFixed(1)}`;
    console.log(`<Rg2> ${gyration.toFixed(2)}, <|X_p|^2> ${size.map((s) => s.toFixed(3)).join(', ')}`);
    console.log(`Rouse tau_1/2: ${(ideal / 2).toFixed(0)} from <Rg2>, ${((beads * size[0]) / 6).toFixed(0)} from <|X_1|^2>`);
    console.log(`|X_1|^2: ${show(alone)}; X_1 . X_1: ${show(pair)}`);
    for (const stage of ['tica', 'eigenfunctions']) {
      const times = eigenvalues(stage).map(({ training }) => 1 / training);
      console.log(`${stage}: ${times.map((t) => t.toFixed(1)).join(', ')}`);
      // two of one symmetry, then one: both within 10 %, four standard errors of a time and what the pair splits by
      assert.ok(Math.abs(times[0] / pair.value - 1) < 0.1 && Math.abs(times[1] / pair.value - 1) < 0.1);
      assert.ok(Math.abs(times[2] / alone.value - 1) < 0.1);
    }
  },
);

test.run();
