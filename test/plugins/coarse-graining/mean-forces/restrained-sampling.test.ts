/** Labels from runs with the sites held, against a model whose potential of mean force is known. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, Registry, registerEngine, type System } from '../../../../engine/index.ts';
import { plugin } from '../../../../plugins/coarse-graining/index.ts';
import { RestrainedSampling } from '../../../../plugins/coarse-graining/mean-forces/restrained-sampling.ts';
import { particles } from '../../../support/systems.ts';

const registry = new Registry();
registerEngine(registry);
plugin.register(registry);

const k = 10;
/** Four particles in a row on springs without length, kT = 1, two to a site: the mean force between sites D apart is -2/3 k D. */
const mapping = { atomsPerMolecule: 4, sites: 2, assignment: [0, 0, 1, 1] };
const bond = { energy: 'k / 2 * r^2', names: ['k'] };
const springs = {
  kind: 'bonded',
  term: 'expression-bond',
  atoms: Int32Array.of(0, 1, 1, 2, 2, 3),
  parameters: Float64Array.of(k, k, k),
  expression: bond,
} as const;
const positions = Float64Array.of(0, 0, 0, 0.4, 0.1, 0, 1.5, 0.3, -0.2, 1.6, 0.2, 0.9);
const system: System = { structure: particles(4), positions, velocities: null, box: openBox, forces: [springs] };
const options = { temperature: 1, timestep: 0.02, friction: 2, stiffness: 60, equilibration: 500, samples: 1500, every: 20 };
const stage = { registry, seed: 5 };

test('averaged forces are the mean force at the averaged sites, where single frames are off by the noise', async () => {
  const sampling = new RestrainedSampling(system, openBox, mapping, options, stage);
  let [squares, count] = [0, 0];
  for (const separation of [0.5, 1, 2, 4]) {
    const sites = Float64Array.of(0, 0, 0, separation, -0.3, 0.2);
    const { positions: x, forces } = await sampling.average(positions, sites);
    for (let c = 0; c < 3; c++) {
      const distance = (x[6 + c] + x[9 + c] - x[c] - x[3 + c]) / 2;
      const onFirst = forces[c] + forces[3 + c];
      const onSecond = forces[6 + c] + forces[9 + c];
      assert.ok(Math.abs(onFirst + onSecond) < 1e-9, 'springs do not push the molecule, and nothing of the restraint is left');
      squares += (onSecond + ((2 * k) / 3) * distance) ** 2;
      count++;
    }
  }
  // one frame has the variance k kT / 3; 1500 samples 0.4 apart, with correlation times below that
  assert.ok(Math.sqrt(squares / count) < 0.1 * Math.sqrt(k / 3), `${Math.sqrt(squares / count)}`);
});

test('sites stay where they are held, to the width and the pull of the restraint', async () => {
  const sampling = new RestrainedSampling(system, openBox, mapping, options, stage);
  const sites = Float64Array.of(0, 0, 0, 2, 0, 0);
  const { positions: x } = await sampling.average(positions, sites);
  // balance of restraint and mean force: (60 + 2 * 20/3) d = 60 * 2
  const expected = (options.stiffness * 2) / (options.stiffness + (4 * k) / 3);
  const distance = (x[6] + x[9] - x[0] - x[3]) / 2;
  assert.ok(Math.abs(distance - expected) < 0.03, `${distance} against ${expected}`);
});

test.run();
