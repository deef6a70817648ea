/** One crystal of images, many cells: sheared boxes that describe the same periodic system give the same physics. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ForceDescription } from '../../../engine/forces/description.ts';
import { type Box, orthorhombic } from '../../../engine/system/box.ts';
import { compile, particles, platforms, randomPositions, system } from '../../support/systems.ts';

const [ax, by, cz] = [8, 9, 10];
const upright = orthorhombic(ax, by, cz);
/** The same lattice: b + a; c + a; c - a + b; b - a with c + b. Widths fall to 5.1, so the cut-off of 2.5 fits in each. */
const sheared: Box[] = [
  [ax, 0, 0, ax, by, 0, 0, 0, cz],
  [ax, 0, 0, 0, by, 0, ax, 0, cz],
  [ax, 0, 0, 0, by, 0, -ax, by, cz],
  [ax, 0, 0, -ax, by, 0, 0, by, cz],
].map((v) => ({ vectors: Float64Array.from(v) }));

const n = 150;
const charge = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 0.5 : -0.5));
const nonbonded = (coulomb: { method: string; tolerance?: number; dielectric?: number }): ForceDescription => ({
  kind: 'nonbonded',
  cutoff: 2.5,
  pair: { term: 'lennard-jones', parameters: Float64Array.of(0.4, 1.2), width: 2, modifier: 'switch', switchDistance: 2 },
  coulomb,
  exclusions: Int32Array.of(0, 1, 5, 80),
});
const bonds: ForceDescription = {
  kind: 'bonded',
  term: 'harmonic-bond',
  atoms: Int32Array.from({ length: n }, (_, i) => i),
  parameters: Float64Array.from({ length: n }, (_, i) => (i % 2 ? 3 : 1)),
};

for (const platform of platforms) {
  for (const [name, forces, tolerance] of [
    ['Lennard-Jones and reaction field', [nonbonded({ method: 'reaction-field', dielectric: 20 })], 1e-11],
    // Two sets of waves: equal to the tolerance of the sum.
    ['Lennard-Jones and Ewald', [nonbonded({ method: 'ewald', tolerance: 1e-9 })], 1e-7],
    ['harmonic bonds across the faces', [bonds], 1e-11],
  ] as [string, ForceDescription[], number][]) {
    test(`${platform}: ${name} are the same in every cell of the same lattice`, async () => {
      // Bonds longer than half a width have no unique image: keep bonded pairs close.
      const x = randomPositions(n, 10, 'triclinic');
      for (let i = 1; i < n; i += 2) for (let a = 0; a < 3; a++) x[3 * i + a] = x[3 * i - 3 + a] + 0.8 + 0.3 * Math.sin(i + a);
      x[3] += ax;
      x[10] -= by;
      const expected = await compile(platform, system(particles(n, { charge }), x, upright, forces));
      const { potential, pressure, volume } = expected.observe();
      const scale = Math.sqrt(expected.forces.reduce((sum, f) => sum + f * f, 0) / n);
      assert.ok(scale > 0.1);
      for (const box of sheared) {
        const context = await compile(platform, system(particles(n, { charge }), x, box, forces));
        const found = context.observe();
        const where = `cell ${box.vectors}`;
        assert.is(found.volume, volume);
        assert.ok(
          Math.abs(found.potential - potential) < tolerance * Math.abs(potential),
          `${where}: energy ${found.potential}, upright ${potential}`,
        );
        assert.ok(
          Math.abs(found.pressure - pressure) < tolerance * Math.abs(pressure),
          `${where}: pressure ${found.pressure}, upright ${pressure}`,
        );
        const worst = context.forces.reduce((most, f, k) => Math.max(most, Math.abs(f - expected.forces[k])), 0);
        assert.ok(worst < tolerance * scale * n, `${where}: force off by ${worst} of ${scale}`);
      }
    });
  }
}

test.run();
