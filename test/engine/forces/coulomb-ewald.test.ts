/** Ewald summation against Madelung constants, and against OpenMM for charges at random. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NonbondedForce } from '../../../engine/forces/description.ts';
import { type Box, orthorhombic } from '../../../engine/system/box.ts';
import { fixture, readJson } from '../../support/fixtures.ts';
import { compile, particles, platforms, system } from '../../support/systems.ts';

const ewald = (cutoff: number, tolerance: number, exclusions = new Int32Array(0)): NonbondedForce => ({
  kind: 'nonbonded',
  cutoff,
  pair: null,
  coulomb: { method: 'ewald', tolerance },
  exclusions,
});

interface Crystal {
  readonly name: string;
  /** Energy of an ion pair at unit nearest distance; Madelung constants after Borwein, Borwein & Taylor, J. Math. Phys. 26, 2999 (1985). */
  readonly madelung: number;
  readonly box: Box;
  readonly cutoff: number;
  readonly plus: readonly (readonly number[])[];
  readonly minus: readonly (readonly number[])[];
}

const root2 = Math.SQRT2;
const crystals: Crystal[] = [
  {
    name: 'NaCl',
    madelung: 1.7475645946,
    box: orthorhombic(2, 2, 2),
    cutoff: 1,
    plus: [
      [0, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
    ],
    minus: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
    ],
  },
  {
    name: 'NaCl in its primitive triclinic cell',
    madelung: 1.7475645946,
    // Edges of root 2 at 60 degrees; the other ion in the middle of the cell.
    box: { vectors: Float64Array.of(root2, 0, 0, root2 / 2, Math.sqrt(1.5), 0, root2 / 2, Math.sqrt(1.5) / 3, 2 / Math.sqrt(3)) },
    cutoff: 0.577,
    plus: [[0, 0, 0]],
    minus: [[root2, (2 / 3) * Math.sqrt(1.5), 1 / Math.sqrt(3)]],
  },
  {
    name: 'CsCl',
    madelung: 1.7626747731,
    box: orthorhombic(2 / Math.sqrt(3), 2 / Math.sqrt(3), 2 / Math.sqrt(3)),
    cutoff: 0.577,
    plus: [[0, 0, 0]],
    minus: [[1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)]],
  },
];

interface OpenmmEwald {
  readonly box: readonly [number, number, number];
  readonly cutoff: number;
  readonly tolerance: number;
  readonly exclusionsAcrossTheBox: number;
  readonly exclusions: readonly number[];
  readonly charges: readonly number[];
  readonly positions: readonly number[];
  readonly energy: number;
  readonly forces: readonly number[];
}
const openmm = readJson<OpenmmEwald>(fixture('ewald-openmm', 'reference.json'));

/** The random charges of the fixture, in `md` units. */
function randomCharges(box: Box, positions: ArrayLike<number>, force: NonbondedForce) {
  const structure = particles(openmm.charges.length, { units: 'md', charge: Float64Array.from(openmm.charges) });
  return system(structure, Float64Array.from(positions), box, [force]);
}
const relative = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let difference = 0;
  let size = 0;
  for (let k = 0; k < a.length; k++) {
    difference += (a[k] - b[k]) ** 2;
    size += b[k] ** 2;
  }
  return Math.sqrt(difference / size);
};

for (const platform of platforms) {
  /** Pairs in single precision, summed in double. */
  const single = platform === 'wasm';

  for (const { name, madelung, box, cutoff, plus, minus } of crystals) {
    test(`${platform}: the lattice energy of ${name} is its Madelung constant`, async () => {
      const charge = Float64Array.from([...plus.map(() => 1), ...minus.map(() => -1)]);
      const positions = Float64Array.from([...plus, ...minus].flat());
      const context = await compile(
        platform,
        system(particles(charge.length, { charge }), positions, box, [ewald(cutoff, 1e-12)]),
      );
      const found = -context.observe().potential / plus.length;
      assert.ok(Math.abs(found - madelung) < 2e-10, `${found} is not ${madelung}`);
      // A lattice that only scales: E goes as 1/L, so the virial is E itself.
      const { pressure, volume, potential } = context.observe();
      assert.ok(Math.abs(3 * pressure * volume - potential) < 1e-8, `virial ${3 * pressure * volume}, energy ${potential}`);
      assert.ok(
        context.forces.every((f) => Math.abs(f) < 1e-9),
        'an ion on its site feels a force',
      );
    });
  }

  test(`${platform}: Ewald energy and forces of random charges agree with OpenMM`, async () => {
    const force = ewald(openmm.cutoff, openmm.tolerance, Int32Array.from(openmm.exclusions));
    const context = await compile(platform, randomCharges(orthorhombic(...openmm.box), openmm.positions, force));
    assert.ok(openmm.exclusionsAcrossTheBox > 1);
    const { potential } = context.observe();
    // Both sums are converged to a tolerance of 1e-10.
    assert.ok(Math.abs(potential / openmm.energy - 1) < (single ? 1e-7 : 1e-10), `${potential}, OpenMM ${openmm.energy}`);
    const error = relative(context.forces, openmm.forces);
    assert.ok(error < (single ? 1e-6 : 1e-9), `relative force error ${error}`);
  });

  test(`${platform}: the error of Ewald forces stays near the tolerance asked for, in upright and in sheared cells`, async () => {
    const [ax, by, cz] = openmm.box;
    const sheared: Box = { vectors: Float64Array.of(ax, 0, 0, ax, by, 0, -ax, 0, cz) };
    for (const [box, cutoff] of [
      [orthorhombic(ax, by, cz), 0.95],
      [sheared, 0.6],
    ] as const)
      for (const tolerance of [1e-3, 1e-5, 1e-7]) {
        const exact = await compile(platform, randomCharges(orthorhombic(ax, by, cz), openmm.positions, ewald(0.95, 1e-11)));
        const context = await compile(platform, randomCharges(box, openmm.positions, ewald(cutoff, tolerance)));
        const error = relative(context.forces, exact.forces);
        assert.ok(error < Math.max(tolerance, single ? 3e-7 : 0), `tolerance ${tolerance}, cell ${box.vectors}: error ${error}`);
      }
  });

  test(`${platform}: moving an excluded charge by a box vector changes nothing`, async () => {
    const box = orthorhombic(...openmm.box);
    const force = ewald(openmm.cutoff, 1e-8, Int32Array.from(openmm.exclusions));
    const moved = Float64Array.from(openmm.positions);
    moved[0] += openmm.box[0];
    moved[4] -= 2 * openmm.box[1];
    const [a, b] = [
      await compile(platform, randomCharges(box, openmm.positions, force)),
      await compile(platform, randomCharges(box, moved, force)),
    ];
    assert.ok(Math.abs(a.observe().potential - b.observe().potential) < 1e-8);
    assert.ok(relative(b.forces, a.forces) < 1e-10);
    assert.ok(Math.abs(a.observe().pressure - b.observe().pressure) < 1e-6 * Math.abs(a.observe().pressure));
  });
}

test.run();
