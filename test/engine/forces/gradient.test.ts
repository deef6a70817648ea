/** Every term on every platform: the force is minus the gradient of the energy, and the virial is the volume derivative. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BondedForce, CutoffModifier, ForceDescription, NonbondedForce } from '../../../engine/forces/description.ts';
import { type Box, openBox, orthorhombic } from '../../../engine/system/box.ts';
import { compile, nve, particles, platforms, randomPositions, registry, system } from '../../support/systems.ts';

const noExclusions = new Int32Array(0);
const triclinic: Box = { vectors: Float64Array.of(4.1, 0, 0, 0.9, 3.8, 0, -0.7, 1.1, 3.9) };

function bonded(term: string, atoms: number[], parameters: number[], extra: Partial<BondedForce> = {}): BondedForce {
  return { kind: 'bonded', term, atoms: Int32Array.from(atoms), parameters: Float64Array.from(parameters), ...extra };
}

function nonbonded(changes: Partial<NonbondedForce>): NonbondedForce {
  return { kind: 'nonbonded', cutoff: 1.8, pair: null, coulomb: null, exclusions: noExclusions, ...changes };
}

const lennardJones = (modifier: CutoffModifier) =>
  nonbonded({ pair: { term: 'lennard-jones', parameters: Float64Array.of(0.9, 1.3), width: 2, modifier, switchDistance: 1.3 } });

const cases: { name: string; force: ForceDescription; box: Box }[] = [
  { name: 'harmonic-bond', force: bonded('harmonic-bond', [0, 1, 2, 3], [1.1, 40, 0.8, 25]), box: openBox },
  {
    name: 'harmonic-bond across a triclinic box',
    force: bonded('harmonic-bond', [0, 5, 2, 7], [1.1, 40, 0.8, 25]),
    box: triclinic,
  },
  { name: 'fene-bond', force: bonded('fene-bond', [0, 1], [30, 9]), box: openBox },
  {
    name: 'expression-bond',
    force: bonded('expression-bond', [0, 1], [1.1, 3], {
      expression: { energy: 'D * (1 - exp(-1.7 * (r - r0)))^2', names: ['r0', 'D'] },
    }),
    box: openBox,
  },
  { name: 'harmonic-angle', force: bonded('harmonic-angle', [0, 1, 2, 3, 4, 5], [1.9, 50, 2, 30]), box: triclinic },
  { name: 'cosine-angle', force: bonded('cosine-angle', [0, 1, 2], [7]), box: triclinic },
  { name: 'cosine-squared-angle', force: bonded('cosine-squared-angle', [0, 1, 2], [1.9, 50]), box: triclinic },
  {
    name: 'periodic-torsion',
    force: bonded('periodic-torsion', [0, 1, 2, 3, 3, 5, 4, 6], [3, 0.4, 5, 2, 3.1, 4]),
    box: triclinic,
  },
  {
    name: 'cmap-torsion',
    force: {
      kind: 'custom',
      term: 'cmap-torsion',
      data: {
        atoms: Int32Array.of(0, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 9),
        map: Int32Array.of(0, 0),
        maps: [{ size: 5, energy: Float64Array.from({ length: 25 }, (_, k) => 7 * Math.sin(k * k)) }],
      },
    },
    box: triclinic,
  },
  {
    name: 'harmonic-torsion',
    force: bonded('harmonic-torsion', [0, 1, 2, 3, 3, 5, 4, 6], [0.4, 5, -3.1, 4]),
    box: triclinic,
  },
  { name: 'rb-torsion', force: bonded('rb-torsion', [0, 1, 2, 3], [9.28, 12.16, -13.12, -3.06, 26.24, -31.5]), box: triclinic },
  { name: 'lennard-jones, shift', force: lennardJones('shift'), box: triclinic },
  { name: 'lennard-jones, force-shift', force: lennardJones('force-shift'), box: orthorhombic(4, 3.7, 5) },
  { name: 'lennard-jones, switch', force: lennardJones('switch'), box: triclinic },
  { name: 'lennard-jones, force-switch', force: lennardJones('force-switch'), box: triclinic },
  { name: 'lennard-jones without cut-off', force: { ...lennardJones('none'), cutoff: Number.POSITIVE_INFINITY }, box: openBox },
  {
    name: 'wca',
    force: nonbonded({ pair: { term: 'wca', parameters: Float64Array.of(1, 1), width: 2, modifier: 'none' } }),
    box: triclinic,
  },
  { name: 'coulomb cutoff', force: nonbonded({ cutoff: Number.POSITIVE_INFINITY, coulomb: { method: 'cutoff' } }), box: openBox },
  { name: 'reaction field', force: nonbonded({ coulomb: { method: 'reaction-field', dielectric: 78.3 } }), box: triclinic },
  {
    name: 'pme with exclusions',
    force: nonbonded({
      coulomb: { method: 'pme', splitting: 1.5, grid: [18, 20, 21], order: 6 },
      exclusions: Int32Array.of(0, 1, 2, 3),
    }),
    box: triclinic,
  },
  {
    name: 'ewald with exclusions',
    force: nonbonded({ coulomb: { method: 'ewald', tolerance: 1e-6 }, exclusions: Int32Array.of(0, 1, 2, 3) }),
    box: triclinic,
  },
  {
    name: 'listed pairs',
    force: { kind: 'pair-list', atoms: Int32Array.of(0, 3, 1, 4), parameters: Float64Array.of(0.9, 1.2, 0.3, 0.8, 0.5, -0.2) },
    box: triclinic,
  },
];

/** Positions no closer than 0.75 so that the stiff potentials stay in range of finite differences. */
function scattered(n: number, box: Box): Float64Array {
  for (let seed = 0; ; seed++) {
    const x = randomPositions(n, 2.6, `gradient-${seed}`);
    let closest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++)
        closest = Math.min(closest, Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]));
    if (closest > 0.75) return box.vectors ? x.map((v, k) => v + (k % 7 === 0 ? box.vectors![0] : 0) * Number(k % 3 === 0)) : x;
  }
}

async function energyAt(
  platform: string,
  force: ForceDescription,
  x: Float64Array,
  box: Box,
  charges: Float64Array,
): Promise<number> {
  const context = await compile(platform, system(particles(x.length / 3, { charge: charges }), x, box, [force]));
  return context.observe().potential;
}

/**
 * Pair energies of the wasm platform in mixed precision are sums in f32: positions are rounded by 1e-7 or so, which over the steps
 * below (1e-3, 1e-4) is 1e-4 and 1e-3 of the derivative. Its forces themselves are held against f64 in platforms/wasm.test.ts.
 */
const tolerances = (platform: string) => (platform === 'wasm' ? { force: 5e-4, virial: 5e-3 } : { force: 1e-7, virial: 1e-6 });

/** Coordinate a grows with b: the strains that leave the vectors of a box lower-triangular. */
const strains = [
  [0, 0],
  [1, 1],
  [2, 2],
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

for (const platform of platforms) {
  for (const { name, force, box } of cases) {
    test(`${platform}: the force of ${name} is minus its gradient`, async () => {
      const n = 10;
      const x = scattered(n, box);
      const charges = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 0.7 : -0.5));
      const context = await compile(platform, system(particles(n, { charge: charges }), x, box, [force]));
      const forces = context.forces.slice();
      const scale = Math.sqrt(forces.reduce((sum, f) => sum + f * f, 0) / forces.length);
      assert.ok(scale > 1e-3, 'the case exerts no force: it tests nothing');
      // Fourth-order central differences with h 1e-3: truncation and rounding errors both near 1e-9 of these forces.
      const h = 1e-3;
      for (let k = 0; k < 3 * n; k += 4) {
        const at = (offset: number) => {
          const moved = x.slice();
          moved[k] += offset;
          return energyAt(platform, force, moved, box, charges);
        };
        const gradient = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
        const error = Math.abs(gradient + forces[k]) / scale;
        assert.ok(
          error < tolerances(platform).force,
          `component ${k}: force ${forces[k]}, minus gradient ${-gradient}, relative error ${error}`,
        );
      }
    });

    test(`${platform}: the virial of ${name} is minus the derivative of the energy by strains`, async () => {
      if (!box.vectors) return;
      const n = 10;
      const x = scattered(n, box);
      const charges = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 0.7 : -0.5));
      const observed = (await compile(platform, system(particles(n, { charge: charges }), x, box, [force]))).observe();
      const virial = observed.pressureTensor.map((p) => p * observed.volume); // at rest
      const scale = Math.max(1, ...virial.map(Math.abs));
      for (const [a, b] of strains) {
        const strained = (vectors: Float64Array, e: number) =>
          vectors.map((v, k) => v + (k % 3 === a ? e * vectors[k - a + b] : 0));
        const at = (e: number) => energyAt(platform, force, strained(x, e), { vectors: strained(box.vectors!, e) }, charges);
        const h = 1e-4;
        const derivative = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
        for (const component of [3 * a + b, 3 * b + a])
          assert.ok(
            Math.abs(virial[component] + derivative) < tolerances(platform).virial * scale,
            `virial ${'xyz'[a]}${'xyz'[b]} ${virial[component]}, strain ${-derivative}`,
          );
      }
    });
  }
}

test('every registered term is among the cases', () => {
  const all = registry();
  const covered = new Set(
    cases.flatMap((c) =>
      c.force.kind === 'bonded'
        ? [c.force.term]
        : c.force.kind === 'nonbonded'
          ? [c.force.pair?.term, c.force.coulomb?.method]
          : [],
    ),
  );
  const tabulatedOrExpression = /^(expression|tabulated)-/; // differentiated and tested where they are made
  for (const kind of ['bonded', 'pair', 'coulomb'] as const)
    for (const name of all.names(kind))
      assert.ok(covered.has(name) || tabulatedOrExpression.test(name), `${kind} "${name}" has no gradient test`);
});

test('a broken FENE bond names its particles', async () => {
  const x = Float64Array.of(0, 0, 0, 2, 0, 0);
  const context = await compile('reference', system(particles(2), x, openBox, [bonded('fene-bond', [0, 1], [30, 1.5])]), nve);
  assert.throws(() => context.observe(), /fene-bond between particles 0 \(A\), 1 \(A\) is undefined at distance 2/);
});

test.run();
