/** Map and potential trained together: the stage `train-jointly`. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type FinishedStage,
  openBox,
  Registry,
  type Settings,
  type StageContext,
  type Structure,
  TrajectoryRecorder,
} from '../../../engine/index.ts';
import { plugin as coarseGraining, type Mapping } from '../../../plugins/coarse-graining/index.ts';
import { plugin } from '../../../plugins/potentials/index.ts';
import { moved, movesOf } from '../../../plugins/potentials/joint/moves.ts';
import type { JointReport } from '../../../plugins/potentials/joint/train-jointly.ts';
import { openStageFolder } from '../../../tools/runner/stage-folder.ts';
import { scratch } from '../../support/fixtures.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { copies, frameOf } from '../coarse-graining/support.ts';

const stiffness = 1000;
/** Standard deviation of the forces that act within a group and add up to zero there. */
const inner = 50;

/** Six atoms in a chain: the first three move together, and the last three. A spring between the two centroids is all that acts between them. */
function twoGroups(frames: number): { structure: Structure; frames: ReturnType<typeof frameOf>[] } {
  const gauss = normal(uniform(5));
  const bonds = [0, 1, 2, 3, 4].map((i): [number, number] => [i, i + 1]);
  const structure = copies({ elements: new Array<string>(6).fill('C'), masses: new Array<number>(6).fill(12), bonds }, 1);
  const one = () => {
    const direction = [gauss(), gauss(), gauss()];
    const length = Math.hypot(...direction);
    const distance = 0.4 + 0.05 * gauss();
    const positions = new Float64Array(18);
    const forces = new Float64Array(18);
    for (let k = 0; k < 3; k++) {
      const unit = direction[k] / length;
      for (const group of [0, 1]) {
        const sign = group === 0 ? -1 : 1;
        const shifts = [gauss(), gauss(), gauss()];
        const noise = [gauss(), gauss(), gauss()];
        const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / 3;
        for (let a = 0; a < 3; a++) {
          const c = 3 * (3 * group + a) + k;
          positions[c] = 0.5 * sign * distance * unit + 0.05 * (shifts[a] - mean(shifts));
          forces[c] = inner * (noise[a] - mean(noise)) - (sign * stiffness * (distance - 0.4) * unit) / 3;
        }
      }
    }
    return frameOf(positions, forces, openBox);
  };
  return { structure, frames: Array.from({ length: frames }, one) };
}

const registry = new Registry();
coarseGraining.register(registry);
plugin.register(registry);

function finished(name: string, kind: string, settings: Settings = {}): FinishedStage {
  return { name, kind, units: 'md', settings, folder: openStageFolder(scratch()), inputs: {} };
}

async function jointly(assignment: readonly number[], settings: Settings) {
  const { structure, frames } = twoGroups(200);
  const from = finished('atoms', 'simulate');
  const options = { periodic: false, velocities: false, forces: true, precision: 'f64', formats: [] } as const;
  const recorder = TrajectoryRecorder.create(from.folder.path, structure, options);
  for (const [t, frame] of frames.entries()) recorder.append({ ...frame, step: t, time: t });
  recorder.close();
  const mapping = finished('mapping', 'train-mapping');
  await mapping.folder.write('mapping.json', JSON.stringify({ atomsPerMolecule: 6, sites: 2, assignment }));
  const folder = openStageFolder(join(scratch(), 'joint'));
  const notes: string[] = [];
  const context: StageContext = {
    name: 'joint',
    where: 'stages[2]',
    units: 'md',
    settings: { forceWeight: 0.2, forceTerm: 'frequency', frames: 200, maxMoves: 50, temperature: 300, ...settings },
    inputs: { from, mapping },
    folder,
    seed: 1,
    threads: 1,
    registry,
    progress: { update: () => {}, note: (line) => notes.push(line) },
    signal: new AbortController().signal,
    scenario: { folder: '', plugins: [] },
    resume: false,
    readText: () => Promise.reject(new Error('no file is read')),
  };
  await registry.get('stage', 'train-jointly').run(context);
  const read = async <T>(file: string) => JSON.parse(await folder.readText(file)) as T;
  return { mapping: await read<Mapping>('mapping.json'), report: await read<JointReport>('joint.json'), notes };
}

test('sites that the potential can explain are found from sites that it cannot', async () => {
  const { mapping, report } = await jointly([0, 0, 0, 0, 1, 1], {});
  assert.equal(mapping.assignment, [0, 0, 0, 1, 1, 1]);
  assert.is(mapping.origin, 'joint');
  const [first, last] = [report.course[0], report.course[report.course.length - 1]];
  assert.ok(last.loss < first.loss);
  assert.equal(report.course[1].moved, ['C3']);
  // the spring is all that acts between the right sites, and a bond explains it; the wrong ones feel forces of the last group's inside
  assert.ok(last.unexplained < 1e-6 * last.total, `${last.unexplained} of ${last.total}`);
  assert.ok(first.unexplained > 0.5 * first.total, `${first.unexplained} of ${first.total}`);
  // per site and coordinate: the spring pulls with k (d - d0), 2500 its mean square, over three masses of 12; an atom has 2/3 of 50^2 more
  const spring = (stiffness * 0.05) ** 2;
  const expected = (2 * spring) / 36 / ((2 * spring) / 3 / 12 + (6 * 3 * inner ** 2 * (2 / 3)) / 12);
  assert.ok(Math.abs(last.total / expected - 1) < 0.2, `${last.total} against ${expected}`); // 200 frames: 10 % is one standard error
});

test('a mapping from which nothing leads down stays as it is, and one that is only judged moves nothing', async () => {
  const stays = await jointly([0, 0, 0, 1, 1, 1], {});
  assert.equal(stays.mapping.assignment, [0, 0, 0, 1, 1, 1]);
  assert.is(stays.report.course.length, 1);
  const judged = await jointly([0, 0, 0, 0, 1, 1], { maxMoves: 0 });
  assert.equal(judged.mapping.assignment, [0, 0, 0, 0, 1, 1]);
});

test('pieces that may move are units at a border with what hangs on them, and no site is emptied', () => {
  // C0 H1 H2 - C3 H4 - C5
  const bonds = Int32Array.from([0, 1, 0, 2, 0, 3, 3, 4, 3, 5]);
  const assignment = [0, 0, 0, 1, 1, 1];
  assert.equal(
    movesOf(assignment, { bonds }),
    [{ atoms: [3, 4, 5], to: 0 }].filter(() => false),
  );
  const wider = [0, 0, 0, 0, 0, 1];
  assert.equal(movesOf(wider, { bonds }), [{ atoms: [3, 4], to: 1 }]);
  assert.equal(moved(wider, { atoms: [3, 4], to: 1 }), assignment);
  // held together: atoms 3 and 4 with 5
  assert.equal(movesOf(wider, { bonds }, [0, 1, 2, 3, 3, 5]), [{ atoms: [3, 4], to: 1 }]);
});

test.run();
