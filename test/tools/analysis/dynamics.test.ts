import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, orthorhombic } from '../../../engine/index.ts';
import { autocorrelation, integratedAutocorrelationTime } from '../../../tools/analysis/autocorrelation.ts';
import { diffusion } from '../../../tools/analysis/diffusion.ts';
import { chooseFrames } from '../../../tools/analysis/frames.ts';
import { gyration } from '../../../tools/analysis/gyration.ts';
import { blockStandardError } from '../../../tools/analysis/statistics.ts';
import { normal, structureOf, trajectoryOf, uniform } from '../../support/trajectories.ts';

const test = suite('dynamics');

/** Frames of independent random walkers: each coordinate moves by `step` times a normal number a frame. */
function walk(molecules: number, frames: number, step: number, drift: number, seed: number): Float64Array[] {
  const gauss = normal(uniform(seed));
  let x = new Float64Array(3 * molecules);
  return Array.from({ length: frames }, () => {
    x = x.map((value) => value + drift + step * gauss());
    return x;
  });
}

test('a random walk diffuses with step^2 / (2 interval), whatever the drift of the whole', () => {
  const molecules = 200;
  const frames = walk(molecules, 300, 0.02, 0.5, 4);
  const found = diffusion(trajectoryOf(structureOf({ count: molecules, types: ['A'] }), orthorhombic(1, 1, 1), frames, 0.5));
  if (!found) throw new Error('no diffusion');
  const expected = (0.02 ** 2 / (2 * 0.5)) * (1 - 1 / molecules);
  const error = found.error as number;
  assert.ok(error > 0 && error < 0.1 * expected, `error ${error}`);
  assert.ok(Math.abs(found.coefficient - expected) < 4 * error, `${found.coefficient} +- ${error}, expected ${expected}`);
  // the slope is straight: displacement 6 D t at both ends of the fit
  assert.ok(Math.abs(found.displacement[0] / (6 * expected * found.time[0]) - 1) < 0.05);
});

test('the motion of a single molecule is not taken for drift', () => {
  const found = diffusion(trajectoryOf(structureOf({ count: 1, types: ['A'] }), openBox, walk(1, 5000, 0.1, 0, 9)));
  assert.ok(found && Math.abs(found.coefficient - 0.005) < 4 * (found.error as number), JSON.stringify(found?.coefficient));
});

for (const molecules of [1, 16])
  test(`the error of the diffusion of ${molecules === 1 ? 'one molecule' : `${molecules} molecules`} is the spread over runs`, () => {
    const z = Array.from({ length: 60 }, (_, seed) => {
      const frames = walk(molecules, 400, 0.1, 0, 100 + seed);
      const found = diffusion(trajectoryOf(structureOf({ count: molecules, types: ['A'] }), openBox, frames), {
        removeDrift: false,
      });
      return ((found?.coefficient ?? 0) - 0.005) / (found?.error ?? 0);
    });
    // 60 runs know the rms to 9 %; errors from 8 or 10 blocks are themselves uncertain, which makes it about 1.15.
    const rms = Math.sqrt(z.reduce((sum, x) => sum + x * x, 0) / z.length);
    assert.ok(rms > 0.8 && rms < 1.5, `${rms}`);
  });

test('nothing is claimed of the diffusion in nine frames', () => {
  assert.is(diffusion(trajectoryOf(structureOf({ count: 2, types: ['A'] }), openBox, walk(2, 9, 1, 0, 1))), undefined);
});

test('an autoregressive series has the autocorrelation phi^lag and the time 1/2 + phi/(1 - phi)', () => {
  const gauss = normal(uniform(8));
  const phi = 0.8;
  let value = 0;
  const series = Float64Array.from({ length: 100000 }, () => {
    value = phi * value + gauss();
    return value;
  });
  const c = autocorrelation(series, 5);
  c.forEach((found, lag) => {
    assert.ok(Math.abs(found - phi ** lag) < 0.02, `lag ${lag}: ${found}`);
  });
  const tau = integratedAutocorrelationTime(series) as number;
  assert.ok(Math.abs(tau - 4.5) < 0.3, `${tau}`);
  // the error of the mean of a correlated series is that of length / (2 tau) independent values
  const expected = Math.sqrt((1 / (1 - phi ** 2)) * ((2 * 4.5) / series.length));
  const error = blockStandardError(series, 50) as number;
  assert.ok(Math.abs(error / expected - 1) < 0.4, `${error} against ${expected}`);
});

test('a series too short for its memory, or constant, has no autocorrelation time', () => {
  assert.is(integratedAutocorrelationTime(Float64Array.from({ length: 50 }, (_, i) => i)), null);
  assert.is(integratedAutocorrelationTime(new Float64Array(100)), null);
});

test('four masses on the corners of a square of side 2 have Rg^2 = 2, heavier ones count more', () => {
  const square = Float64Array.of(0, 0, 0, 2, 0, 0, 2, 2, 0, 0, 2, 0);
  const types = ['A', 'A', 'A', 'A'];
  const equal = gyration(trajectoryOf(structureOf({ count: 1, types }), openBox, [square, square]));
  assert.is(equal.mean, 2);
  assert.is(equal.sd, 0);
  assert.is(equal.autocorrelationTime, null);
  // a mass M on one corner and three of 1: Rg^2 = sum_{i<j} m_i m_j r_ij^2 / (sum m)^2
  const heavy = gyration(trajectoryOf(structureOf({ count: 1, types, masses: [3, 1, 1, 1] }), openBox, [square]));
  const expected = (3 * (4 + 8 + 4) + (4 + 8 + 4)) / 36;
  assert.ok(Math.abs(heavy.mean - expected) < 1e-12, `${heavy.mean}`);
});

test('chosen frames are evenly spaced over the whole run and keep their times', () => {
  const frames = walk(2, 101, 1, 0, 1);
  const chosen = chooseFrames(trajectoryOf(structureOf({ count: 2, types: ['A'] }), openBox, frames, 2), { frames: 26 });
  assert.is(chosen.length, 26);
  assert.equal(
    [0, 1, 25].map((i) => chosen.frame(i).time),
    [0, 8, 200],
  );
  assert.is(chosen.frame(25).positions, frames[100]);
});

test.run();
