import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseScenario, publishedSchema, resolveScenario } from '../../engine/index.ts';
import { loadRegistry } from '../../tools/runner/plugins.ts';
import { root } from '../support/fixtures.ts';

const registry = await loadRegistry();
const validates = new Ajv({ strict: false }).compile(publishedSchema(registry));
const folder = join(root, 'scenarios');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

test('there are scenarios to check', () => {
  assert.ok(files.length > 0);
});

for (const file of files) {
  test(`${file} resolves and fits the published schema`, () => {
    const scenario = parseScenario(readFileSync(join(folder, file), 'utf8'), file);
    assert.is(`${resolveScenario(scenario, registry).name}.json`, file);
    assert.ok(validates(scenario), JSON.stringify(validates.errors?.slice(0, 5)));
  });
}

test.run();
