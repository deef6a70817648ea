/** Particle-mesh Ewald against plain Ewald summation, against OpenMM on the same mesh, and against itself: gradients, virial, lattices. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import type { CoulombDescription, NonbondedForce } from '../../../engine/forces/description.ts';
import { pmeMesh } from '../../../engine/forces/pme-mesh.ts';
import type { Observables } from '../../../engine/platforms/platform.ts';
import { type Box, openBox, orthorhombic } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile, particles, platforms, system } from '../../support/systems.ts';

interface OpenmmWater {
  readonly edge: number;
  readonly cutoff: number;
  readonly splitting: number;
  readonly grid: readonly [number, number, number];
  readonly positions: readonly number[];
  readonly coulomb: number;
  readonly forces: readonly number[];
}
const water = readJson<OpenmmWater>(fixture('pme-openmm', 'reference.json'));

const nonbonded = (cutoff: number, coulomb: CoulombDescription, exclusions: readonly number[] = []): NonbondedForce => ({
  kind: 'nonbonded',
  cutoff,
  pair: null,
  coulomb,
  exclusions: Int32Array.from(exclusions),
});

/** TIP3P charges on the water molecules of the fixture, with their bonds excluded. */
function waterBox(coulomb: CoulombDescription) {
  const n = water.positions.length / 3;
  const charge = Float64Array.from({ length: n }, (_, k) => (k % 3 === 0 ? -0.834 : 0.417));
  const exclusions: number[] = [];
  for (let k = 0; k < n; k += 3) exclusions.push(k, k + 1, k, k + 2, k + 1, k + 2);
  const box = orthorhombic(water.edge, water.edge, water.edge);
  return system(particles(n, { units: 'md', charge }), Float64Array.from(water.positions), box, [
    nonbonded(water.cutoff, coulomb, exclusions),
  ]);
}

const upright = orthorhombic(2.2, 2.4, 2.6);
const sheared: Box = { vectors: Float64Array.of(2.6, 0, 0, 1.1, 2.5, 0, -0.9, 0.7, 2.4) };

/** 40 charges at random, the first two excluded; `net` is their sum. */
function randomCharges(
  box: Box,
  coulomb: CoulombDescription,
  net = 0,
  move?: (positions: Float64Array) => void,
  exclusions: readonly number[] = [0, 1],
) {
  const random = seedrandom('pme');
  const n = 40;
  const charge = Float64Array.from({ length: n }, () => 2 * random() - 1);
  const excess = (charge.reduce((sum, q) => sum + q, 0) - net) / n;
  for (let i = 0; i < n; i++) charge[i] -= excess;
  const v = box.vectors ?? new Float64Array(9);
  const positions = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [random(), 2 * random() - 0.5, random()];
    for (let d = 0; d < 3; d++) positions[3 * i + d] = a * v[d] + b * v[3 + d] + c * v[6 + d];
  }
  for (let d = 0; d < 3; d++) positions[3 + d] = positions[d] + [0.1, -0.05, 0.08][d];
  move?.(positions);
  return system(particles(n, { units: 'md', charge }), positions, box, [nonbonded(1.05, coulomb, exclusions)]);
}

const relative = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let [difference, size] = [0, 0];
  for (let k = 0; k < a.length; k++) {
    difference += (a[k] - b[k]) ** 2;
    size += b[k] ** 2;
  }
  return Math.sqrt(difference / size);
};

const tight: CoulombDescription = { method: 'pme', splitting: 3.7, grid: [64, 70, 64], order: 6 };

/** What plain Ewald summation finds for a system, once for all platforms. */
const plain = new Map<string, Promise<{ forces: Float64Array; observables: Observables }>>();
function exactly(name: string, of: System) {
  const found = plain.get(name) ?? compile('reference', of).then((c) => ({ forces: c.forces.slice(), observables: c.observe() }));
  plain.set(name, found);
  return found;
}

for (const platform of platforms) {
  /** Pairs and mesh in single precision. */
  const single = platform === 'wasm';

  test(`${platform}: PME of water agrees with OpenMM on the same mesh`, async () => {
    const { splitting, grid } = water;
    const context = await compile(platform, waterBox({ method: 'pme', splitting, grid, order: 5 }));
    const { potential } = context.observe();
    assert.ok(Math.abs(potential / water.coulomb - 1) < (single ? 1e-6 : 1e-11), `${potential}, OpenMM ${water.coulomb}`);
    const error = relative(context.forces, water.forces);
    assert.ok(error < (single ? 3e-6 : 5e-9), `relative force error ${error}`);
  });

  test(`${platform}: PME forces of water err by the tolerance asked for`, async () => {
    const exact = await exactly('water', waterBox({ method: 'ewald', tolerance: 1e-7 }));
    for (const tolerance of [5e-3, 5e-4, 3e-5]) {
      const context = await compile(platform, waterBox({ method: 'pme', tolerance }));
      const error = relative(context.forces, exact.forces);
      // The rule for the splitting leaves to the pairs cut off 1.5 to 1.8 of the tolerance in water; the mesh must add little.
      assert.ok(error < 2 * tolerance, `tolerance ${tolerance}: error ${error}`);
    }
  });

  for (const [name, box, net] of [
    ['in an upright cell', upright, 0],
    ['in a sheared cell', sheared, 0],
    ['with a net charge', sheared, 3],
  ] as const) {
    test(`${platform}: tight PME of random charges ${name} is plain Ewald summation`, async () => {
      const exact = await exactly(name, randomCharges(box, { method: 'ewald', tolerance: 1e-10 }, net));
      const context = await compile(platform, randomCharges(box, tight, net));
      const error = relative(context.forces, exact.forces);
      assert.ok(error < 2e-6, `relative force error ${error}`);
      const [a, b] = [context.observe(), exact.observables];
      assert.ok(Math.abs(a.potential / b.potential - 1) < 2e-6, `${a.potential}, plain ${b.potential}`);
      const scale = Math.max(...b.pressureTensor.map(Math.abs));
      a.pressureTensor.forEach((p, k) => {
        assert.ok(Math.abs(p - b.pressureTensor[k]) < 2e-6 * scale, `tensor ${k}: ${p}, plain ${b.pressureTensor[k]}`);
      });
    });
  }

  test(`${platform}: PME forces are the negative gradient of its energy, on any mesh`, async () => {
    const coarse: CoulombDescription = { method: 'pme', splitting: 3.5, grid: [15, 18, 16], order: 4 };
    for (const order of [4, 5, 6]) {
      const forces = (await compile(platform, randomCharges(sheared, { ...coarse, order }, 1))).forces.slice();
      const h = single ? 3e-3 : 1e-5;
      for (const k of [0, 4, 20, 119]) {
        const energies = await Promise.all(
          [h, -h].map(async (step) => {
            const moved = randomCharges(sheared, { ...coarse, order }, 1, (x) => {
              x[k] += step;
            });
            return (await compile(platform, moved)).observe().potential;
          }),
        );
        const slope = -(energies[0] - energies[1]) / (2 * h);
        const scale = Math.abs(slope) + 100;
        assert.ok(Math.abs(slope - forces[k]) < (single ? 3e-3 : 2e-7) * scale, `order ${order}: ${slope}, force ${forces[k]}`);
      }
    }
  });

  test(`${platform}: the PME virial is the derivative of the energy with the volume`, async () => {
    const coulomb: CoulombDescription = { method: 'pme', splitting: 4, grid: [20, 21, 24], order: 5 };
    const scaled = async (s: number) => {
      const box = { vectors: sheared.vectors?.map((x) => x * s) ?? null };
      return (
        await compile(
          platform,
          randomCharges(box, coulomb, 2, (x) => rescaleBond(x, s)),
        )
      ).observe();
    };
    // The excluded bond keeps its direction and scales with the rest, so that every coordinate scales.
    const rescaleBond = (x: Float64Array, s: number) => {
      for (let d = 0; d < 3; d++) x[3 + d] = x[d] + (x[3 + d] - x[d]) * s;
    };
    const h = single ? 1e-3 : 1e-5;
    const [plus, minus, here] = [await scaled(1 + h), await scaled(1 - h), await scaled(1)];
    const slope = -(plus.potential - minus.potential) / (plus.volume - minus.volume);
    const pressure = here.pressure / 16.6053906717;
    assert.ok(Math.abs(pressure - slope) < (single ? 2e-3 : 3e-7) * Math.abs(slope), `${pressure}, derivative ${slope}`);
  });

  test(`${platform}: PME forces sum to nearly nothing`, async () => {
    const context = await compile(platform, randomCharges(upright, tight));
    const sum = [0, 0, 0];
    let size = 0;
    context.forces.forEach((f, k) => {
      sum[k % 3] += f;
      size += f * f;
    });
    // The mesh is fixed in space: momentum is kept only as far as the mesh is fine.
    assert.ok(Math.hypot(...sum) < 1e-5 * Math.sqrt(size), `${sum} of ${Math.sqrt(size)}`);
  });

  test(`${platform}: the lattice energy of NaCl by PME is its Madelung constant`, async () => {
    const positions: number[] = [];
    const charge: number[] = [];
    for (let x = 0; x < 4; x++)
      for (let y = 0; y < 4; y++)
        for (let z = 0; z < 4; z++) {
          positions.push(x, y, z);
          charge.push((x + y + z) % 2 === 0 ? 1 : -1);
        }
    const coulomb: CoulombDescription = { method: 'pme', tolerance: 1e-6, order: 6 };
    const lattice = system(
      particles(64, { charge: Float64Array.from(charge) }),
      Float64Array.from(positions),
      orthorhombic(4, 4, 4),
      [nonbonded(1.99, coulomb)],
    );
    const context = await compile(platform, lattice);
    const found = -context.observe().potential / 32;
    assert.ok(Math.abs(found - 1.7475645946) < 1e-6, `${found} is not the Madelung constant`);
    assert.ok(
      context.forces.every((f) => Math.abs(f) < 2e-6),
      'an ion on its site feels a force',
    );
  });

  test(`${platform}: charges excluded at any distance have nothing of each other left`, async () => {
    const coulomb: CoulombDescription = { method: 'pme', splitting: 6, grid: [20, 21, 24], order: 4 };
    // Near and far ones, side by side in the list, and an odd number of them.
    const exclusions = [0, 1, 2, 9, 3, 17, 4, 30, 5, 21, 6, 7, 8, 39];
    const of = () => randomCharges(sheared, coulomb, 0, undefined, exclusions);
    const [context, reference] = [await compile(platform, of()), await compile('reference', of())];
    const error = relative(context.forces, reference.forces);
    assert.ok(error < (single ? 2e-6 : 1e-9), `relative force error ${error}`);
    for (const [k, term] of context.observe().terms.entries()) {
      const { label, energy } = reference.observe().terms[k];
      assert.is(term.label, label);
      assert.ok(
        Math.abs(term.energy - energy) < (single ? 2e-6 : 1e-10) * Math.abs(energy),
        `${label}: ${term.energy}, ${energy}`,
      );
    }
  });

  test(`${platform}: moving charges by box vectors leaves the energy as it is`, async () => {
    const moved = randomCharges(sheared, tight, 0, (x) => {
      const v = sheared.vectors ?? [];
      for (let d = 0; d < 3; d++) x[d] += 2 * v[6 + d] - v[3 + d];
    });
    const [a, b] = [await compile(platform, randomCharges(sheared, tight)), await compile(platform, moved)];
    assert.ok(Math.abs(a.observe().potential / b.observe().potential - 1) < (single ? 1e-6 : 1e-12));
  });
}

test('splitting and mesh follow from the tolerance as in OpenMM', () => {
  const mesh = pmeMesh({ method: 'pme', tolerance: 5e-4 }, 0.9, orthorhombic(6.12, 3, 3));
  assert.ok(Math.abs(mesh.splitting - Math.sqrt(-Math.log(1e-3)) / 0.9) < 1e-14);
  assert.equal(mesh.grid, [56, 27, 27]);
  assert.is(mesh.order, 4);
  assert.equal(pmeMesh({ method: 'pme', spacing: 0.12 }, 0.9, orthorhombic(6.12, 3, 3.1)).grid, [54, 25, 27]);
});

test('a mesh that cannot be is refused, with what would do', () => {
  const box = orthorhombic(3, 3, 3);
  const refused = (description: Omit<CoulombDescription, 'method'>, of: Box, pattern: RegExp) =>
    assert.throws(
      () => pmeMesh({ method: 'pme', ...description }, 0.9, of),
      (error: Error) => error instanceof InputError && pattern.test(error.message),
    );
  refused({ grid: [22, 24, 24] }, box, /22 is not a product of 2, 3, 5 and 7; the next that is: 24/);
  refused({ grid: [4, 24, 24], order: 5 }, box, /4 points are fewer than the 5/);
  refused({ grid: [24, 24, 24], spacing: 0.1 }, box, /give one/);
  refused({ order: 7 }, box, /allowed: 4, 5, 6/);
  refused({}, openBox, /periodic/);
});

test.run();
