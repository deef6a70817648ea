/**
 * A stand-in for a simulation that records as a real one does, to be killed: `node recording-run.js FOLDER STEPS WAIT`.
 *
 * Every step depends on the one before, to the last bit, so that a run that lost or repeated anything ends elsewhere. It goes
 * on from a checkpoint if there is one, and prints the number of each step. After step WAIT it does nothing more, so that a slow
 * machine's kill does not come too late.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orthorhombic } from '../../engine/system/box.ts';
import { readCheckpoint, writeCheckpoint } from '../../engine/trajectory/checkpoint.ts';
import { LogWriter } from '../../engine/trajectory/log.ts';
import { TrajectoryRecorder } from '../../engine/trajectory/recorder.ts';
import { dimers } from './frames.ts';

export const particles = 400;
const options = { periodic: true, velocities: false, forces: true, precision: 'f32', formats: ['dcd', 'extxyz'] } as const;
const columns = { units: 'md', terms: ['bonds', 'pairs'], totalMass: 1000 } as const;

export async function record(folder: string, steps: number, heard: (line: string) => void): Promise<void> {
  const structure = dimers(particles / 2);
  const checkpoint = readCheckpoint(folder, { particles });
  if (checkpoint?.fallback) heard(checkpoint.fallback);
  const known = checkpoint?.metadata;
  const recorder = known
    ? await TrajectoryRecorder.openForContinue(folder, structure, options, known.frames)
    : TrajectoryRecorder.create(folder, structure, options);
  const path = join(folder, 'log.csv');
  const log = known ? LogWriter.openForContinue(path, columns, known.logRows) : LogWriter.create(path, columns);
  const restored = checkpoint?.snapshot.x;
  const x = restored instanceof Float64Array ? restored : Float64Array.from({ length: 3 * particles }, (_, i) => (i + 1) / 4000);
  const box = orthorhombic(3, 4, 5);
  for (let step = (known?.step ?? 0) + 1; step <= steps; step++) {
    for (let i = 0; i < x.length; i++) x[i] = 3.9 * x[i] * (1 - x[i]); // the logistic map forgets nothing and hides nothing
    const terms = [
      { label: 'bonds', energy: x[0] },
      { label: 'pairs', energy: x[1] },
    ];
    const energies = { potential: x[0], kinetic: x[1], conserved: x[2], temperature: x[3], terms };
    const observables = { ...energies, volume: 60, pressure: x[4], pressureTensor: new Float64Array(9) };
    log.append({ step, time: step * 0.002, ...observables }, 1 + 100 * Math.random());
    if (step % 2 === 0) recorder.append({ step, time: step * 0.002, positions: x, velocities: null, forces: x, box });
    if (step % 10 === 0) {
      recorder.flush();
      log.flush();
      const metadata = { version: '0', particles, step, phase: 'production', frames: recorder.frames, logRows: log.rows };
      writeCheckpoint(folder, { x, step }, metadata);
    }
    heard(`${step}`);
  }
  log.close();
  await recorder.finish({ complete: true, version: '0' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, steps, wait] = process.argv.slice(2);
  await record(folder, Number(steps), (line) => {
    process.stdout.write(`${line}\n`);
    if (Number(line) >= Number(wait)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60e3);
  });
}
