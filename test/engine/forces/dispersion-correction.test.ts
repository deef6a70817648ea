/** The dispersion correction against OpenMM, against quadrature, and its pressure against the derivative with the volume. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CutoffModifier, NonbondedForce } from '../../../engine/forces/description.ts';
import { dispersionCorrection } from '../../../engine/forces/dispersion-correction.ts';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile, particles, platforms, system } from '../../support/systems.ts';

interface OpenmmWater {
  readonly edge: number;
  readonly cutoff: number;
  readonly switchDistance: number;
  readonly sigma: number;
  readonly epsilon: number;
  readonly positions: readonly number[];
  readonly lennardJones: {
    readonly none: number;
    readonly noneCorrected: number;
    readonly switch: number;
    readonly switchCorrected: number;
  };
}
const water = readJson<OpenmmWater>(fixture('pme-openmm', 'reference.json'));

/** Lennard-Jones on the oxygens of the fixture's water, hydrogens without. */
function waterBox(modifier: CutoffModifier, corrected: boolean) {
  const { sigma, epsilon, edge, cutoff, switchDistance } = water;
  const n = water.positions.length / 3;
  const exclusions: number[] = [];
  for (let k = 0; k < n; k += 3) exclusions.push(k, k + 1, k, k + 2, k + 1, k + 2);
  const structure = particles(n, {
    units: 'md',
    typeNames: ['O', 'H'],
    type: Int32Array.from({ length: n }, (_, k) => (k % 3 === 0 ? 0 : 1)),
  });
  const mixed = (sigma + 1) / 2;
  return system(structure, Float64Array.from(water.positions), orthorhombic(edge, edge, edge), [
    {
      kind: 'nonbonded',
      cutoff,
      pair: {
        term: 'lennard-jones',
        parameters: Float64Array.of(sigma, epsilon, mixed, 0, mixed, 0, 1, 0),
        width: 2,
        modifier,
        switchDistance,
        dispersionCorrection: corrected,
      },
      coulomb: null,
      exclusions: Int32Array.from(exclusions),
    },
  ]);
}

const modifiers: CutoffModifier[] = ['none', 'shift', 'force-shift', 'switch', 'force-switch'];

for (const platform of platforms) {
  test(`${platform}: the correction of water's Lennard-Jones energy is OpenMM's, in a line of its own`, async () => {
    for (const modifier of ['none', 'switch'] as const) {
      const { terms } = (await compile(platform, waterBox(modifier, true))).observe();
      const plain = (await compile(platform, waterBox(modifier, false))).observe();
      assert.is(plain.terms.length, 1);
      assert.equal(terms[1].label, 'dispersion-correction');
      const expected = water.lennardJones[`${modifier}Corrected`] - water.lennardJones[modifier];
      assert.ok(Math.abs(terms[1].energy / expected - 1) < 1e-6, `${terms[1].energy}, OpenMM ${expected}`);
      assert.is(terms[0].energy, plain.potential);
    }
  });

  test(`${platform}: the correction exerts no forces, and adds its energy and pressure at every step`, async () => {
    const [a, b] = [await compile(platform, waterBox('shift', true)), await compile(platform, waterBox('shift', false))];
    a.advance(3);
    b.advance(3);
    assert.equal(Array.from(a.positions), Array.from(b.positions));
    const [x, y] = [a.observe(), b.observe()];
    const energy = x.terms[1].energy;
    assert.ok(Math.abs(x.potential - y.potential - energy) < 1e-9 * Math.abs(energy));
    // Of a shifted potential the tail is all energy/volume.
    const pressure = (energy / x.volume) * 16.6053906717;
    assert.ok(Math.abs((x.pressure - y.pressure) / pressure - 1) < 1e-9, `${x.pressure - y.pressure}, ${pressure}`);
  });
}

/** Two types of particles. */
const structure = particles(30, { typeNames: ['A', 'B'], type: Int32Array.from({ length: 30 }, (_, i) => (i < 10 ? 0 : 1)) });
const mixture = (modifier: CutoffModifier): NonbondedForce => ({
  kind: 'nonbonded',
  cutoff: 2.5,
  pair: {
    term: 'lennard-jones',
    parameters: Float64Array.of(1, 1, 1.1, 0.9, 1.1, 0.9, 1.3, 0.7),
    width: 2,
    modifier,
    switchDistance: 2.1,
    dispersionCorrection: true,
  },
  coulomb: null,
  exclusions: new Int32Array(0),
});

/** Full potential less the one computed, at r, and by the definitions of modifiers.ts. */
function missing(r: number, sigma: number, epsilon: number, modifier: CutoffModifier): number {
  const full = (x: number) => 4 * epsilon * ((sigma / x) ** 12 - (sigma / x) ** 6);
  const slope = (x: number) => (4 * epsilon * (-12 * (sigma / x) ** 12 + 6 * (sigma / x) ** 6)) / x;
  const rc = 2.5;
  if (r >= rc) return full(r);
  switch (modifier) {
    case 'none':
      return 0;
    case 'shift':
      return full(rc);
    case 'force-shift':
      return full(rc) + (r - rc) * slope(rc);
    case 'switch': {
      const x = Math.max(0, (r - 2.1) / 0.4);
      return full(r) * x ** 3 * (10 - 15 * x + 6 * x * x);
    }
    case 'force-switch': {
      // What the force lacks, integrated from the cut-off inwards: (F_s - F) is the cubic that takes F and dF/dr to 0.
      const d = 0.4;
      const h = 1e-4;
      const force = -slope(rc);
      const derivative = (slope(rc - h) - slope(rc + h)) / (2 * h);
      const a = (derivative * d - 3 * force) / d ** 2;
      const b = (2 * force - derivative * d) / d ** 3;
      const gained = (x: number) => (a * x ** 3) / 3 + (b * x ** 4) / 4;
      return full(rc) - gained(d) + gained(Math.max(0, r - 2.1));
    }
  }
}

/** The integral of f from a to b by the midpoint rule. */
function integral(f: (x: number) => number, a: number, b: number): number {
  const parts = 20000;
  const h = (b - a) / parts;
  let sum = 0;
  for (let k = 0; k < parts; k++) sum += f(a + (k + 0.5) * h);
  return sum * h;
}

for (const modifier of modifiers) {
  test(`the correction of a mixture with the modifier ${modifier} is the mean over type pairs of what is missing`, () => {
    const kernel = dispersionCorrection(mixture(modifier), structure);
    const virial = new Float64Array(9);
    const box = orthorhombic(6, 7, 8);
    const energy = kernel.compute(new Float64Array(0), box, new Float64Array(0), virial);
    const volume = 6 * 7 * 8;
    let [sum, derivative] = [0, 0];
    for (const [count, sigma, epsilon] of [
      [55, 1, 1],
      [200, 1.1, 0.9],
      [210, 1.3, 0.7],
    ]) {
      const d = (r: number) => missing(r, sigma, epsilon, modifier);
      const parts = [integral((r) => r * r * d(r), 0.001, 2.1), integral((r) => r * r * d(r), 2.1, 2.5)];
      // Beyond the cut-off in u = 1/r.
      parts.push(integral((u) => d(1 / u) / u ** 4, 1e-9, 1 / 2.5));
      sum += count * parts.reduce((a, b) => a + b);
      // Of the pressure -(1/3) int r^3 dD/dr, the part of the jump of D at the cut-off; the rest is the energy, by parts.
      derivative += count * (modifier === 'none' ? (2.5 ** 3 * d(2.5)) / 3 : 0);
    }
    const factor = (2 * Math.PI * 900) / volume / 465;
    assert.ok(Math.abs(energy / (factor * sum) - 1) < 1e-6, `${energy}, quadrature ${factor * sum}`);
    for (const k of [0, 4, 8]) assert.ok(Math.abs(virial[k] / (factor * (sum + derivative)) - 1) < 1e-6, `virial ${virial[k]}`);
  });

  test(`the pressure of the correction with the modifier ${modifier} is its derivative with the volume`, () => {
    if (modifier === 'none') return; // truncation adds what pairs do as they cross the cut-off, tested above
    const kernel = dispersionCorrection(mixture(modifier), structure);
    const at = (edge: number) => {
      const virial = new Float64Array(9);
      const energy = kernel.compute(new Float64Array(0), orthorhombic(edge, 7, 8), new Float64Array(0), virial);
      return { energy, pressure: (virial[0] + virial[4] + virial[8]) / (3 * edge * 56) };
    };
    const slope = -(at(6.0001).energy - at(5.9999).energy) / (0.0002 * 56);
    assert.ok(Math.abs(at(6).pressure / slope - 1) < 1e-8);
  });
}

test('an open box has nothing to correct', async () => {
  const open = system(
    structure,
    Float64Array.from({ length: 90 }, (_, k) => k),
    openBox,
    [mixture('none')],
  );
  for (const platform of platforms) assert.is((await compile(platform, open)).observe().terms.length, 1);
});

test.run();
