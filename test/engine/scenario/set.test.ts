import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { applySet } from '../../../engine/scenario/set.ts';

const scenario = {
  name: 'x',
  seed: 1,
  stages: [
    { name: 'atoms', run: { time: 1 } },
    { name: 'beads-512', box: [1, 2, 3] },
  ],
};

type Scenario = { seed: number; stages: Record<string, unknown>[] };
const set = (assignment: string) => applySet(scenario, assignment) as Scenario;

test('stages are found by index or by name, with or without the word stages', () => {
  for (const path of [
    'stages.0.run.time',
    'stages[0].run.time',
    'stages.atoms.run.time',
    'stages[atoms].run.time',
    'atoms.run.time',
  ])
    assert.equal(set(`${path}=2 ps`).stages[0].run, { time: '2 ps' }, path);
  assert.equal(set('beads-512.box.1=7').stages[1].box, [1, 7, 3]);
  assert.equal(set('beads-512.box[3]=7').stages[1].box, [1, 2, 3, 7]);
});

test('values are JSON where they are JSON and text elsewhere; objects on the way are made', () => {
  assert.is(set('seed=3').seed, 3);
  assert.is(set('atoms.a=true').stages[0].a, true);
  assert.equal(set('atoms.a={"b":[1]}').stages[0].a, { b: [1] });
  assert.is(set('atoms.a=b=c').stages[0].a, 'b=c');
  assert.is(set('atoms.a="3"').stages[0].a, '3');
  assert.equal(set('atoms.dynamics.thermostat.type=none').stages[0].dynamics, { thermostat: { type: 'none' } });
});

test('the scenario given stays as it was', () => {
  const before = JSON.stringify(scenario);
  set('atoms.run.time=5');
  assert.is(JSON.stringify(scenario), before);
});

test('assignments that lead nowhere are refused with the nearest name', () => {
  const table: [string, RegExp][] = [
    ['seed', /expected path=value/],
    ['=3', /expected path=value/],
    ['atms.run.time=1', /"atms" in "atms.run.time" is neither a stage nor a property of the scenario; did you mean "atoms"\?/],
    ['stages.atms.run.time=1', /"stages" has no element "atms"; did you mean "atoms"\? It has 2: atoms, beads-512/],
    ['stages.7.run=1', /has no element "7"/],
    ['seed.x=1', /"seed" is 1 and has no "x"/],
    ['atoms..x=1', /cannot be read/],
    ['__proto__.x=1', /cannot be read/],
  ];
  for (const [assignment, expected] of table) {
    try {
      set(assignment);
      assert.unreachable(assignment);
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, expected);
    }
  }
});

test.run();
