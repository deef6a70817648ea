/** The examples in the READMEs of variables and biases: they resolve, and name atoms that alanine dipeptide has. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSystem, prepareSimulation, resolveScenario, type Settings } from '../../engine/index.ts';
import { compileFeatures } from '../../plugins/collective-variables/learned/data/features.ts';
import { loadRegistry } from '../../tools/runner/plugins.ts';
import { root } from '../support/fixtures.ts';

const registry = await loadRegistry();
const alanine = {
  system: {
    build: 'file',
    structure: 'molecules/alanine-dipeptide.pdb',
    forceField: ['amber99sb-ildn.xml'],
    nonbonded: { cutoff: 'none', coulomb: { method: 'cutoff' } },
  },
  dynamics: { integrator: 'langevin', timestep: '2 fs', temperature: '300 K', friction: '1 /ps' },
  variables: {
    phi: { type: 'dihedral', atoms: [4, 6, 8, 14] },
    x: { type: 'position', axis: 'x' },
    y: { type: 'position', axis: 'y' },
  },
  run: { time: '4 ns' },
};

/** Stages that examples read from, by the names that they use. */
const simulation = (name: string) => ({ name, do: 'simulate', ...alanine });
const before: Readonly<Record<string, object>> = {
  F: { name: 'F', do: 'free-energy', from: 'run', variables: ['y'] },
  ...Object.fromEntries(['atoms', 'unbiased', 'meta', 'run'].map((name) => [name, simulation(name)])),
};

interface Example {
  readonly readme: string;
  readonly text: string;
  readonly json: Settings;
}

/** Blocks of JSON, and whole objects within lines; a block without brackets of its own is a part of a stage or scenario. */
function examplesOf(plugin: string): Example[] {
  const readme = join(root, 'plugins', plugin, 'README.md');
  const content = readFileSync(readme, 'utf8');
  const blocks = [...content.matchAll(/```json\n(.*?)```/gs)].map(([, block]) => block.trim());
  const inline = [...content.replace(/```.*?```/gs, '').matchAll(/`(\{ "[^`]*\})`/g)].map(([, code]) => code);
  return [...blocks, ...inline].map((text) => {
    const json = JSON.parse(text.startsWith('{') ? text : `{ ${text} }`) as Settings;
    return { readme: plugin, text, json };
  });
}

function readText(path: string): Promise<string> {
  const found = ['scenarios', 'forcefields'].map((folder) => join(root, folder, path)).find(existsSync);
  return found ? Promise.resolve(readFileSync(found, 'utf8')) : Promise.reject(new Error(`no ${path}`));
}

const buildFor = (units: 'md' | 'lj') => {
  const stage = () => Promise.reject(new Error('there are no stages'));
  return { units, seed: 1, where: 'system', readText, stage };
};

const examples = ['collective-variables', 'biasing'].flatMap(examplesOf);
const stages = examples.filter(({ json }) => typeof json.do === 'string');
const parts = examples.filter(({ json }) => json.do === undefined && json.variables !== undefined);

test('there are examples of both kinds', () => {
  assert.ok(stages.length >= 4 && parts.length >= 2, `${stages.length} ${parts.length}`);
});

function resolved(all: readonly object[], scenario: object = {}) {
  return resolveScenario({ name: 'readme', ...scenario, stages: all }, registry).stages;
}

const [atoms] = resolved([simulation('atoms')]);
const { structure } = await buildSystem(atoms.settings.system as Settings, buildFor('md'), registry);

for (const { readme, json } of stages)
  test(`${readme}: the stage "${json.name}"`, () => {
    const named = [json.from, json.freeEnergy].flat().filter((name) => name !== undefined) as string[];
    const needed = [...(named.includes('F') ? ['run'] : []), ...named];
    const list = resolved([...[...new Set(needed)].map((name) => before[name]), json]);
    const { settings } = list[list.length - 1];
    registry.get('stage', json.do as string).check?.(settings, 'stages', registry, 'md');
    const variables = settings.features as Readonly<Record<string, Settings>> | undefined;
    if (!variables) return;
    const own = Object.keys(variables);
    const references = Object.fromEntries(own.map((name) => [name, new Array(3 * structure.mass.length).fill(0)]));
    compileFeatures({ variables, inputs: own, references }, structure, registry, 'features');
  });

for (const { readme, json } of parts)
  test(`${readme}: ${Object.keys(json).join(', ')} of a simulation`, async () => {
    const { units = 'md', ...own } = json as Settings & { units?: 'md' | 'lj' };
    const run = own.dynamics ? { steps: 10 } : alanine.run;
    const [{ settings }] = resolved([{ ...simulation('run'), ...own, run }], { units });
    const { variables, biases } = await prepareSimulation(settings, buildFor(units), 1, registry);
    assert.equal(
      variables.variables.map(({ name }) => name),
      Object.keys(json.variables as object),
    );
    assert.is(biases.force !== null, json.biases !== undefined);
  });

const single = examples.filter(({ json }) => registry.names('variable').includes(String(json.type)));
for (const { readme, text, json } of single)
  test(`${readme}: the variable ${text}`, async () => {
    const [{ settings }] = resolved([{ ...simulation('run'), variables: { ...alanine.variables, example: json } }]);
    const { variables } = await prepareSimulation(settings, buildFor('md'), 1, registry);
    assert.is(variables.variables.length, 4);
  });

test('there are variables among the examples', () => {
  assert.ok(single.length >= 2, String(single.length));
});

test.run();
