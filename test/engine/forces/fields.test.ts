/** External potentials: slopes against differences, stationary points, and particles that move in their coordinates alone. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import type { FieldData } from '../../../engine/forces/field.ts';
import { openBox } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { compile, particles, platforms, registry } from '../../support/systems.ts';

const test = suite('fields');
const all = registry();

function evaluator(name: string, parameters: number[], expression?: FieldData['expression']) {
  const term = all.get('field', name);
  const evaluate = term.compile?.(expression) ?? term.evaluate;
  return (x: number, y = 0, z = 0) => {
    const out = new Float64Array(4);
    evaluate(x, y, z, Float64Array.from(parameters), 0, out);
    return out;
  };
}

const fields: Record<string, ReturnType<typeof evaluator>> = {
  'mueller-brown': evaluator('mueller-brown', [0.15]),
  'triple-well': evaluator('triple-well', [0.5]),
  'double-well': evaluator('double-well', [2, 1.3, 5]),
  prinz: evaluator('prinz', [1]),
  'expression-field': evaluator('expression-field', [3], { energy: 'a * (x^2 - 1)^2 * cos(y) + z^2', names: ['a'] }),
};

test('every field is tried', () => {
  assert.equal(all.names('field').sort(), Object.keys(fields).sort());
});

for (const [name, evaluate] of Object.entries(fields))
  test(`${name}: its slopes are the derivatives of its energy`, () => {
    for (const [x, y, z] of [
      [-0.5, 1.2, 0.3],
      [0.6, 0.1, -0.2],
      [0.2, -0.7, 0.9],
      [-0.9, 0.4, 0],
    ]) {
      const h = 1e-5;
      const out = evaluate(x, y, z);
      const expected = [
        (evaluate(x + h, y, z)[0] - evaluate(x - h, y, z)[0]) / (2 * h),
        (evaluate(x, y + h, z)[0] - evaluate(x, y - h, z)[0]) / (2 * h),
        (evaluate(x, y, z + h)[0] - evaluate(x, y, z - h)[0]) / (2 * h),
      ];
      // h^2/6 times third derivatives, which reach 1e4 here.
      expected.forEach((slope, c) => {
        assert.ok(Math.abs(out[1 + c] - slope) < 1e-6 * Math.max(1, Math.abs(slope)), `${c}: ${out[1 + c]} ${slope}`);
      });
    }
  });

test('mueller-brown has the stationary points of the paper', () => {
  const energy = evaluator('mueller-brown', [1]);
  for (const [x, y, value] of [
    [-0.558224, 1.441726, -146.69952],
    [0.623499, 0.028038, -108.16672],
    [-0.050011, 0.466694, -80.76782],
    [-0.822002, 0.624313, -40.66484],
    [0.212487, 0.292988, -72.24894],
  ]) {
    const [e, dx, dy] = energy(x, y);
    assert.ok(Math.abs(e - value) < 1e-5);
    // The points have six digits; curvatures are some thousands.
    assert.ok(Math.hypot(dx, dy) < 5e-3);
  }
});

function system(dimensions: number, energy: string, copies: number): System {
  const data: FieldData = {
    field: all.get('field', 'expression-field'),
    parameters: new Float64Array(0),
    expression: { energy, names: [] },
  };
  const positions = new Float64Array(3 * copies);
  return {
    structure: particles(copies),
    positions,
    velocities: null,
    box: openBox,
    forces: [{ kind: 'custom', term: 'field', data }],
    dimensions,
  };
}

const langevin = (integrator: string): DynamicsDescription => ({
  integrator,
  timestep: 0.01,
  settings: { timestep: 0.01, temperature: 1, friction: 2 },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 4,
});

for (const platform of platforms)
  for (const integrator of ['langevin', 'overdamped-langevin'])
    test(`${platform}, ${integrator}: only the coordinates of the model move and count, with the variance of their spring`, async () => {
      for (const dimensions of [1, 2]) {
        const copies = 7;
        const context = await compile(platform, system(dimensions, '2 * x^2 + 2 * y^2', copies), langevin(integrator));
        context.drawVelocities(1);
        assert.is(context.statistics().degreesOfFreedom, dimensions * copies);
        let squares = 0;
        let samples = 0;
        for (let k = 0; k < 1500; k++) {
          context.advance(10);
          context.positions.forEach((x, j) => {
            if (j % 3 >= dimensions) assert.is(x, 0);
            else squares += x * x;
          });
          samples += copies * dimensions;
        }
        context.velocities.forEach((v, j) => {
          if (j % 3 >= dimensions) assert.is(v, 0);
        });
        // kT/k = 1/4; a correlation time of 0.5 to 1 leaves some 1500 independent samples, 2.6 % of x^2 each: four times that.
        assert.ok(Math.abs(squares / samples / 0.25 - 1) < 0.15, `${squares / samples}`);
      }
    });

test.run();
