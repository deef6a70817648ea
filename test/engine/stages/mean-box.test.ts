/** A start in the mean box of a run whose box changed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atMeanBox } from '../../../engine/stages/mean-box.ts';
import { type Box, openBox, orthorhombic } from '../../../engine/system/box.ts';
import { TrajectoryRecorder } from '../../../engine/trajectory/recorder.ts';
import { inputError } from '../../support/assemblies.ts';
import { scratch } from '../../support/fixtures.ts';
import { contents, dimers, sampleFrame } from '../../support/frames.ts';

const test = suite('mean box');
const structure = dimers(3);

/** A folder with a frame in each of these boxes. */
async function runIn(boxes: readonly Box[]): Promise<string> {
  const folder = scratch();
  const what = contents(6, { periodic: boxes[0]?.vectors !== null });
  const recorder = TrajectoryRecorder.create(folder, structure, { ...what, formats: [] });
  for (const [k, box] of boxes.entries()) recorder.append({ ...sampleFrame(k, what), box });
  await recorder.finish({ complete: true, version: '1' });
  return folder;
}

/** Dimers of length 0.2 along x, y and z. */
const positions = Float64Array.of(1, 1, 1, 1.2, 1, 1, 3, -2, 0, 3, -1.8, 0, 0, 4, 2, 0, 4, 2.2);
const velocities = Float64Array.from({ length: 18 }, (_, k) => k);

function centres(x: Float64Array): number[] {
  const { mass } = structure;
  return [0, 1, 2].flatMap((m) =>
    [0, 1, 2].map((k) => (mass[2 * m] * x[6 * m + k] + mass[2 * m + 1] * x[6 * m + 3 + k]) / (mass[2 * m] + mass[2 * m + 1])),
  );
}

test('the box becomes the mean over the frames; molecules keep their shape and move with their centres', async () => {
  const folder = await runIn([orthorhombic(4, 5, 6), orthorhombic(4.4, 5, 6.6), orthorhombic(4.2, 5, 7.5)]);
  const last = { structure, positions, velocities, box: orthorhombic(4.2, 5, 7.5) };
  const mean = await atMeanBox(last, folder, 'system.box');
  const factors = [4.2 / 4.2, 1, 6.7 / 7.5];
  const near = (a: number, b: number, what: string) => assert.ok(Math.abs(a - b) < 1e-12, `${what}: ${a} ${b}`);
  for (const [k, edge] of [4.2, 5, 6.7].entries()) near(mean.box.vectors?.[4 * k] ?? 0, edge, `edge ${k}`);
  const [before, after] = [centres(positions), centres(mean.positions)];
  for (const [k, x] of before.entries()) near(after[k], x * factors[k % 3], `centre ${k}`);
  for (let m = 0; m < 3; m++)
    for (let k = 0; k < 3; k++) {
      const bond = (x: Float64Array) => x[6 * m + 3 + k] - x[6 * m + k];
      near(bond(mean.positions), bond(positions), `bond ${m}`);
    }
  assert.equal(mean.velocities, velocities);
  assert.is(last.box.vectors?.[8], 7.5, 'what was given is not changed');
});

test('a sheared box is stretched along the axes, as barostats do', async () => {
  const sheared = (z: number): Box => ({ vectors: Float64Array.of(4, 0, 0, 1, 5, 0, 0.1 * z, 0.2 * z, z) });
  const mean = await atMeanBox({ structure, positions, velocities, box: sheared(8) }, await runIn([sheared(6), sheared(8)]), 'b');
  assert.equal(
    Array.from(mean.box.vectors ?? [], (v) => Number(v.toFixed(12))),
    [4, 0, 0, 1, 5, 0, 0.8, 1.6, 7],
  );
});

test('where the box never changed the start is that of the last frame, to the bit', async () => {
  const box = orthorhombic(4.1, 5.3, 6.7);
  const mean = await atMeanBox({ structure, positions, velocities, box }, await runIn([box, box, box]), 'system.box');
  assert.equal([mean.positions, mean.box], [positions, box]);
});

test('open boundaries and runs without frames are refused', async () => {
  const open = { structure, positions, velocities, box: openBox };
  const message = await inputError(async () => atMeanBox(open, await runIn([openBox]), 'stages[1].system.box'));
  assert.match(message, /stages\[1\]\.system\.box: "mean" needs a periodic box/);
  const periodic = { ...open, box: orthorhombic(4, 5, 6) };
  assert.match(await inputError(async () => atMeanBox(periodic, await runIn([]), 'system.box')), /"mean" needs frames/);
});

test.run();
