/** The wasm platform against the reference on random systems, its lists, its reproducibility, and what it says of itself. */
import { createHash } from 'node:crypto';
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import type { CutoffModifier, ForceDescription, NonbondedForce, Table } from '../../../engine/forces/description.ts';
import type { Context } from '../../../engine/platforms/platform.ts';
import { type Box, openBox, orthorhombic } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { tabulatedTerms } from '../../../plugins/potentials/hermite-table.ts';
import { compile, ljMelt, nve, particles, registry, system } from '../../support/systems.ts';

const triclinic: Box = { vectors: Float64Array.of(6.1, 0, 0, 1.9, 5.8, 0, -1.7, 2.1, 5.9) };
const boxes: readonly (readonly [string, Box])[] = [
  ['an open box', openBox],
  ['a box barely twice the cut-off', orthorhombic(5.01, 5.3, 9)],
  ['a triclinic box', triclinic],
];

/** n particles at least `apart` from each other in a cube, then moved by whole box vectors at random. */
function scattered(n: number, edge: number, apart: number, box: Box, seed: string): Float64Array {
  const random = seedrandom(seed);
  const x: number[] = [];
  while (x.length < 3 * n) {
    const p = [edge * random(), edge * random(), edge * random()];
    let free = true;
    for (let j = 0; j < x.length && free; j += 3) free = Math.hypot(p[0] - x[j], p[1] - x[j + 1], p[2] - x[j + 2]) > apart;
    if (free) x.push(...p);
  }
  const v = box.vectors;
  if (v) {
    for (let i = 0; i < n; i++) {
      const [a, b, c] = [0, 0, 0].map(() => Math.floor(5 * random()) - 2);
      for (let d = 0; d < 3; d++) x[3 * i + d] += a * v[d] + b * v[3 + d] + c * v[6 + d];
    }
  }
  return Float64Array.from(x);
}

/** Three types with charges of both signs, chains of five with all neighbours within three bonds excluded. */
function mixture(n: number, box: Box, force: Partial<NonbondedForce>, seed: string): System {
  const exclusions: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n && j <= i + 3; j++) if (Math.floor(i / 5) === Math.floor(j / 5)) exclusions.push(i, j);
  const structure = particles(n, {
    type: Int32Array.from({ length: n }, (_, i) => (i * 7) % 3),
    typeNames: ['A', 'B', 'C'],
    charge: Float64Array.from({ length: n }, (_, i) => [0.4, -0.7, 0.2, 0.1][i % 4]),
  });
  const nonbonded: ForceDescription = {
    kind: 'nonbonded',
    cutoff: 2.5,
    pair: null,
    coulomb: null,
    exclusions: Int32Array.from(exclusions),
    ...force,
  };
  return system(structure, scattered(n, 4.8, 0.62, box, seed), box, [nonbonded]);
}

const lennardJones = (modifier: CutoffModifier, term = 'lennard-jones') => {
  const sigma = [0.8, 0.9, 1];
  const epsilon = [1, 0.5, 1.4];
  const parameters: number[] = [];
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) parameters.push((sigma[a] + sigma[b]) / 2, Math.sqrt(epsilon[a] * epsilon[b]));
  return { term, parameters: Float64Array.from(parameters), width: 2, modifier, switchDistance: 1.9 };
};

function table(scale: number, spacing: number): Table {
  const nodes = Array.from({ length: Math.round(1.9 / spacing) + 1 }, (_, k) => 0.7 + k * spacing);
  const decay = (r: number) => scale * Math.exp(-2 * r);
  return {
    start: 0.7,
    spacing,
    values: Float64Array.from(nodes, decay),
    derivatives: Float64Array.from(nodes, (r) => -2 * decay(r)),
  };
}

const tabulated = {
  term: 'tabulated-pair',
  parameters: Float64Array.of(0, 1, 2, 1, 2, 0, 2, 0, 1),
  width: 1,
  modifier: 'none' as const,
  tables: [table(20, 0.02), table(-8, 0.05), table(40, 0.01)],
};

const potentials: readonly (readonly [string, Partial<NonbondedForce>])[] = [
  ...(['none', 'shift', 'force-shift', 'switch', 'force-switch'] as const).map(
    (m) => [`lennard-jones, ${m}`, { pair: lennardJones(m) }] as const,
  ),
  ['wca', { pair: lennardJones('none', 'wca') }],
  ['tables', { pair: tabulated }],
  ['charges with a cut-off', { coulomb: { method: 'cutoff' } }],
  ['lennard-jones and a reaction field', { pair: lennardJones('switch'), coulomb: { method: 'reaction-field', dielectric: 50 } }],
  ['tables and a reaction field', { pair: tabulated, coulomb: { method: 'reaction-field' } }],
  ['a force switch and a reaction field', { pair: lennardJones('force-switch'), coulomb: { method: 'reaction-field' } }],
  ['charges and a steep Ewald sum', { coulomb: { method: 'ewald', tolerance: 1e-7 } }],
  ['lennard-jones and Ewald', { pair: lennardJones('shift'), coulomb: { method: 'ewald', tolerance: 1e-4 } }],
];

/** Relative rms error of forces. */
function forceError(one: Float64Array, exact: Float64Array): number {
  let square = 0;
  let size = 0;
  for (let k = 0; k < exact.length; k++) {
    square += (one[k] - exact[k]) ** 2;
    size += exact[k] ** 2;
  }
  return Math.sqrt(square / size);
}

function compare(wasm: Context, reference: Context, tolerance: number, what: string): void {
  const error = forceError(wasm.forces, reference.forces);
  assert.ok(error < tolerance, `${what}: relative force error ${error}`);
  const [got, expected] = [wasm.observe(), reference.observe()];
  assert.equal(
    got.terms.map((t) => t.label),
    expected.terms.map((t) => t.label),
  );
  const scale = expected.terms.reduce((sum, t) => sum + Math.abs(t.energy), 1);
  got.terms.forEach((term, k) => {
    assert.ok(
      Math.abs(term.energy - expected.terms[k].energy) < 2 * tolerance * scale,
      `${what}: ${term.label} ${term.energy}, not ${expected.terms[k].energy}`,
    );
  });
  if (Number.isFinite(expected.volume)) {
    const virial = (o: typeof got) => o.pressureTensor.map((p) => o.volume * p);
    const [mine, its] = [virial(got), virial(expected)];
    mine.forEach((w, k) => {
      assert.ok(
        Math.abs(w - its[k]) < 7 * tolerance * scale,
        `${what}: virial ${'xyz'[Math.floor(k / 3)]}${'xyz'[k % 3]} ${w}, not ${its[k]}`,
      );
    });
  }
}

for (const [place, box] of boxes) {
  for (const [name, force] of potentials) {
    if (force.coulomb?.method === 'ewald' && !box.vectors) continue;
    test(`${name} in ${place} agrees with the reference`, async () => {
      for (const n of [2, 3, 5, 50, 190]) {
        const one = mixture(n, box, force, `${name}-${n}`);
        const reference = await compile('reference', one);
        if (reference.forces.every((f) => f === 0)) continue;
        compare(await compile('wasm', one), reference, 2e-5, `${n} particles, mixed`);
        // Ewald's erfc is interpolated to 1e-10 of the energy.
        compare(
          await compile('wasm double', one),
          reference,
          force.coulomb?.method === 'ewald' ? 1e-8 : 1e-12,
          `${n} particles, double`,
        );
      }
    });
  }
}

test('bonded terms agree with the reference to rounding', async () => {
  const n = 60;
  const x = scattered(n, 4.8, 0.62, triclinic, 'bonded');
  const chain = (arity: number) =>
    Int32Array.from({ length: arity * (n - arity) }, (_, k) => Math.floor(k / arity) + (k % arity));
  const many = (arity: number, ...parameters: number[]) =>
    Float64Array.from({ length: (n - arity) * parameters.length }, (_, k) => parameters[k % parameters.length]);
  const force = (term: string, arity: number, ...parameters: number[]): ForceDescription => ({
    kind: 'bonded',
    term,
    atoms: chain(arity),
    parameters: many(arity, ...parameters),
  });
  // Three terms about the same bond, one given from the other end: the kernel has one series for them.
  const torsions = chain(4);
  const several: ForceDescription = {
    kind: 'bonded',
    term: 'periodic-torsion',
    atoms: Int32Array.from([...torsions, ...torsions.toReversed(), ...torsions]),
    parameters: Float64Array.from(
      { length: (9 * torsions.length) / 4 },
      (_, k) => [1, 0.4, 3, -2, 0.7, 1.5, 0, 0.2, 1, 6, 2, 0.3][k % 12],
    ),
  };
  const one = system(particles(n), x, triclinic, [
    several,
    force('harmonic-bond', 2, 0.9, 30),
    force('fene-bond', 2, 3, 30),
    force('harmonic-angle', 3, 1.9, 20),
    force('cosine-angle', 3, 3),
    force('cosine-squared-angle', 3, 2, 5),
    force('periodic-torsion', 4, 3, 0.3, 2),
    force('rb-torsion', 4, 9.28, 12.16, -13.12, -3.06, 26.24, -31.5),
    { kind: 'pair-list', atoms: chain(2), parameters: many(2, 0.7, 0.4, 0.2) },
  ]);
  compare(await compile('wasm', one), await compile('reference', one), 1e-12, 'all terms');
});

test('tabulated bonded terms agree with the plugin that registers them, beyond their ends too', async () => {
  const all = registry();
  for (const term of tabulatedTerms) all.add('bonded', term);
  const n = 40;
  const wave = (start: number, end: number): Table => {
    const spacing = (end - start) / 20;
    const nodes = Array.from({ length: 21 }, (_, k) => start + k * spacing);
    return {
      start,
      spacing,
      values: Float64Array.from(nodes, (x) => Math.sin(2 * x)),
      derivatives: Float64Array.from(nodes, (x) => 2 * Math.cos(2 * x)),
    };
  };
  const force = (term: string, arity: number, ...tables: Table[]): ForceDescription => ({
    kind: 'bonded',
    term,
    atoms: Int32Array.from({ length: arity * (n - arity) }, (_, k) => Math.floor(k / arity) + (k % arity)),
    parameters: Float64Array.from({ length: n - arity }, (_, k) => k % tables.length),
    tables,
  });
  const one = system(particles(n), scattered(n, 4.8, 0.62, triclinic, 'tables'), triclinic, [
    force('tabulated-bond', 2, wave(1.5, 2.5), wave(0.5, 4)),
    force('tabulated-angle', 3, wave(1, 2)),
    force('tabulated-dihedral', 4, wave(-Math.PI, Math.PI)),
  ]);
  const on = (platform: string) => all.get('platform', platform).compile(one, nve, all);
  compare(await on('wasm'), await on('reference'), 1e-12, 'tables');
});

test('what has no kernel runs in JavaScript, and the times say so', async () => {
  const expression = {
    term: 'expression-pair',
    parameters: Float64Array.from({ length: 9 }, () => 2),
    width: 1,
    modifier: 'none' as const,
  };
  const one = mixture(
    120,
    triclinic,
    { pair: { ...expression, expression: { energy: 'A * exp(-3 * r)', names: ['A'] } } },
    'expression',
  );
  const context = await compile('wasm', one);
  compare(context, await compile('reference', one), 1e-12, 'expression');
  context.advance(20);
  const tasks = Object.keys(context.statistics().secondsByTask).filter((task) => task.endsWith('(JavaScript)'));
  assert.equal(tasks, ['list (JavaScript)', 'nonbonded (JavaScript)']);
  assert.equal(Object.keys((await compile('wasm', ljMelt(4))).statistics().secondsByTask), [
    'pairs',
    'list',
    'bonded',
    'integrate',
  ]);
});

test('lists are never late: after any number of steps the forces are those of all pairs', async () => {
  for (const [name, start, dynamics] of [
    ['a hot melt', ljMelt(5), { ...nve, timestep: 0.004 }],
    ['a thin gas', ljMelt(5, 0.1), { ...nve, timestep: 0.006 }],
    ['a triclinic mixture', mixture(150, triclinic, { pair: lennardJones('force-shift') }, 'late'), { ...nve, timestep: 0.002 }],
    ['an open drop', { ...ljMelt(4), box: openBox }, { ...nve, timestep: 0.004 }],
  ] as const) {
    const context = await compile('wasm double', start, dynamics);
    context.minimise({ tolerance: 1, maxSteps: 50 });
    context.drawVelocities(3);
    for (let k = 0; k < 60; k++) {
      context.advance(1 + ((k * 7) % 13));
      const exact = await compile('reference', { ...start, positions: context.positions.slice() });
      const error = forceError(context.forces, exact.forces);
      // A pair missed at the cut-off would be 1e-4 or more; rounding far from the origin is 1e-11.
      assert.ok(error < 1e-9, `${name}, step ${context.step}: relative force error ${error}`);
    }
    assert.is(context.statistics().dangerousBuilds, 0);
    assert.ok(context.statistics().listBuilds > 3, `${name}: ${context.statistics().listBuilds} builds test nothing`);
  }
});

const langevin: DynamicsDescription = {
  integrator: 'langevin',
  timestep: 0.004,
  settings: { temperature: 1, friction: 1, timestep: 0.004 },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 3,
};

function hash(context: Context): string {
  return createHash('sha256')
    .update(new Uint8Array(context.positions.slice().buffer))
    .update(new Uint8Array(context.velocities.slice().buffer))
    .digest('hex');
}

test('two runs have the same trajectory, however they are cut into pieces and observed', async () => {
  const hashes = new Set<string>();
  for (const pieces of [[400], [1, 99, 300], [137, 263]]) {
    const context = await compile('wasm', ljMelt(6), langevin);
    context.drawVelocities(1.5);
    for (const steps of pieces) {
      context.advance(steps);
      if (pieces.length > 1) context.observe();
      if (pieces.length > 2) context.save();
    }
    hashes.add(hash(context));
  }
  assert.is(hashes.size, 1);
});

test('the noise is that of the reference platform to the bit', async () => {
  for (const integrator of ['langevin', 'overdamped-langevin']) {
    const free = system(
      particles(500),
      Float64Array.from({ length: 1500 }, (_, k) => k),
      openBox,
      [{ kind: 'pair-list', atoms: Int32Array.of(0, 1), parameters: Float64Array.of(0.1, 0, 0) }],
    );
    const runs = await Promise.all(['reference', 'wasm'].map((platform) => compile(platform, free, { ...langevin, integrator })));
    for (const run of runs) {
      run.drawVelocities(1);
      run.advance(50);
    }
    assert.is(hash(runs[1]), hash(runs[0]), integrator);
  }
});

test('a melt in mixed precision keeps its energy as in double precision', async () => {
  const drift = async (platform: string) => {
    const context = await compile(platform, ljMelt(6, 0.8442, 'switch'), { ...nve, timestep: 0.004 });
    context.drawVelocities(1.44);
    context.advance(500);
    const before = context.observe().conserved;
    context.advance(1500);
    return Math.abs(context.observe().conserved - before) / 864 / 6;
  };
  const [mixed, double] = [await drift('wasm'), await drift('wasm double')];
  assert.ok(mixed < 1e-4, `drift ${mixed} a particle and time unit (double precision: ${double})`);
});

test('a broken bond and a lost particle end the run with an explanation', async () => {
  const bond: ForceDescription = {
    kind: 'bonded',
    term: 'fene-bond',
    atoms: Int32Array.of(0, 1),
    parameters: Float64Array.of(30, 1.5),
  };
  const broken = await compile('wasm', system(particles(2), Float64Array.of(0, 0, 0, 2, 0, 0), openBox, [bond]));
  assert.throws(() => broken.observe(), /fene-bond between particles 0 \(A\), 1 \(A\) is undefined at distance 2/);
  const melt = await compile('wasm', ljMelt(4));
  melt.positions[30] = Number.NaN;
  assert.throws(() => melt.advance(1), /energy is not finite, first at particle 10 \(/);
});

test('neither memory nor heap grows while a small system runs', async () => {
  const context = await compile('wasm', ring(), langevin);
  context.drawVelocities(1);
  const memory = () => context.positions.buffer.byteLength;
  context.advance(5000);
  const before = { memory: memory(), heap: process.memoryUsage().heapUsed };
  for (let k = 0; k < 100; k++) context.advance(500);
  assert.is(memory(), before.memory);
  assert.ok(process.memoryUsage().heapUsed - before.heap < 1e6, 'the heap grew by more than 1 MB in 50 000 steps');
});

/** A ring of 70 with FENE bonds and WCA. */
function ring(): System {
  const n = 70;
  const radius = (0.97 * n) / (2 * Math.PI);
  const x = Float64Array.from(
    { length: 3 * n },
    (_, k) =>
      [radius * Math.cos((2 * Math.PI * Math.floor(k / 3)) / n), radius * Math.sin((2 * Math.PI * Math.floor(k / 3)) / n), 0][
        k % 3
      ],
  );
  return system(particles(n), x, openBox, [
    {
      kind: 'bonded',
      term: 'fene-bond',
      atoms: Int32Array.from({ length: 2 * n }, (_, k) => ((k + 1) >> 1) % n),
      parameters: Float64Array.from({ length: 2 * n }, (_, k) => [30, 1.5][k % 2]),
    },
    {
      kind: 'nonbonded',
      cutoff: 2 ** (1 / 6),
      pair: { term: 'wca', parameters: Float64Array.of(1, 1), width: 2, modifier: 'none' },
      coulomb: null,
      exclusions: new Int32Array(0),
    },
  ]);
}

test('relaxed SIMD agrees within its rounding', async () => {
  const all = registry();
  const melt = ljMelt(5);
  const relaxed = await all.get('platform', 'wasm').compile(melt, nve, all, { relaxed: true });
  const plain = await compile('wasm', melt);
  for (const context of [plain, relaxed]) {
    context.drawVelocities(1.44);
    context.advance(20);
  }
  assert.ok(forceError(relaxed.forces, plain.forces) < 1e-3);
});

test.run();
