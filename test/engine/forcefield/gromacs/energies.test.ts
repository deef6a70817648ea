/** Energies and forces of GROMACS topologies against gmx_d (test/fixtures/gromacs/make.py). */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../../engine/errors.ts';
import { buildSystem } from '../../../../engine/index.ts';
import { buildContext } from '../../../support/assemblies.ts';
import { fixture, readJson } from '../../../support/fixtures.ts';
import { compile, registry } from '../../../support/systems.ts';

const test = suite('GROMACS topologies against GROMACS');

interface Reference {
  readonly energies: Readonly<Record<string, number>>;
  readonly forces: readonly number[];
}

/** GROMACS' names of our terms; its U-B holds both parts. */
const terms: Readonly<Record<string, readonly string[]>> = {
  Bond: ['harmonic-bond'],
  G96Bond: ['gromos-bond'],
  Angle: ['harmonic-angle'],
  G96Angle: ['cosine-squared-angle'],
  'U-B': ['harmonic-angle', 'urey-bradley'],
  'Proper Dih.': ['periodic-torsion'],
  'Ryckaert-Bell.': ['rb-torsion'],
  'Improper Dih.': ['harmonic-improper'],
  'Per. Imp. Dih.': ['periodic-improper'],
};

const context = (name: string) => ({
  ...buildContext(),
  readText: async (path: string) => {
    const file = fixture('gromacs', `${name}/${path}`);
    if (!existsSync(file)) throw new InputError('', `no file ${path}`);
    return readFileSync(file, 'utf8');
  },
});

const build = (name: string, further: object = {}) =>
  buildSystem(
    {
      build: 'gromacs',
      topology: 'topol.top',
      structure: 'conf.gro',
      nonbonded: { cutoff: 2.4, coulomb: { method: 'cutoff' } },
      ...further,
    },
    context(name),
    registry(),
  );

for (const name of ['ethanol', 'amber99sb-ildn', 'oplsaa', 'charmm27', 'gromos54a7']) {
  test(`two molecules with ${name}: energy by term and forces are those of GROMACS`, async () => {
    const reference = readJson<Reference>(fixture('gromacs', `${name}/reference.json`));
    const theirs = reference.energies;
    const compiled = await compile('reference', await build(name));
    const ours = new Map(compiled.observe().terms.map((term) => [term.label, term.energy]));
    const close = (what: string, labels: readonly string[], expected: number, tolerance: number) => {
      const sum = labels.reduce((total, label) => total + (ours.get(label) ?? Number.NaN), 0);
      assert.ok(Math.abs(sum - expected) < tolerance, `${what}: ${sum}, GROMACS has ${expected}`);
    };
    for (const [what, labels] of Object.entries(terms)) if (theirs[what] !== undefined) close(what, labels, theirs[what], 1e-9);
    // GROMACS interpolates 1-4 interactions in a table, and its Coulomb constant differs from CODATA 2018 in the tenth digit.
    close('pairs', ['lennard-jones'], theirs['LJ (SR)'] + theirs['Coulomb (SR)'], 1e-6);
    close('1-4 pairs', ['pairs-1-4'], theirs['LJ-14'] + theirs['Coulomb-14'], 5e-6);
    let [error, size] = [0, 0];
    reference.forces.forEach((f, k) => {
      error += (f - compiled.forces[k]) ** 2;
      size += f * f;
    });
    assert.ok(Math.sqrt(error / size) < 2e-8, `relative rms difference of forces ${Math.sqrt(error / size)}`);
  });
}

test('a replicated topology has the energy of its copies', async () => {
  const one = await compile('reference', await build('ethanol'));
  const many = await compile('reference', await build('ethanol', { replicate: [2, 1, 1] }));
  assert.is(many.system.structure.mass.length, 36);
  assert.ok(Math.abs(many.observe().potential - 2 * one.observe().potential) < 1e-9);
});

test.run();
