import { Ajv } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { Registry } from '../../../engine/registry.ts';
import { publishedSchema } from '../../../engine/scenario/json-schema.ts';
import { resolveScenario } from '../../../engine/scenario/resolve.ts';
import { applySet } from '../../../engine/scenario/set.ts';
import { exampleScenario, scenarioRegistry } from '../../support/scenario-registry.ts';

const registry = scenarioRegistry();
const validates = new Ajv({ strict: false }).compile(publishedSchema(registry));

test('the published schema is valid draft-07 and accepts a valid scenario, with and without stages', () => {
  assert.ok(validates(exampleScenario), JSON.stringify(validates.errors));
  const { name: _name, do: _do, ...settings } = exampleScenario.stages[0];
  assert.ok(validates({ $schema: 'x', name: 'single', ...settings }), JSON.stringify(validates.errors));
  new Ajv({ strict: false }).compile(publishedSchema(new Registry()));
});

test('the published schema refuses what resolving refuses for its form', () => {
  for (const assignment of [
    'atoms.dynamics.tempreature=3',
    'potential.model.type=grph',
    'potential.model={}',
    'mapping.do=train-maping',
    'mapping.sitesPerMolecule=0',
    'atoms.system.box=[1,2]',
    'atoms.system.nonbonded.modifier=shfit',
    'atoms.system={}',
    'beads.system.replicate=2',
    'units=si',
  ]) {
    const json = applySet(exampleScenario, assignment);
    assert.not(validates(json), assignment);
    assert.throws(
      () => resolveScenario(json, registry),
      (error: unknown) => error instanceof InputError,
    );
  }
});

test('names, summaries and dimensions are there for an editor to show', () => {
  const text = JSON.stringify(publishedSchema(registry));
  assert.match(text, /"const":"langevin","description":"The integrator langevin."/);
  assert.match(text, /Length of a step. A time: a number in ps \(or reduced units\), or a text with a unit./);
  assert.match(text, /The name of an earlier train-mapping stage, or the path of the folder of a finished one./);
});

test('entries that contain their own kind end in a reference, not in an endless schema', () => {
  const nested = new Registry();
  const forces = { registered: { kind: 'force', key: 'type' } };
  const schema = { type: 'object', properties: { inner: forces } } as const;
  nested.add('force', { name: 'sum', summary: 'A sum.', status: 'pending', schema } as never);
  nested.add('stage', {
    name: 'simulate',
    summary: 'Runs.',
    status: 'pending',
    schema: { properties: { force: forces } },
  } as never);
  const valid = new Ajv({ strict: false }).compile(publishedSchema(nested));
  assert.ok(valid({ force: { type: 'sum', inner: { type: 'sum' } } }));
  assert.not(valid({ force: { type: 'sum', inner: { type: 'other' } } }));
});

test.run();
