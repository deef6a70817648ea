import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lennardJones } from '../../../engine/forces/lennard-jones.ts';
import { tabulatedPair } from '../../../engine/forces/tabulated-pair.ts';

const out = new Float64Array(2);
const parameters = Float64Array.of(1, 1);

function lennardJonesTable(spacing: number) {
  const nodes = Math.round(1.7 / spacing) + 1;
  const values = new Float64Array(nodes);
  const derivatives = new Float64Array(nodes);
  for (let k = 0; k < nodes; k++) {
    const r = 0.8 + k * spacing;
    lennardJones.evaluate(r * r, parameters, 0, out);
    values[k] = out[0];
    derivatives[k] = -out[1] * r;
  }
  return { start: 0.8, spacing, values, derivatives };
}

function compiled(table: ReturnType<typeof lennardJonesTable>) {
  const evaluate = tabulatedPair.compile?.({
    term: 'tabulated-pair',
    parameters: Float64Array.of(0),
    width: 1,
    modifier: 'none',
    tables: [table],
  });
  assert.ok(evaluate);
  return (r: number): [number, number] => {
    evaluate(r * r, Float64Array.of(0), 0, out);
    return [out[0], out[1] * r];
  };
}

test('the force is minus the derivative of the energy, at and between nodes and nearer than the first', () => {
  const at = compiled(lennardJonesTable(0.05));
  for (const r of [0.5, 0.79, 0.83, 0.951, 1.21, 1.2345, 2.2]) {
    const h = 1e-6;
    const slope = (at(r + h)[0] - at(r - h)[0]) / (2 * h);
    assert.ok(Math.abs(slope + at(r)[1]) < 1e-7 * Math.max(1, Math.abs(slope)), `${r}: ${slope} ${at(r)[1]}`);
  }
});

test('energy and force are continuous at nodes and at the first one', () => {
  const at = compiled(lennardJonesTable(0.05));
  for (const r of [0.8, 0.85, 1.3]) {
    const [below, above] = [at(r - 1e-12), at(r + 1e-12)];
    for (const k of [0, 1]) assert.ok(Math.abs(below[k] - above[k]) < 1e-7 * Math.max(1, Math.abs(above[k])), `${r}`);
  }
});

test('the error of a table of a smooth potential falls with the fourth power of the spacing', () => {
  const error = (spacing: number): number => {
    const at = compiled(lennardJonesTable(spacing));
    let worst = 0;
    for (let r = 0.9; r < 2.4; r += 0.0037) {
      const energy = at(r)[0];
      lennardJones.evaluate(r * r, parameters, 0, out);
      worst = Math.max(worst, Math.abs(energy - out[0]));
    }
    return worst;
  };
  const ratio = error(0.02) / error(0.01);
  assert.ok(ratio > 13 && ratio < 19, `${ratio}`); // 16 in the limit
});

test('beyond its last node a table exerts no force, and an index without a table is an error', () => {
  const at = compiled(lennardJonesTable(0.05));
  assert.is(Math.abs(at(2.6)[1]), 0);
  assert.throws(
    () =>
      tabulatedPair.compile?.({ term: 'tabulated-pair', parameters: Float64Array.of(2), width: 1, modifier: 'none', tables: [] }),
    /refers to table 2, but there are 0/,
  );
});

test.run();
