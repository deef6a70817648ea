/**
 * Every force-field file that OpenMM installs: which can be read, which not and why, and energies and forces beside OpenMM's for those that
 * can. Prints the table of engine/forcefield/README.md. Needs OpenMM; says so and passes over without.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../engine/errors.ts';
import { assignForceField } from '../../engine/forcefield/assign.ts';
import { parseForceField } from '../../engine/forcefield/ffxml.ts';
import { loadForceField } from '../../engine/forcefield/include.ts';
import { openBox } from '../../engine/system/box.ts';
import { makeStructure } from '../../engine/system/structure.ts';
import { root } from '../support/fixtures.ts';
import { compile } from '../support/systems.ts';

const python = '/usr/bin/python3';
const located = spawnSync(
  python,
  ['-c', 'import openmm.app as a, os; print(os.path.join(os.path.dirname(a.__file__), "data"))'],
  {
    encoding: 'utf8',
  },
);
const data = located.status === 0 ? located.stdout.trim() : '';
if (!data) process.stderr.write('force-fields: OpenMM is not installed; the comparison is left out\n');

/** Relative to OpenMM's folder or absolute, as OpenMM looks for them. */
const readText = async (path: string): Promise<string> => {
  const full = path.startsWith('/') ? path : join(data, path);
  if (!existsSync(full)) throw new InputError(path, 'there is no such file');
  return readFileSync(full, 'utf8');
};

/** Files that hold no force field: bonds, names and hydrogens of residues for OpenMM's own use. */
const others = ['residues.xml', 'pdbNames.xml', 'hydrogens.xml', 'glycam-hydrogens.xml'];

/** Files that can be read but not used, by OpenMM neither. */
const broken: Readonly<Record<string, string>> = {
  'amber99Test.xml': 'its <NonbondedForce> lacks coulomb14scale and lj14scale; OpenMM cannot use it either',
};

/** What each readable file is tried on, and the files that it needs beside it. */
const trials: Readonly<Record<string, { readonly structure: string; readonly beside: readonly string[] }>> = {
  ...Object.fromEntries(
    ['amber03', 'amber10', 'amber96', 'amber99sb', 'amber99sbildn', 'amber99sbnmr'].map((name) => [
      `${name}.xml`,
      { structure: 'villin', beside: ['tip3p.xml'] },
    ]),
  ),
  'amberfb15.xml': { structure: 'villin', beside: ['tip3pfb.xml'] },
  'amber14-all.xml': { structure: 'villin', beside: ['amber14/tip3pfb.xml'] },
  'amber14/protein.ff14SB.xml': { structure: 'villin', beside: ['amber14/tip3p.xml'] },
  'amber14/protein.ff15ipq.xml': { structure: 'villin', beside: ['amber14/spce.xml'] },
  'amber14/DNA.OL15.xml': { structure: 'nucleic:DG5,DA,DC,DT3', beside: [] },
  'amber14/DNA.bsc1.xml': { structure: 'nucleic:DG5,DA,DC,DT3', beside: [] },
  'amber14/RNA.OL3.xml': { structure: 'nucleic:G5,A,C,U3', beside: [] },
  'amber14/lipid17.xml': { structure: 'lipid', beside: [] },
  'charmm36.xml': { structure: 'villin', beside: ['charmm36/water.xml'] },
  ...Object.fromEntries(
    ['tip3p', 'tip3pfb', 'spce', 'tip4pew', 'tip4pfb', 'tip5p'].map((name) => [
      `${name}.xml`,
      { structure: 'water', beside: [] },
    ]),
  ),
  ...Object.fromEntries(
    ['tip3p', 'tip3pfb', 'spce', 'tip4pew', 'tip4pfb'].map((name) => [
      `amber14/${name}.xml`,
      { structure: 'villin', beside: ['amber14/protein.ff14SB.xml'] },
    ]),
  ),
  ...Object.fromEntries(
    ['water', 'spce', 'tip3p-pme-b', 'tip3p-pme-f', 'tip4p2005', 'tip4pew', 'tip5p', 'tip5pew'].map((name) => [
      `charmm36/${name}.xml`,
      { structure: 'villin', beside: ['charmm36.xml'] },
    ]),
  ),
};

interface Reference {
  readonly name: readonly string[];
  readonly element: readonly string[];
  readonly residue: readonly number[];
  readonly residueNames: readonly string[];
  readonly bonds: readonly (readonly [number, number])[];
  readonly positions: readonly number[];
  readonly energy: number;
  readonly forces: readonly number[];
  readonly sites: number;
}

const rows: string[] = [];

function files(folder: string): string[] {
  return readdirSync(join(data, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((name) => name.endsWith('.xml') && !others.includes(name))
    .sort();
}

for (const file of data ? files('') : []) {
  test(`${file}: read and compared, or refused for a reason`, async () => {
    const trial = trials[file];
    try {
      parseForceField(await loadForceField([file], readText));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      assert.not.ok(trial, `${file} could be read once: ${error.message}`);
      rows.push(`| \`${file}\` | no | ${error.message.replace(/^[^:]*:\d+: /, '').replace(/\.? ?Supported: .*$/s, '')} |`);
      return;
    }
    if (broken[file]) {
      rows.push(`| \`${file}\` | no | ${broken[file]} |`);
      return;
    }
    assert.ok(trial, `${file} can be read; add a structure to try it on`);
    rows.push(`| \`${file}\` | yes | ${await tried(file, trial.structure, trial.beside)}|`);
  });
}

/** Energy and forces of the structure beside OpenMM's, in words. */
async function tried(file: string, structure: string, beside: readonly string[]): Promise<string> {
  const names = [file, ...beside];
  const made = spawnSync(python, [join(root, 'test/validate/force-fields.py'), structure, ...names], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.is(made.status, 0, made.stderr);
  const reference = JSON.parse(made.stdout) as Reference;
  const { name, element, residue, residueNames } = reference;
  const mass = name.map((_, i) => (element[i] === '' ? 0 : 1));
  const bonds = reference.bonds.flat();
  const start = makeStructure({ units: 'md', mass, name, element, residue, residueNames, bonds });
  const settings = {
    cutoff: Number.POSITIVE_INFINITY,
    modifier: 'none',
    coulomb: { method: 'cutoff' },
    excludeWithinBonds: 0,
  } as const;
  const texts = await loadForceField(names, readText);
  const { structure: typed, forces, virtualSites = [] } = assignForceField(texts, start, openBox, settings, 'forceField');
  assert.is(virtualSites.length, reference.sites);
  const positions = Float64Array.from(reference.positions);
  const context = await compile('reference', {
    structure: typed,
    positions,
    velocities: null,
    box: openBox,
    forces,
    virtualSites,
  });
  const energy = Math.abs(context.observe().potential - reference.energy) / Math.abs(reference.energy);
  assert.ok(energy < 1e-9, `relative error of the energy ${energy}: ${context.observe().potential}, OpenMM ${reference.energy}`);
  // OpenMM reports the forces on virtual sites too, after they have been handed on to the atoms.
  const sites = new Set(virtualSites.map(({ site }) => site));
  const force = relativeError(
    reference.forces.filter((_, k) => !sites.has(Math.floor(k / 3))),
    context.forces.filter((_, k) => !sites.has(Math.floor(k / 3))),
  );
  assert.ok(force < 1e-6, `relative error of the forces ${force}`);
  const what = `${structure.split(':')[0]}${beside.length > 0 ? ` with ${beside.map((b) => `\`${b}\``).join(', ')}` : ''}`;
  return `${what}: energy within ${energy.toExponential(0)}, forces within ${force.toExponential(0)} of OpenMM's`;
}

function relativeError(expected: readonly number[], actual: Float64Array): number {
  const [difference, size] = expected.reduce(([d, s], f, k) => [d + (f - actual[k]) ** 2, s + f * f], [0, 0]);
  return Math.sqrt(difference / size);
}

test('the table', () => {
  if (rows.length > 0) process.stdout.write(`\n| file | reads | |\n|---|---|---|\n${rows.join('\n')}\n`);
});

test.run();
