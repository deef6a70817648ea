/** From sites to atoms: what the two decoders can do, and what they cannot. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covariances } from '../../../../plugins/coarse-graining/covariance.ts';
import { type DecoderSamples, fitAlignedDecoder } from '../../../../plugins/coarse-graining/decoding/aligned-decoder.ts';
import { type Decoder, linearDecoder } from '../../../../plugins/coarse-graining/decoding/decoder.ts';
import { describeMapping } from '../../../../plugins/coarse-graining/describe.ts';
import { mapFrame, moleculeLayout } from '../../../../plugins/coarse-graining/index.ts';
import { normal, uniform } from '../../../support/trajectories.ts';
import { copies, frameOf, inMemory } from '../support.ts';

const random = uniform(3);
const gauss = normal(random);

/** A rotation drawn uniformly (from a normalised quaternion of normal deviates), row-major. */
function rotation(): number[] {
  const q = [gauss(), gauss(), gauss(), gauss()];
  const size = Math.hypot(...q);
  const [w, x, y, z] = q.map((v) => v / size);
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ]; // biome-ignore format: a matrix
}

function moved(points: Float64Array, r: readonly number[], shift: readonly number[]): Float64Array {
  return points.map((_, c) => {
    const o = c - (c % 3);
    return [0, 1, 2].reduce((sum, b) => sum + r[3 * (c % 3) + b] * points[o + b], shift[c % 3]);
  });
}

/** Seven atoms: three pairs that make the sites of a triangle, and one atom on one side of its plane, in the first site. */
const assignment = [0, 0, 1, 1, 2, 2, 0];
const shape = Float64Array.of(0, 0, 0, 0.1, 0, 0, 1, 0, 0, 1.1, 0, 0, 0.3, 0.9, 0, 0.3, 1, 0, 0.4, 0.3, 0.5);
const molecule = {
  elements: assignment.map(() => 'C'),
  masses: assignment.map(() => 12),
  bonds: [0, 1, 2, 3, 4].map((i): [number, number] => [i, i + 1]).concat([[0, 6]]),
};
const structure = copies(molecule, 1);
const layout = moleculeLayout(structure);
const map = { atomsPerMolecule: 7, sites: 3, assignment };
/** A hinge: the third site swings in the plane, everything trembles, the whole turns and travels. */
const frames = Array.from({ length: 400 }, () => {
  const swing = 0.2 * gauss();
  const bent = shape.map(
    (x, c) => x + (Math.floor(c / 3) >= 4 && Math.floor(c / 3) < 6 && c % 3 === 0 ? swing : 0) + 0.005 * gauss(),
  );
  return frameOf(moved(bent, rotation(), [5 * gauss(), 5 * gauss(), 5 * gauss()]), null);
});
const samples: DecoderSamples = {
  sites: frames.map((frame) => mapFrame(frame, layout, map).positions),
  atoms: frames.map((frame) => frame.positions),
};
const weights = Float64Array.of(3, 2, 2);
const aligned = fitAlignedDecoder(samples, weights);
const mapping = describeMapping(await covariances(inMemory(structure, frames), 'test'), structure, layout, assignment, {
  sitesRequested: 3,
  origin: 'given',
  forceWeight: null,
  seeds: [],
  backend: null,
});
const linear = linearDecoder(mapping);

function meanSquare(decoder: Decoder): number {
  const out = new Float64Array(21);
  let sum = 0;
  samples.sites.forEach((sites, k) => {
    decoder.decode(sites, out);
    for (let c = 0; c < 21; c++) sum += (out[c] - samples.atoms[k][c]) ** 2;
  });
  return sum / (21 * frames.length);
}

test('the linear decoder has the error that the mapping says', () => {
  assert.ok(Math.abs(meanSquare(linear) / mapping.reconstruction - 1) < 1e-9);
});

test('an atom beside the plane of three sites is lost to the linear decoder and found by the aligned one', () => {
  // a height of 0.5 over the plane, some of it moved into the site's own position, cannot come from vectors in the plane
  assert.ok(meanSquare(linear) > 5e-3, `${meanSquare(linear)}`);
  // what is left is the trembling: at most its variance
  assert.ok(meanSquare(aligned) < 1.1 * 0.005 ** 2, `${meanSquare(aligned)}`);
});

test('the mirror image of the sites is decoded into the mirror image by the linear decoder; the aligned one keeps the hand', () => {
  const mirror = (x: Float64Array) => x.map((v, c) => (c % 3 === 2 ? -v : v));
  /** The volume that atom 6 spans with the three sites: its sign is the side that it is on. */
  const hand = (x: Float64Array) => {
    const edge = (i: number) => [0, 1, 2].map((k) => x[3 * i + k] - x[k]);
    const [a, b, c] = [edge(2), edge(4), edge(6)];
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  };
  const [plain, mirrored] = [new Float64Array(21), new Float64Array(21)];
  linear.decode(samples.sites[0], plain);
  linear.decode(mirror(samples.sites[0]), mirrored);
  assert.ok(mirror(plain).every((v, c) => Math.abs(v - mirrored[c]) < 1e-9));
  assert.ok(hand(samples.atoms[0]) > 0.1);
  aligned.decode(mirror(samples.sites[0]), mirrored);
  assert.ok(hand(mirrored) > 0.1);
});

for (const [name, decoder] of [
  ['linear', linear],
  ['aligned', aligned],
] as const) {
  test(`${name}: decoded atoms turn and travel with the sites`, () => {
    const [r, shift] = [rotation(), [3, -2, 7]];
    const [before, after] = [new Float64Array(21), new Float64Array(21)];
    decoder.decode(samples.sites[5], before);
    decoder.decode(moved(samples.sites[5], r, shift), after);
    assert.ok(moved(before, r, shift).every((v, c) => Math.abs(v - after[c]) < 1e-9));
  });

  test(`${name}: decoded atoms have the sites that they were decoded from`, () => {
    const atoms = new Float64Array(21);
    for (const sites of samples.sites.slice(0, 20)) {
      decoder.decode(sites, atoms);
      const again = mapFrame(frameOf(atoms, null), layout, map).positions;
      // the ridge of 1e-6 of a coordinate's variance
      assert.ok(again.every((v, c) => Math.abs(v - sites[c]) < 1e-4));
    }
  });
}

test('a molecule of two sites, or of one, is decoded without a frame of its own', () => {
  for (const groups of [
    [0, 0, 0, 1, 1, 1, 0],
    [0, 0, 0, 0, 0, 0, 0],
  ]) {
    const sites = Math.max(...groups) + 1;
    const few = { atomsPerMolecule: 7, sites, assignment: groups };
    const seen = frames.map((frame) => mapFrame(frame, layout, few).positions);
    const counts = Float64Array.from({ length: sites }, (_, s) => groups.filter((g) => g === s).length);
    const atoms = new Float64Array(21);
    fitAlignedDecoder({ ...samples, sites: seen }, counts).decode(seen[3], atoms);
    assert.ok(atoms.every(Number.isFinite));
    const again = mapFrame(frameOf(atoms, null), layout, few).positions;
    assert.ok(again.every((v, c) => Math.abs(v - seen[3][c]) < 1e-3));
  }
});

test.run();
