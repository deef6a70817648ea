import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ComparedNumber, Comparison } from '../../../tools/analysis/comparison.ts';
import { trust, verdict } from '../../../tools/analysis/verdict.ts';

const test = suite('verdict');

const number = (reference: number, candidate: number, error: number): ComparedNumber => ({
  reference,
  candidate,
  ratio: candidate / reference,
  referenceError: error,
  candidateError: error,
  unit: 'bar',
  description: '',
});

const curve = { reference: [], candidate: [], referenceError: null, candidateError: null };
const distribution = (name: string, overlap: number) => ({
  ...curve,
  name,
  x: [],
  overlap,
  jensenShannon: 0,
  mean: { reference: 1, candidate: 1 },
});
const peak = { r: 1, height: 1 };
const rdf = (pair: string, meanAbsoluteError: number) => ({
  ...curve,
  pair,
  r: [],
  meanAbsoluteError,
  expectedFromNoise: 0.005,
  firstPeak: { reference: peak, candidate: peak },
});

const good: Comparison = {
  reference: 'atoms',
  candidate: 'beads',
  mapping: null,
  units: 'md',
  verdict: '',
  molecules: { reference: 1, candidate: 1 },
  frames: { reference: 1, candidate: 1 },
  rmax: 1.2,
  rdf: [rdf('A-A', 0.02)],
  bonds: [distribution('A-A', 0.98)],
  angles: [],
  dihedrals: [],
  maps: [],
  gyration: null,
  gyrationMemory: null,
  pressure: number(1, 1.02, 0),
  diffusion: { ...number(2, 2.02, 0.1), curves: { reference: null, candidate: null } },
  speed: number(1, 10, 0),
  notes: [],
};

test('a molecule that diffuses as the friction says, but forgets its size sooner, has another clock', () => {
  const { unit, description } = good.speed;
  const memory = (ratio: number) => {
    const curves = { reference: null, candidate: null };
    return { ...good, gyrationMemory: { reference: 1, candidate: ratio, ratio, unit, description, curves } };
  };
  assert.is(trust(memory(0.85)), trust(good));
  assert.match(trust(memory(0.65)), /not for times \(motion has another clock\)\.$/);
  assert.match(verdict(memory(0.65)), /size is remembered 0\.65 times as long/);
});

test('a ratio of diffusion that the errors allow is not told as a difference', () => {
  const moved = (candidate: number, error: number) =>
    verdict({ ...good, diffusion: { ...number(2, candidate, error), curves: { reference: null, candidate: null } } });
  assert.match(moved(3, 0.4), /; diffusion agrees within errors \(1\.5 times\);/);
  assert.match(moved(3, 0.1), /; molecules diffuse 1\.5 times faster;/);
});

test('a model that agrees in everything compared is trusted for all of it, and no more is said', () => {
  assert.is(trust(good), 'Trust it for g(r), bonds, times and pressure.');
});

test('what is off is named, with where it is off', () => {
  const off: Comparison = {
    ...good,
    rdf: [rdf('A-A', 0.02), rdf('A-B', 0.09)],
    angles: [distribution('A-B-A', 0.7)],
    gyration: number(1, 1.2, 0.01),
    pressure: number(1, -300, 5),
    diffusion: { ...good.diffusion, ...number(2, 5, 0.1) },
  };
  assert.is(
    trust(off),
    'Trust it for bonds, not for g(r) of A-B, the angles A-B-A, the size of molecules, times (motion has another clock) and ' +
      'pressure (-300 instead of 1 bar). ' +
      "Keep its volume: under a barostat at the reference's pressure it would shrink.",
  );
  const everywhere = ['A-A', 'A-B', 'B-B', 'A-C', 'B-C', 'C-C'].map((pair) => rdf(pair, 0.09));
  assert.match(
    trust({ ...off, rdf: everywhere, dihedrals: [distribution('A-B-A-B', 0.5)] }),
    /not for g\(r\) of A-A, A-B, B-B, A-C and 2 more, the angles .* and pressure \(-300/,
  );
});

test('a difference within the errors of the two runs is no disagreement', () => {
  assert.match(trust({ ...good, pressure: number(1, 40, 15) }), /times and pressure\.$/);
  assert.match(trust({ ...good, pressure: number(1, 90, 15) }), /not for pressure .* it would expand\.$/);
});

test.run();
