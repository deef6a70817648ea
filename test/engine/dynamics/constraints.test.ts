/** Constraints and virtual sites: lengths and energy are conserved, temperatures are right, pressures agree, messages name the atoms. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConstraintSolver } from '../../../engine/dynamics/constraints/solver.ts';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import { moleculesOf } from '../../../engine/dynamics/pressure.ts';
import { VirtualSites } from '../../../engine/dynamics/virtual-sites.ts';
import type { ForceDescription } from '../../../engine/forces/description.ts';
import type { Context } from '../../../engine/platforms/platform.ts';
import { unitConstants } from '../../../engine/scenario/units.ts';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import type { System } from '../../../engine/system/system.ts';
import type { VirtualSite } from '../../../engine/system/virtual-sites.ts';
import { compile, nve, platforms, randomPositions } from '../../support/systems.ts';
import { rigidRingsAndChains, rigidStars, waterBox } from '../../support/water.ts';

const langevin = (temperature: number, timestep: number, friction = 5): DynamicsDescription => ({
  integrator: 'langevin',
  timestep,
  settings: { temperature, friction, timestep },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 3,
});

const thermostatted = (type: string, temperature: number, timestep: number, more = {}): DynamicsDescription => ({
  ...nve,
  timestep,
  thermostat: { type, settings: { temperature, time: 50 * timestep, ...more } },
});

/** The system after some Langevin dynamics from a minimised start. */
const warmed = new Map<string, Promise<System>>();
function warm(name: string, system: System, temperature: number, timestep: number, steps = 1000): Promise<System> {
  const made =
    warmed.get(name) ??
    (async () => {
      const context = await compile('wasm', system, langevin(temperature, timestep, 20));
      context.minimise({ tolerance: 100, maxSteps: 100 });
      context.drawVelocities(temperature);
      context.advance(steps);
      return { ...system, positions: context.positions.slice(), velocities: context.velocities.slice() };
    })();
  warmed.set(name, made);
  return made;
}

const systems = {
  'rigid water': () => warm('water', waterBox(4), 300, 0.001),
  'water of four sites': () => warm('tip4p', waterBox(3, { fourSites: true }), 300, 0.001),
  'rigid rings and chains': () => warm('chains', rigidRingsAndChains(2), 1, 0.004),
};
const timesteps = { 'rigid water': 0.002, 'water of four sites': 0.002, 'rigid rings and chains': 0.008 };
const names = ['rigid water', 'water of four sites', 'rigid rings and chains'] as const;

function lengthError(system: System, positions: Float64Array): number {
  const { constraints, structure } = system;
  assert.ok(constraints);
  return new ConstraintSolver(constraints, structure, structure.mass, 1).largestError(positions);
}

/** The largest |r.v|/d2, the relative rate at which a length changes. */
function lengthRate({ constraints }: System, x: Float64Array, v: Float64Array): number {
  let most = 0;
  constraints?.lengths.forEach((d, k) => {
    const [i, j] = [3 * constraints.atoms[2 * k], 3 * constraints.atoms[2 * k + 1]];
    let rate = 0;
    for (let c = 0; c < 3; c++) rate += (x[i + c] - x[j + c]) * (v[i + c] - v[j + c]);
    most = Math.max(most, Math.abs(rate) / (d * d));
  });
  return most;
}

for (const platform of platforms as readonly string[]) {
  test(`${platform}: lengths stay fixed and do not begin to change`, async () => {
    for (const name of names) {
      const system = await systems[name]();
      for (const dynamics of [
        { ...nve, timestep: timesteps[name] },
        langevin(name.includes('water') ? 300 : 1, timesteps[name]),
      ]) {
        const context = await compile(platform, system, dynamics);
        context.advance(100);
        const error = lengthError(system, context.positions);
        assert.ok(error < 1.1e-9, `${name}, ${dynamics.integrator}: relative error of a length ${error}`);
        const rate = lengthRate(system, context.positions, context.velocities) * dynamics.timestep;
        assert.ok(rate < 1.1e-9, `${name}, ${dynamics.integrator}: a length begins to change by ${rate} a step`);
      }
    }
  });

  test(`${platform}: the fluctuation of the NVE energy falls fourfold when the timestep is halved, with constraints and sites`, async () => {
    for (const name of names) {
      const system = await systems[name]();
      const fluctuation = async (timestep: number, steps: number) => {
        const context = await compile(platform, system, { ...nve, timestep });
        const energies: number[] = [];
        for (let s = 0; s < steps; s++) {
          context.advance(1);
          energies.push(context.observe().conserved);
        }
        const mean = energies.reduce((a, b) => a + b) / steps;
        return Math.sqrt(energies.reduce((a, e) => a + (e - mean) ** 2, 0) / steps);
      };
      const dt = timesteps[name] / 2;
      const ratio = (await fluctuation(dt, 100)) / (await fluctuation(dt / 2, 200));
      // f32 pair forces put noise on energies of -5000 kJ/mol, about the size of what is left at half the step.
      if (platform === 'wasm') assert.ok(ratio > 1.5 && ratio < 5, `${name}: ratio ${ratio}`);
      else assert.ok(Math.abs(ratio - 4) < 0.5, `${name}: ratio ${ratio}`);
    }
  });

  test(`${platform}: saved and loaded, a constrained simulation goes on to the bit, with every integrator and thermostat`, async () => {
    const integrators = [
      { ...nve, timestep: 0.002 },
      langevin(300, 0.002),
      thermostatted('nose-hoover', 300, 0.002),
      thermostatted('velocity-rescaling', 300, 0.002),
      thermostatted('berendsen', 300, 0.002),
    ];
    const four = await systems['water of four sites']();
    const three = await systems['rigid water']();
    for (const [system, dynamics] of [four, three].flatMap((of) => integrators.map((how) => [of, how] as const))) {
      const whole = await compile(platform, system, dynamics);
      whole.advance(23);
      const snapshot = whole.save();
      whole.advance(40);
      const again = await compile(platform, system, dynamics);
      again.load(snapshot);
      again.advance(40);
      const label = dynamics.thermostat?.type ?? dynamics.integrator;
      assert.equal(bits(again), bits(whole), `${label}: another state`);
      assert.is(again.observe().conserved, whole.observe().conserved, `${label}: another conserved energy`);
    }
  });

  test(`${platform}: each thermostat brings rigid water to its temperature, in rotation as in translation`, async () => {
    const system = await systems['rigid water']();
    for (const dynamics of [
      langevin(300, 0.002),
      thermostatted('nose-hoover', 300, 0.002),
      thermostatted('velocity-rescaling', 300, 0.002),
    ]) {
      const context = await compile(platform, system, dynamics);
      context.advance(300);
      const boltzmann = unitConstants('md').boltzmann;
      const molecules = moleculesOf(system.structure.molecule, system.structure.mass);
      const n = molecules.mass.length;
      const lost = dynamics.integrator === 'langevin' ? 0 : 3;
      const samples = 100;
      let [all, centres] = [0, 0];
      for (let s = 0; s < samples; s++) {
        context.advance(15);
        const { kinetic, temperature } = context.observe();
        assert.ok(Math.abs((2 * kinetic) / ((6 * n - lost) * boltzmann) / temperature - 1) < 1e-12);
        all += kinetic / samples;
        centres += kineticOfCentres(context, molecules) / samples;
      }
      // 192 degrees of freedom each; 3 ps hold 15 independent values or more. Three standard errors: 24 K.
      const tolerance = 3 * 300 * Math.sqrt(2 / 192 / 15);
      const translational = (2 * centres) / ((3 * n - lost) * boltzmann);
      const rotational = (2 * (all - centres)) / (3 * n * boltzmann);
      const label = dynamics.thermostat?.type ?? dynamics.integrator;
      assert.ok(Math.abs(translational - 300) < tolerance, `${label}: translational temperature ${translational}`);
      assert.ok(Math.abs(rotational - 300) < tolerance, `${label}: rotational temperature ${rotational}`);
    }
  });

  test(`${platform}: pressure over atoms, with the constraint forces of the instant, is that over molecules where these are rigid`, async () => {
    const system = await systems['rigid water']();
    const context = await compile(platform, system, { ...nve, timestep: 0.002 });
    context.advance(10);
    const { pressure } = context.observe();
    const trace = context.molecularPressure().pressure;
    assert.ok(Math.abs(pressure - trace) < 1e-6 * Math.max(1000, Math.abs(pressure)), `${pressure} and ${trace} bar`);
  });

  test(`${platform}: molecular pressure is the numerical derivative of the energy when the box is scaled with its molecules`, async () => {
    for (const name of names) {
      const system = await systems[name]();
      const { structure } = system;
      const unit = unitConstants(structure.units).pressure;
      const still = { ...system, velocities: new Float64Array(system.positions.length) };
      const context = await compile(platform === 'wasm' ? 'wasm double' : platform, still);
      const v = system.box.vectors as Float64Array;
      const volume = v[0] * v[4] * v[8];
      const { pressure, tensor } = context.molecularPressure();
      const energy = (factors: [number, number, number]) => {
        context.scaleBox(factors);
        const { potential } = context.observe();
        context.scaleBox(factors.map((s) => 1 / s) as [number, number, number]);
        return potential;
      };
      const h = 1e-5;
      const derivative = (axes: readonly number[]) => {
        const stretched = (s: number) => [0, 1, 2].map((k) => (axes.includes(k) ? s : 1)) as [number, number, number];
        return ((energy(stretched(1 - h)) - energy(stretched(1 + h))) / (2 * h * volume)) * unit;
      };
      const compare = (found: number, numerical: number, what: string) => {
        const scale = Math.max(1e-3 * unit, Math.abs(found));
        assert.ok(Math.abs(found - numerical) < 2e-5 * scale, `${name}, ${what}: ${found}, numerically ${numerical}`);
      };
      compare(pressure, derivative([0, 1, 2]) / 3, 'all axes');
      for (let a = 0; a < 3; a++) compare(tensor[4 * a], derivative([a]), `axis ${a}`);
    }
  });

  test(`${platform}: minimisation goes down and keeps the constraints`, async () => {
    const system = waterBox(4);
    const context = await compile(platform, system);
    const before = context.observe().potential;
    context.minimise({ tolerance: 50, maxSteps: 200 });
    const after = context.observe().potential;
    assert.ok(after < before - 1000, `from ${before} to ${after}`);
    assert.ok(lengthError(system, context.positions) < 1.1e-9);
    assert.is(context.observe().potential, after);
  });

  test(`${platform}: a start that is off its constraints is brought onto them; one that cannot be is an error with its atoms`, async () => {
    const system = waterBox(4);
    const off = { ...system, positions: system.positions.map((x, k) => x + 0.002 * Math.sin(k)) };
    const context = await compile(platform, off);
    context.constrain();
    assert.ok(lengthError(system, context.positions) < 1.1e-9);

    const collinear = system.positions.slice();
    for (let k = 0; k < 9; k++) collinear[k] = system.positions[k % 3] + 0.03 * Math.floor(k / 3);
    const straight = await compile(platform, { ...system, positions: collinear });
    straight.constrain();
    assert.ok(lengthError(system, straight.positions) < 1.1e-9, 'water whose atoms lie on a line is given some plane');
  });

  test(`${platform}: lengths that contradict each other are an error with their particles`, async () => {
    const chain = (positions: number[], atoms: number[], lengths: number[]): System => ({
      structure: makeStructure({ units: 'lj', mass: [1, 1, 1, 1], bonds: [0, 1, 1, 2, 2, 3], name: ['A', 'B', 'C', 'D'] }),
      positions: Float64Array.from(positions),
      velocities: null,
      box: openBox,
      forces: [{ kind: 'pair-list', atoms: Int32Array.of(0, 2), parameters: Float64Array.of(0.1, 0, 0) }],
      constraints: { atoms: Int32Array.from(atoms), lengths: Float64Array.from(lengths) },
    });
    const message = (system: System) =>
      compile(platform, system)
        .then((made) => made.advance(1))
        .then(String, (error: Error) => `${error.name}: ${error.message}`);
    const positions = [0, 0, 0, 1, 0, 0, 2, 0.1, 0, 3, 0, 0.1];
    assert.match(
      await message(chain(positions, [0, 1, 1, 2, 0, 2], [1, 1, 3])),
      /InputError: system\.constraints: the lengths between particles 0 \(A .*, 2 \(C .*, 1 \(B .*: 3 is more than 1 and 1 together/,
    );
    assert.match(
      await message(chain(positions, [0, 1, 1, 2, 2, 3, 0, 3], [1, 1, 1, 4])),
      /InputError: system\.constraints: the start cannot be brought onto the constraint between particles \d \([A-D] of MOL 0\) and \d/,
    );
  });

  test(`${platform}: a molecule that breaks its constraints in a step is an error that names its atoms`, async () => {
    const system = await systems['rigid water']();
    const velocities = system.velocities?.slice() as Float64Array;
    velocities[3 * 30 + 1] = 500;
    const context = await compile(platform, { ...system, velocities }, { ...nve, timestep: 0.002 });
    assert.throws(() => context.advance(3), /particle.* 30 \(O of HOH 10\)/);
  });

  test(`${platform}: what cannot keep constraints refuses them`, async () => {
    const system = await systems['rigid water']();
    const message = (dynamics: DynamicsDescription) =>
      compile(platform, system, dynamics)
        .then((context) => context.advance(1))
        .then(String, (error: Error) => error.message);
    assert.match(
      await message({ ...langevin(300, 0.001), integrator: 'overdamped-langevin' }),
      /dynamics\.integrator: "overdamped-langevin" keeps neither/,
    );
    const massive = { ...thermostatted('nose-hoover', 300, 0.002, { massive: true, chain: 3 }), removeCenterOfMass: 0 };
    assert.match(await message(massive), /dynamics\.thermostat\.massive/);
  });
}

/** The system after 30 steps of the wasm platform: in the kernels, and composed in TypeScript. */
async function inBothWays(platform: string, system: System, dynamics: DynamicsDescription): Promise<[Context, Context]> {
  const inKernels = await compile(platform, system, dynamics);
  const composed = await compile(platform, system, dynamics);
  assert.ok((inKernels as unknown as { stepping: { native: unknown } }).stepping.native);
  (composed as unknown as { stepping: { native: null } }).stepping.native = null;
  for (const context of [inKernels, composed]) context.advance(30);
  return [inKernels, composed];
}

test('steps in the kernels are those composed in TypeScript, with waters, with sites and with clusters', async () => {
  for (const name of names) {
    const system = await systems[name]();
    const [temperature, dt] = [name.includes('water') ? 300 : 1, timesteps[name]];
    for (const platform of ['wasm', 'wasm double']) {
      const [inKernels, composed] = await inBothWays(platform, system, { ...nve, timestep: dt, removeCenterOfMass: 7 });
      assert.equal(bits(inKernels), bits(composed), `${name}, ${platform}: other bits at constant energy`);
    }
    if (name.includes('water')) {
      // Its waves are computed in JavaScript, between the two halves of a step.
      const ewald = { ...system.forces[0], coulomb: { method: 'ewald', tolerance: 1e-3 } } as ForceDescription;
      const [inKernels, composed] = await inBothWays('wasm', { ...system, forces: [ewald] }, { ...nve, timestep: dt });
      assert.equal(bits(inKernels), bits(composed), 'other bits with a kernel in JavaScript');
    }
    for (const dynamics of [
      langevin(temperature, dt),
      thermostatted('nose-hoover', temperature, dt),
      thermostatted('velocity-rescaling', temperature, dt),
      thermostatted('berendsen', temperature, dt),
    ]) {
      const [inKernels, composed] = await inBothWays('wasm double', system, dynamics);
      const label = `${name}, ${dynamics.thermostat?.type ?? dynamics.integrator}`;
      // Factors and widths are multiplied in another order.
      let worst = 0;
      inKernels.velocities.forEach((v, k) => {
        worst = Math.max(worst, Math.abs(v - composed.velocities[k]));
      });
      assert.ok(worst < 1e-9, `${label}: velocities differ by ${worst}`);
      const [one, other] = [inKernels.observe().conserved, composed.observe().conserved];
      assert.ok(Math.abs(one - other) < 1e-9 * Math.abs(other), `${label}: conserved ${one}, ${other}`);
    }
  }
});

test('SETTLE and SHAKE bring water to the same place, positions and velocities', () => {
  const { structure, constraints, positions } = waterBox(2);
  assert.ok(constraints);
  const closed = new ConstraintSolver(constraints, structure, structure.mass, 0.002);
  // Sides that differ in the last bits are no water for SETTLE.
  const lengths = constraints.lengths.map((d, k) => (k % 3 === 0 ? d * (1 + 1e-14) : d));
  const iterated = new ConstraintSolver({ ...constraints, lengths }, structure, structure.mass, 0.002);
  assert.is(closed.plan.waters.length, 4 * 8);
  assert.is(iterated.plan.clusters.length, 8);
  const move = randomPositions(24, 0.02, 'moves').map((x) => x - 0.01);
  const moved = () => positions.map((x, k) => x + move[k]);
  const [a, b] = [moved(), moved()];
  const [va, vb] = [move.map((x) => 100 * x), move.map((x) => 100 * x)];
  for (const [solver, x, v] of [
    [closed, a, va],
    [iterated, b, vb],
  ] as const) {
    solver.remember(positions);
    solver.constrainMove(x, v, 0.002, 0);
    solver.projectVelocities(x, v);
  }
  a.forEach((x, k) => {
    assert.ok(Math.abs(x - b[k]) < 2e-9, `coordinate ${k}: ${x}, ${b[k]}`);
    assert.ok(Math.abs(va[k] - vb[k]) < 4e-6, `velocity ${k}: ${va[k]}, ${vb[k]}`);
  });
});

test('stars of one to three rigid bonds, solved at once, move as with one constraint after the other', async () => {
  const stars = rigidStars();
  for (const dynamics of [{ ...nve, timestep: 0.01 }, langevin(1, 0.01)]) {
    const [fast, slow] = await Promise.all(['wasm double', 'reference'].map((platform) => compile(platform, stars, dynamics)));
    for (const context of [fast, slow]) {
      context.drawVelocities(1);
      context.advance(100);
    }
    assert.ok(lengthError(stars, fast.positions) < 1.1e-9);
    assert.ok(lengthRate(stars, fast.positions, fast.velocities) * 0.01 < 1.1e-9);
    // Both keep lengths to 1e-9 a step; that is what adds up.
    const apart = fast.positions.reduce((most, x, k) => Math.max(most, Math.abs(x - slow.positions[k])), 0);
    assert.ok(apart < 1e-6, `${dynamics.integrator}: positions differ by up to ${apart}`);
    const moved = fast.positions.reduce((most, x, k) => Math.max(most, Math.abs(x - stars.positions[k])), 0);
    assert.ok(moved > 0.5, `a move of ${moved} tests little`);
  }
});

test('a rigid rotor: the constraint force is the centripetal one, and no pressure comes of the rotation', () => {
  const structure = makeStructure({ units: 'lj', mass: [2, 3], bonds: [0, 1] });
  const constraints = { atoms: Int32Array.of(0, 1), lengths: Float64Array.of(1.5) };
  const solver = new ConstraintSolver(constraints, structure, structure.mass, 0.01);
  const omega = 0.7;
  const positions = Float64Array.of(0, 0, 0, 1.5, 0, 0);
  const velocities = Float64Array.of(0, -0.9 * omega, 0, 0, 0.6 * omega, 0);
  const virial = new Float64Array(9);
  solver.addVirial(positions, velocities, new Float64Array(6), virial);
  const reduced = (2 * 3) / 5;
  assert.ok(Math.abs(virial[0] + reduced * (1.5 * omega) ** 2) < 1e-12, `${virial}`);
});

const sites: VirtualSite[] = [
  { kind: 'average2', site: 4, parents: [0, 1], weights: [0.3, 0.7] },
  { kind: 'average3', site: 4, parents: [0, 1, 2], weights: [0.5, 0.3, 0.2] },
  { kind: 'outOfPlane', site: 4, parents: [0, 1, 2], weights: [-0.3, 0.4, 2.5] },
  {
    kind: 'localCoords',
    site: 4,
    parents: [0, 1, 2, 3],
    origin: [0.4, 0.3, 0.2, 0.1],
    x: [-1, 0.6, 0.3, 0.1],
    y: [0.1, -1, 0.3, 0.6],
    position: [0.3, -0.2, 0.15],
  },
];
for (const site of sites) {
  test(`a virtual site ${site.kind} hands its force on as the negative gradient, and its virial as the strain derivative`, () => {
    const positions = randomPositions(5, 1, `site ${site.kind}`);
    const compiled = new VirtualSites([site]);
    const pull = [0.3, -1.1, 0.7];
    const energy = (x: Float64Array) => {
      compiled.place(x);
      return -(pull[0] * x[12] + pull[1] * x[13] + pull[2] * x[14]);
    };
    energy(positions);
    const forces = new Float64Array(15);
    forces.set(pull, 12);
    const virial = Float64Array.from({ length: 9 }, (_, k) => positions[12 + Math.floor(k / 3)] * pull[k % 3]);
    compiled.spread(positions, forces, virial);
    assert.equal([...forces.subarray(12)], [0, 0, 0]);
    const h = 1e-6;
    for (let k = 0; k < 12; k++) {
      const at = (s: number) => energy(positions.map((x, c) => (c === k ? x + s : x)));
      const numerical = (at(-h) - at(h)) / (2 * h);
      assert.ok(Math.abs(numerical - forces[k]) < 1e-8, `coordinate ${k}: ${forces[k]}, numerically ${numerical}`);
    }
    for (let k = 0; k < 9; k++) {
      const [row, column] = [Math.floor(k / 3), k % 3];
      const strained = (s: number) =>
        energy(positions.map((x, c) => (c % 3 === column ? x + s * positions[c - column + row] : x)));
      const numerical = (strained(-h) - strained(h)) / (2 * h);
      assert.ok(Math.abs(numerical - virial[k]) < 1e-8, `strain ${k}: ${virial[k]}, numerically ${numerical}`);
    }
  });
}

test('virtual sites of every kind, in the kernels, have the forces, the pressure and the trajectory of the reference platform', async () => {
  const x: number[] = [];
  const pairs: number[] = [];
  const all: VirtualSite[] = [];
  for (let m = 0; m < 12; m++) {
    const [centre, site] = [[m % 3, Math.floor(m / 3) % 2, Math.floor(m / 6)], sites[m % sites.length]];
    const local = randomPositions(5, 1, `molecule ${m}`);
    for (let k = 0; k < 15; k++) x.push(local[k] + 2.5 * centre[k % 3]);
    all.push({ ...site, site: 5 * m + 4, parents: site.parents.map((p) => 5 * m + p) } as unknown as VirtualSite);
    for (let a = 0; a < 4; a++) for (let b = 0; b < a; b++) pairs.push(5 * m + b, 5 * m + a);
    if (m > 0) pairs.push(5 * m - 1, 5 * m + 4); // from site to site
  }
  const structure = makeStructure({
    units: 'lj',
    mass: Array.from({ length: 60 }, (_, i) => (i % 5 === 4 ? 0 : 1 + (i % 5))),
    molecule: Array.from({ length: 60 }, (_, i) => Math.floor(i / 5)),
  });
  const springs: ForceDescription = {
    kind: 'bonded',
    term: 'harmonic-bond',
    atoms: Int32Array.from(pairs),
    parameters: Float64Array.from({ length: pairs.length }, (_, k) => (k % 2 ? 5 : 1)),
  };
  // Twice as wide as the molecules reach, for no image is taken within one.
  const box = orthorhombic(20, 20, 20);
  const system: System = {
    structure,
    positions: Float64Array.from(x),
    velocities: null,
    box,
    forces: [springs],
    virtualSites: all,
  };
  for (const dynamics of [nve, langevin(1, 0.005)]) {
    const [kernels, reference] = await Promise.all(['wasm', 'reference'].map((platform) => compile(platform, system, dynamics)));
    for (const context of [kernels, reference]) context.drawVelocities(1);
    for (let look = 0; look < 3; look++) {
      for (const [what, read] of [
        ['positions', (c: Context) => c.positions],
        ['forces', (c: Context) => c.forces],
        ['pressure', (c: Context) => c.observe().pressureTensor],
      ] as const) {
        const [one, other] = [read(kernels), read(reference)];
        const apart = one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
        assert.ok(apart < 1e-10, `${dynamics.integrator}, step ${kernels.step}: ${what} differ by up to ${apart}`);
      }
      for (const context of [kernels, reference]) context.advance(40);
    }
  }
});

function kineticOfCentres(context: Context, molecules: ReturnType<typeof moleculesOf>): number {
  const { velocities, system } = context;
  let kinetic = 0;
  for (let m = 0; m < molecules.mass.length; m++)
    for (let k = 0; k < 3; k++) {
      let momentum = 0;
      for (let i = molecules.start[m]; i < molecules.start[m + 1]; i++)
        momentum += system.structure.mass[i] * velocities[3 * i + k];
      kinetic += (0.5 * momentum * momentum) / molecules.mass[m];
    }
  return kinetic;
}

function bits(context: Context): bigint[] {
  return [...new BigUint64Array(Float64Array.from([...context.positions, ...context.velocities, ...context.forces]).buffer)];
}

test.run();
