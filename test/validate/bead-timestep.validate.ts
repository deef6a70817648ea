/**
 * How long a timestep of coarse-grained ethane may be: temperature, potential energy and bonds of the stored models (tools/bench/data) by timestep.
 * Langevin dynamics, 64 molecules, friction 1/ps; 2 fs is what the others are compared with.
 */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, minimumImage, SimulationError } from '../../engine/index.ts';
import { buildCase, compileOn } from '../../tools/bench/build.ts';
import type { BenchCase } from '../../tools/bench/case.ts';
import { packageRoot } from '../../tools/runner/package-root.ts';

const test = suite('timestep of coarse-grained ethane');
const [equilibration, time] = [4, 80];
const [shortest, longest, bins] = [0.17, 0.25, 80];

interface Outcome {
  readonly temperature: number;
  readonly potential: number;
  readonly bonds: readonly number[];
}

/** Null where the run blows up. */
async function run(model: string, timestep: number): Promise<Outcome | null> {
  const benchmark: BenchCase = {
    name: model,
    summary: '',
    scenario: () => ({
      name: model,
      seed: 5,
      system: { from: join(packageRoot, 'tools', 'bench', 'data', model) },
      dynamics: { integrator: 'langevin', timestep: `${timestep} fs`, temperature: '143 K', friction: '1 /ps' },
      run: { steps: 1 },
    }),
    equilibration: [],
    warmUp: 0,
  };
  const { system, dynamics, registry } = await buildCase(benchmark, 'full');
  const context = await compileOn({ platform: 'wasm', threads: 1, set: [] }, { system, dynamics, registry });
  const each = Math.round(100 / timestep);
  const samples = Math.round((1000 * time) / timestep / each);
  const counts = new Array<number>(bins).fill(0);
  let [temperature, potential] = [0, 0];
  const d = new Float64Array(3);
  try {
    context.drawVelocities(143);
    context.advance(Math.round((1000 * equilibration) / timestep));
    for (let sample = 0; sample < samples; sample++) {
      context.advance(each);
      const seen = context.observe();
      temperature += seen.temperature / samples;
      potential += seen.potential / samples;
      const { positions: x, box } = context;
      for (let k = 0; k < x.length; k += 6) {
        for (let c = 0; c < 3; c++) d[c] = x[k + 3 + c] - x[k + c];
        minimumImage(box, d);
        const bin = Math.floor(((Math.hypot(...d) - shortest) / (longest - shortest)) * bins);
        counts[Math.max(0, Math.min(bins - 1, bin))]++;
      }
    }
  } catch (error) {
    if (error instanceof SimulationError && !(error instanceof InputError)) return null;
    throw error;
  }
  const all = counts.reduce((a, b) => a + b);
  return { temperature, potential, bonds: counts.map((count) => count / all) };
}

for (const model of ['ethane-spline', 'ethane-graph'])
  test(`${model}: up to 10 fs temperature and bonds are kept`, async () => {
    const reference = (await run(model, 2)) as Outcome;
    for (const timestep of [4, 8, 10, 12, 14, 16]) {
      const found = await run(model, timestep);
      const overlap = found?.bonds.reduce((sum, p, k) => sum + Math.min(p, reference.bonds[k]), 0) ?? 0;
      process.stdout.write(
        `${model} ${timestep} fs: ${found ? `${found.temperature.toFixed(1)} K (2 fs: ${reference.temperature.toFixed(1)}), potential ${found.potential.toFixed(1)} kJ/mol (${reference.potential.toFixed(1)}), bond overlap ${overlap.toFixed(3)}` : 'blows up'}\n`,
      );
      if (timestep > 10 || !found) continue;
      // The total energy forgets within 1/friction: 80 independent values of 384 degrees of freedom, a standard error of 1.2 K.
      assert.ok(Math.abs(found.temperature - 143) < 5, `${found.temperature} K at ${timestep} fs`);
      assert.ok(overlap > 0.97, `bonds overlap by ${overlap} at ${timestep} fs`);
    }
  });

test.run();
