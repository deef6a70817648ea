/** A run folder made of synthetic data, with every file that a finished run of the ethane scenario has: for looking at reports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStructure, orthorhombic, type Structure, type Trajectory, TrajectoryRecorder } from '../../engine/index.ts';
import { MappedTrajectory } from '../../plugins/coarse-graining/index.ts';
import { compareTrajectories } from '../../tools/analysis/compare.ts';
import { normal, trajectoryOf, uniform } from './trajectories.ts';

const assignment = [0, 1, 0, 0, 0, 1, 1, 1];
const bonds = [0, 1, 0, 2, 0, 3, 0, 4, 1, 5, 1, 6, 1, 7];

/** Ethane along x, staggered: nm. */
const ethane: readonly (readonly number[])[] = [
  [-0.0765, 0, 0],
  [0.0765, 0, 0],
  ...[0, 1, 2].map((k) => [-0.115, 0.103 * Math.cos((2 * Math.PI * k) / 3), 0.103 * Math.sin((2 * Math.PI * k) / 3)]),
  ...[0, 1, 2].map((k) => [
    0.115,
    0.103 * Math.cos((2 * Math.PI * (k + 0.5)) / 3),
    0.103 * Math.sin((2 * Math.PI * (k + 0.5)) / 3),
  ]),
];
const beads: readonly (readonly number[])[] = [
  [-0.1054, 0, 0],
  [0.1054, 0, 0],
];

function copies(count: number, size: number, list: readonly number[]): number[] {
  return Array.from({ length: count }, (_, m) => list.map((i) => i + m * size)).flat();
}

export function ethaneStructure(count: number): Structure {
  const repeat = <T>(values: readonly T[]): T[] => Array.from({ length: count }, () => values).flat();
  return makeStructure({
    units: 'md',
    mass: repeat([12.011, 12.011, ...new Array<number>(6).fill(1.008)]),
    type: repeat([0, 0, 1, 1, 1, 1, 1, 1]),
    typeNames: ['CT', 'HC'],
    name: repeat(['C1', 'C2', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6']),
    element: repeat(['C', 'C', 'H', 'H', 'H', 'H', 'H', 'H']),
    bonds: copies(count, 8, bonds),
    residueNames: repeat(['ETH']),
  });
}

function beadStructure(count: number): Structure {
  return makeStructure({
    units: 'md',
    mass: new Array<number>(2 * count).fill(15.035),
    typeNames: ['CH3'],
    name: Array.from({ length: 2 * count }, (_, i) => `S${i % 2}`),
    bonds: copies(count, 2, [0, 1]),
    residueNames: new Array<string>(count).fill('ETH'),
  });
}

/** Molecules that shake about the places of a cubic lattice and wander slowly: nothing physical, but with peaks in g(r). */
function liquid(
  structure: Structure,
  shape: readonly (readonly number[])[],
  perEdge: number,
  frames: number,
  shake: number,
  seed: number,
): Trajectory {
  const edge = 0.44;
  const random = uniform(seed);
  const gauss = normal(random);
  const count = perEdge ** 3;
  const wander = new Float64Array(3 * count);
  const axes = Float64Array.from({ length: 3 * count }, gauss);
  const places = Array.from({ length: count }, (_, m) => [
    m % perEdge,
    Math.floor(m / perEdge) % perEdge,
    Math.floor(m / perEdge ** 2),
  ]);
  const configurations = Array.from({ length: frames }, () => {
    const x = new Float64Array(3 * structure.mass.length);
    for (let m = 0; m < count; m++) {
      const rotate = rotation(axes, m, gauss);
      const centre = [0, 1, 2].map((k) => {
        wander[3 * m + k] += 0.004 * gauss();
        return (places[m][k] + 0.5) * edge + wander[3 * m + k] + shake * gauss();
      });
      shape.forEach((site, p) => {
        const stretched = [site[0] * (1 + 0.012 * gauss()), site[1], site[2]];
        for (let k = 0; k < 3; k++)
          x[3 * (m * shape.length + p) + k] =
            centre[k] + stretched.reduce((sum, value, j) => sum + rotate[3 * j + k] * value, 0) + 0.001 * gauss();
      });
    }
    return x;
  });
  return trajectoryOf(structure, orthorhombic(perEdge * edge, perEdge * edge, perEdge * edge), configurations, 0.2);
}

/** Rows of a rotation whose first axis drifts a little each frame. */
function rotation(axes: Float64Array, m: number, gauss: () => number): number[] {
  for (let k = 0; k < 3; k++) axes[3 * m + k] += 0.1 * gauss();
  const unit = (v: number[]): number[] => v.map((value) => value / Math.hypot(...v));
  const a = unit([...axes.subarray(3 * m, 3 * m + 3)]);
  const helper = Math.abs(a[0]) < 0.8 ? [1, 0, 0] : [0, 1, 0];
  const b = unit([a[1] * helper[2] - a[2] * helper[1], a[2] * helper[0] - a[0] * helper[2], a[0] * helper[1] - a[1] * helper[0]]);
  const c = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return [...a, ...b, ...c];
}

async function writeSimulation(folder: string, trajectory: Trajectory, nsPerDay: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const recorder = TrajectoryRecorder.create(folder, trajectory.structure, {
    periodic: true,
    velocities: false,
    forces: false,
    precision: 'f32',
    formats: [],
  });
  for (let f = 0; f < trajectory.length; f++) recorder.append(trajectory.frame(f));
  await recorder.finish({ complete: true, version: 'test' });
  const gauss = normal(uniform(trajectory.length));
  const rows = Array.from({ length: 1500 }, (_, k) => {
    const [potential, kinetic] = [-950 + 12 * gauss(), 870 + 15 * gauss()];
    return [
      k * 20,
      k * 0.02,
      potential,
      kinetic,
      potential + kinetic,
      -80 + 0.4 * gauss() + k * 1e-4,
      143 + 5 * gauss(),
      5.38,
      0.594,
      40 + 300 * gauss(),
      nsPerDay,
    ];
  });
  const head =
    'step,time (ps),potential (kJ/mol),kinetic (kJ/mol),total (kJ/mol),conserved (kJ/mol),temperature (K),volume (nm3),density (g/cm3),pressure (bar),speed (ns/day)';
  writeFileSync(join(folder, 'log.csv'), `${[head, ...rows.map((row) => row.join(','))].join('\n')}\n`);
  writeJson(join(folder, 'summary.json'), {
    particles: trajectory.structure.mass.length,
    molecules: new Set(trajectory.structure.molecule).size,
    steps: 30000,
    timestep: 0.002,
    averages: {
      potential: { mean: -950.3, error: 1.2, unit: 'kJ/mol' },
      temperature: { mean: 143.12, error: 0.31, unit: 'K' },
      density: { mean: 0.594, error: null, unit: 'g/cm3' },
      pressure: { mean: 41.2, error: 12.9, unit: 'bar' },
    },
    drift: { perDegreeOfFreedom: 2.1e-4, unit: 'kT/ns/dof', perParticle: 1e-6 },
    stepsPerSecond: (nsPerDay * 1000) / 0.002 / 86400,
    matomStepsPerSecond: 0.4,
    nsPerDay,
    threads: 2,
    build: 'plain',
    precision: 'mixed',
    listBuilds: 812,
    listPrunes: 6100,
    dangerousBuilds: 0,
    neighboursPerParticle: 41,
    secondsByTask: { pairs: 21.3, bonded: 2.2, list: 4.1, integrate: 1.9 },
    wallSeconds: 31,
  });
}

function writeJson(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content));
}

function writeMapping(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const seed = {
    sites: 2,
    assignment,
    occupancy: [4, 4],
    reconstruction: 5.4e-4,
    pcaBound: 4.9e-4,
    force: 21000,
    fragments: [1, 1],
    loss: 0.1,
  };
  writeJson(join(folder, 'mapping.json'), {
    atomsPerMolecule: 8,
    sites: 2,
    assignment,
    reconstruction: 5.4e-4,
    pcaBound: 4.9e-4,
    force: 21000,
    atoms: ['C1', 'C2', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6'].map((name) => ({ name, element: name[0] })),
    siteNames: ['S0', 'S1'],
    siteTypes: ['CH3', 'CH3'],
    encoder: [0, 1].map((s) => assignment.map((site) => (site === s ? 0.25 : 0))),
    decoder: assignment.map((site) => [0, 1].map((s) => (site === s ? 1 : 0))),
    fragments: [1, 1],
    origin: 'trained',
    seeds: [1, 2, 3].map((number) => ({ ...seed, seed: number })),
    backend: 'wasm',
    scan: {
      chosen: { sitesPerMolecule: 2, forceWeight: 0.05, because: 'number of sites: the knee of the error' },
      points: [1, 2, 3].flatMap((sites) =>
        [0, 0.05].map((forceWeight) => ({
          ...seed,
          sitesRequested: sites,
          forceWeight,
          sites,
          reconstruction: 2e-3 / sites ** 2,
          pcaBound: 1.8e-3 / sites ** 2,
          equalBlocks: null,
          agreeing: 3,
          seeds: [seed, seed, seed],
        })),
      ),
    },
  });
  const soft = (decided: number) => [0, 1].map((s) => assignment.map((site) => (1 + (site === s ? decided : -decided)) / 8));
  writeJson(join(folder, 'encoder-course.json'), {
    seed: 1,
    snapshots: [0, 0.6, 1].map((decided, k) => ({ epoch: 1000 * k, temperature: 4 / (1 + k), encoder: soft(decided) })),
  });
  const rows = [1, 2, 3].flatMap((number) =>
    Array.from({ length: 200 }, (_, k) =>
      [
        number,
        5 * k,
        4 * Math.exp(-k / 64) + 0.2,
        0.12 + 0.6 * Math.exp(-k / (12 + 4 * number)),
        0.4 + 0.5 * Math.exp(-k / 80),
      ].join(','),
    ),
  );
  writeFileSync(join(folder, 'training.csv'), `seed,epoch,tau,reconstruction,force\n${rows.join('\n')}\n`);
}

function writePotential(folder: string, type: string, floor: number): void {
  mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: 80 }, (_, k) =>
    [k + 1, floor * (1.02 + 2 * Math.exp(-k / 9)), floor * (1.06 + 1.9 * Math.exp(-k / 10)), floor].join(','),
  );
  writeFileSync(join(folder, 'training.csv'), `epoch,training,validation,noise_floor\n${rows.join('\n')}\n`);
  writeJson(join(folder, 'model.json'), {
    format: 'md-potential',
    type,
    meanSquareForce: 7 * floor,
    noiseFloor: { value: floor, error: 0.01 * floor },
    training: { meanSquare: 1.02 * floor },
    validation: { meanSquare: 1.06 * floor, meanAbsolute: null },
  });
}

/** Writes the run folder. `scale` is the number of molecules along an edge of the smaller systems. */
export async function writeFakeRun(folder: string, scale = 4, frames = 60): Promise<void> {
  const count = scale ** 3;
  const atoms = liquid(ethaneStructure(count), ethane, scale, frames, 0.035, 1);
  const spline = liquid(beadStructure(count), beads, scale, frames, 0.041, 2);
  const graph = liquid(beadStructure(count), beads, scale, frames, 0.036, 3);
  const large = liquid(beadStructure((2 * scale) ** 3), beads, 2 * scale, Math.ceil(frames / 10), 0.036, 4);
  await writeSimulation(join(folder, 'atoms'), atoms, 3);
  await writeSimulation(join(folder, 'beads-spline'), spline, 140);
  await writeSimulation(join(folder, 'beads'), graph, 45);
  await writeSimulation(join(folder, 'beads-large'), large, 7);
  writeMapping(join(folder, 'mapping'));
  writePotential(join(folder, 'spline'), 'spline', 8.1e4);
  writePotential(join(folder, 'graph'), 'graph', 8.1e4);
  const mapped = new MappedTrajectory(atoms, { atomsPerMolecule: 8, sites: 2, assignment });
  const reference = { name: 'atoms', trajectory: mapped, speed: 3 * count };
  for (const [name, trajectory, speed] of [
    ['beads', graph, 45],
    ['beads-spline', spline, 140],
  ] as const) {
    mkdirSync(join(folder, `compare-${name}`), { recursive: true });
    writeJson(
      join(folder, `compare-${name}`, 'compare.json'),
      compareTrajectories(reference, { name, trajectory, speed: speed * count }, {}, 'mapping'),
    );
  }
  writeManifest(folder);
}

function writeManifest(folder: string): void {
  const dynamics = { integrator: 'langevin', timestep: 0.002, temperature: 143, friction: 1 };
  const stage = (name: string, kind: string, settings: object, inputs: Record<string, string>, wallSeconds: number) => ({
    name,
    do: kind,
    status: 'done',
    units: 'md',
    seed: 12345,
    settings,
    inputs: Object.fromEntries(Object.entries(inputs).map(([property, of]) => [property, { stage: of }])),
    version: '0.1.0',
    threads: 1,
    wallSeconds,
    error: null,
  });
  const from = (source: string) => ({ system: { from: source, replicate: [2, 2, 2] }, dynamics });
  const stages = [
    stage('atoms', 'simulate', { system: { build: 'pack' }, dynamics }, {}, 92),
    stage('mapping', 'train-mapping', { from: 'atoms', sitesPerMolecule: 2 }, { from: 'atoms' }, 11),
    stage('spline', 'train-potential', { model: { type: 'spline' } }, { from: 'atoms', mapping: 'mapping' }, 9.4),
    stage('graph', 'train-potential', { model: { type: 'graph' } }, { from: 'atoms', mapping: 'mapping' }, 140),
    stage('beads-spline', 'simulate', from('spline'), { 'system.from': 'spline' }, 30),
    stage('beads', 'simulate', from('graph'), { 'system.from': 'graph' }, 61),
    stage('beads-large', 'simulate', from('graph'), { 'system.from': 'graph' }, 88),
    stage('compare-beads', 'compare', {}, { reference: 'atoms', candidate: 'beads' }, 4),
    stage('compare-beads-spline', 'compare', {}, { reference: 'atoms', candidate: 'beads-spline' }, 4),
  ];
  writeJson(join(folder, 'run.json'), {
    format: 1,
    name: 'ethane (synthetic)',
    status: 'done',
    seed: 7,
    units: 'md',
    scenario: { name: 'ethane', seed: 7, stages: stages.map(({ name, settings }) => ({ name, ...settings })) },
    given: {},
    versions: { md: '0.1.0', node: process.versions.node },
    machine: { processor: 'a processor', cores: 2, memoryGiB: 8 },
    startedAt: '2026-01-05T10:00:00.000Z',
    finishedAt: '2026-01-05T10:08:00.000Z',
    wallSeconds: 480,
    stages,
    formerStages: [],
  });
}
