import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { resolveScenario } from '../../../engine/scenario/resolve.ts';
import { applySet } from '../../../engine/scenario/set.ts';
import { exampleScenario, scenarioRegistry } from '../../support/scenario-registry.ts';

const registry = scenarioRegistry();

/** The error of the example with one thing changed. */
function wrong(...assignments: string[]): InputError {
  let json: unknown = exampleScenario;
  for (const assignment of assignments) json = applySet(json, assignment);
  return errorOf(json);
}

function errorOf(json: unknown): InputError {
  try {
    resolveScenario(json, registry);
  } catch (error) {
    assert.instance(error, InputError);
    return error as InputError;
  }
  throw new Error('the scenario was accepted');
}

test('a scenario resolves to stages with numbers, defaults and references', () => {
  const { name, seed, units, plugins, stages, raw } = resolveScenario(exampleScenario, registry);
  assert.equal({ name, seed, units, plugins }, { name: 'ethane', seed: 7, units: 'md', plugins: [] });
  assert.is(raw, exampleScenario);
  assert.equal(stages[0], {
    name: 'atoms',
    do: 'simulate',
    where: 'stages[0]',
    settings: {
      system: {
        build: 'pack',
        nonbonded: { cutoff: 0.75, modifier: 'shift' },
        molecules: [{ structure: 'ethane.pdb', count: 64 }],
        box: [1.59808, 1.68872, 1.9932],
      },
      dynamics: { integrator: 'langevin', timestep: 0.001, temperature: 143, friction: 1 },
      run: { time: 60, minimise: false },
    },
    references: [],
  });
  assert.equal(stages[2].settings, { from: 'atoms', mapping: 'mapping', model: { type: 'spline', knots: 40 } });
  assert.equal(stages[2].references, [
    { property: 'from', where: 'stages[2].from', value: 'atoms', kinds: ['simulate'] },
    { property: 'mapping', where: 'stages[2].mapping', value: 'mapping', kinds: ['train-mapping'] },
  ]);
  assert.equal(stages[3].settings, {
    system: { build: 'stage', replicate: [2, 2, 2], from: 'potential' },
    dynamics: { integrator: 'verlet', timestep: 0.002 },
    run: { minimise: false },
  });
  assert.equal(
    stages[3].references.map(({ property }) => property),
    ['system.from'],
  );
});

test('resolving what was resolved changes nothing', () => {
  const { name, seed, units, stages } = resolveScenario(exampleScenario, registry);
  const again = { name, seed, units, stages: stages.map((stage) => ({ name: stage.name, do: stage.do, ...stage.settings })) };
  assert.equal(resolveScenario(again, registry).stages, stages);
});

test('a scenario without stages is one simulate stage', () => {
  const { name: _name, do: _do, ...settings } = exampleScenario.stages[0];
  const { stages } = resolveScenario({ name: 'single', ...settings }, registry);
  assert.equal(
    stages.map(({ name, do: kind, where }) => [name, kind, where]),
    [['simulate', 'simulate', '']],
  );
  assert.is((stages[0].settings.run as { time: number }).time, 60);
  assert.is(errorOf({ ...settings, dynamics: { integrator: 'verlet', timestep: -1 } }).where, 'dynamics.timestep');
  assert.match(errorOf({ name: 'nothing' }).message, /does nothing/);
});

test('errors say where, what was found, what is allowed and the nearest known name', () => {
  const table: [string[], string, RegExp][] = [
    [
      ['potential.model.type=grph'],
      'stages[2].model.type',
      /no model is called "grph"; did you mean "graph"\? known: spline, graph/,
    ],
    [['potential.model={}'], 'stages[2].model', /"type" is missing: the name of a model, one of spline, graph/],
    [['potential.model=graph'], 'stages[2].model', /expected an object such as \{ "type": "graph", ... \}; found "graph"/],
    [
      ['atoms.dynamics.tempreature=3'],
      'stages[0].dynamics.tempreature',
      /unknown property "tempreature"; did you mean "temperature"\? allowed here: integrator, timestep, temperature, friction/,
    ],
    [['atoms.dynamics.timestep=2 nm'], 'stages[0].dynamics.timestep', /expected a time .*found "2 nm"/],
    [['atoms.dynamics.timestep=-1 fs'], 'stages[0].dynamics.timestep', /must be greater than 0; found "-1 fs"/],
    [['atoms.dynamics.temperature=-3'], 'stages[0].dynamics.temperature', /must be at least 0; found -3/],
    [['atoms.dynamics.timestep=true'], 'stages[0].dynamics.timestep', /expected a time .*found true/],
    [['atoms.system.box=[1,2]'], 'stages[0].system.box', /expected 3 items; found 2/],
    [['atoms.system.box.1=0 A'], 'stages[0].system.box[1]', /must be greater than 0; found "0 A"/],
    [['atoms.system.molecules.0.count=1.5'], 'stages[0].system.molecules[0].count', /expected a whole number; found 1.5/],
    [['atoms.system.molecules.0={"structure":"a.pdb"}'], 'stages[0].system.molecules[0]', /"count" is missing: a whole number/],
    [
      ['atoms.system.nonbonded.modifier=shfit'],
      'stages[0].system.nonbonded.modifier',
      /one of "none", "shift", "switch"; found "shfit"; did you mean "shift"\?/,
    ],
    [['atoms.system.nonbonded.cutoff=nine'], 'stages[0].system.nonbonded.cutoff', /expected "none", or a length .*found "nine"/],
    [['atoms.system={}'], 'stages[0].system', /"build" is missing: the name of a builder, one of pack, stage \(or give "from"\)/],
    [['mapping.sitesPerMolecule=0'], 'stages[1].sitesPerMolecule', /must be at least 1; found 0/],
    [
      ['mapping.do=train-maping'],
      'stages[1].do',
      /found "train-maping"; did you mean "train-mapping"\? known: simulate, train-mapping, train-potential/,
    ],
    [['mapping.name=atoms'], 'stages[1].name', /stages\[0\] is called "atoms" already/],
    [['mapping.name=a/b'], 'stages[1].name', /"a\/b" becomes the name of a folder/],
    [['name=..'], 'name', /becomes the name of a folder/],
    [['seed=-1'], 'seed', /must be at least 0; found -1/],
    [['seed=x'], 'seed', /expected a whole number; found "x"/],
    [['units=si'], 'units', /expected one of "md", "lj"; found "si"/],
    [['units=lj'], 'stages[0].system.nonbonded.cutoff', /length/],
  ];
  for (const [assignments, where, message] of table) {
    const error = wrong(...assignments);
    assert.is(error.where, where, error.message);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(`${where}: `));
  }
  assert.is(errorOf({ ...exampleScenario, sytem: {} }).where, 'sytem');
  assert.match(errorOf({ ...exampleScenario, system: {} }).message, /"system" belongs into a stage/);
  assert.match(errorOf({ ...exampleScenario, stage: [] }).message, /unknown property "stage"; did you mean "stages"\?/);
  assert.match(errorOf({ stages: [] }).message, /stages: expected a list of at least one stage; found \[\]/);
  assert.match(errorOf({ stages: [3] }).message, /stages\[0\]: a stage is an object/);
  assert.match(errorOf([]).message, /a scenario is a JSON object/);
});

test('a stage can be referred to only if it is earlier and of an allowed kind; a path may stand instead', () => {
  const table: [string, string, RegExp][] = [
    [
      'mapping.from=atms',
      'stages[1].from',
      /no earlier stage is called "atms"; did you mean "atoms"\?.*may stand here: atoms, or give the path/,
    ],
    ['mapping.from=beads', 'stages[1].from', /the stage "beads" does not come before this one/],
    ['mapping.from=mapping', 'stages[1].from', /does not come before this one/],
    ['potential.mapping=atoms', 'stages[2].mapping', /"atoms" is a simulate stage; expected train-mapping/],
    [
      'beads.system.from=mapping',
      'stages[3].system.from',
      /"mapping" is a train-mapping stage; expected simulate or train-potential/,
    ],
    [
      'beads.system.from=7',
      'stages[3].system.from',
      /expected the name of an earlier simulate or train-potential stage or the path/,
    ],
  ];
  for (const [assignment, where, message] of table) {
    const error = wrong(assignment);
    assert.is(error.where, where, error.message);
    assert.match(error.message, message);
  }
  const path = applySet(exampleScenario, 'beads.system.from=../runs/ethane/graph');
  assert.is(resolveScenario(path, registry).stages[3].references[0].value, '../runs/ethane/graph');
});

test('all findings are reported at once', () => {
  const { message } = wrong('atoms.dynamics.timestep=0', 'mapping.sitesPerMolecule=two', 'beads.system.replicate=[2,2,0]');
  const lines = message.split('\n');
  assert.is(lines.length, 3);
  for (const [i, where] of [
    'stages[0].dynamics.timestep: ',
    'stages[1].sitesPerMolecule: ',
    'stages[3].system.replicate[2]: ',
  ].entries())
    assert.ok(lines[i].startsWith(where), lines[i]);
});

test('maps of any names hold each value against their schema', () => {
  const json = applySet(exampleScenario, 'potential.model={"type":"graph","widths":{"a":"1 A","b":"2 fs"}}');
  assert.is(errorOf(json).where, 'stages[2].model.widths.b');
  const good = applySet(json, 'potential.model.widths.b=0.2');
  assert.equal(resolveScenario(good, registry).stages[2].settings.model, { type: 'graph', widths: { a: 0.1, b: 0.2 } });
});

/** All paths into a JSON value. */
function paths(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  return [[], ...keys.flatMap((key) => paths((value as Record<string | number, unknown>)[key]).map((path) => [key, ...path]))];
}

test('whatever stands at whatever place, there is a result or an InputError that says where', () => {
  let refused = 0;
  for (const path of paths(exampleScenario)) {
    for (const put of [null, [], {}, [[]], '', 'x', 0, -1, 1.5, true, { x: 1 }, undefined]) {
      const holder = { root: structuredClone(exampleScenario) as unknown };
      let target: Record<string | number, unknown> = holder;
      const keys = ['root', ...path];
      for (const key of keys.slice(0, -1)) target = target[key] as Record<string | number, unknown>;
      target[keys[keys.length - 1]] = put;
      try {
        resolveScenario(holder.root, registry);
      } catch (error) {
        assert.instance(error, InputError, `${path.join('.')} = ${JSON.stringify(put)}: ${error}`);
        refused++;
      }
    }
  }
  assert.ok(refused > 300, String(refused));
});

test('reduced units take plain numbers', () => {
  const { stages } = resolveScenario(
    {
      units: 'lj',
      system: {
        build: 'pack',
        molecules: [{ structure: 'a.pdb', count: 1 }],
        box: [10, 10, '10 sigma'],
        nonbonded: { cutoff: 'none' },
      },
      dynamics: { integrator: 'verlet', timestep: 0.005 },
    },
    registry,
  );
  assert.equal((stages[0].settings.system as { box: number[] }).box, [10, 10, 10]);
});

test.run();
