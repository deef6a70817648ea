/** Biased simulations for tests: a scenario's settings, compiled on any platform. */
import seedrandom from 'seedrandom';
import { type BuildContext, prepareSimulation, type Registry, resolveScenario, type Settings } from '../../../engine/index.ts';
import { plugin as biasing } from '../../../plugins/biasing/index.ts';
import { plugin as variables } from '../../../plugins/collective-variables/index.ts';
import {
  denseShape,
  describeNetwork,
  initialParameters,
} from '../../../plugins/collective-variables/learned/network/description.ts';
import { type VariableFile, writeVariable } from '../../../plugins/collective-variables/learned/variable-file.ts';
import { registry } from '../../support/systems.ts';

export const all: Registry = registry();
biasing.register(all);
variables.register(all);

/** A particle in the plane, in the Mueller-Brown potential times 0.15 unless other forces are given. */
export const plane = {
  system: {
    build: 'model',
    start: [[-0.56, 1.44]],
    forces: [{ type: 'mueller-brown', scale: 0.15 }] as readonly object[],
  },
  dynamics: { integrator: 'langevin', timestep: 0.005, temperature: 1, friction: 10 } as object,
  variables: { x: { type: 'position', axis: 'x' }, y: { type: 'position', axis: 'y' } } as object,
};

/** A network with random weights of all superposed positions of the chain, as if it had been learned. */
function randomVariable(): string {
  const names = Array.from({ length: 15 }, (_, k) => `heavy.${Math.floor(k / 3)}${'xyz'[k % 3]}`);
  const shape = denseShape([names.length, 20, 20, 2], 'tanh');
  const same = (value: number): number[] => names.map(() => value);
  const file: VariableFile = {
    format: 'md-variable',
    version: 1,
    learner: 'generator-eigenfunctions',
    units: 'md',
    features: {
      variables: { heavy: { type: 'aligned-positions', atoms: [0, 1, 2, 3, 4] } },
      inputs: ['heavy'],
      references: { heavy: [0, 0, 0, 0.15, 0, 0, 0.2, 0.14, 0, 0.35, 0.14, 0.05, 0.4, 0.2, 0.18] },
    },
    particles: 5,
    statistics: { names, mean: same(0), deviation: same(0.1), minimum: same(-0.2), maximum: same(0.2) },
    network: describeNetwork(shape, initialParameters(shape, seedrandom('1'))),
    softmax: false,
    decoder: null,
    range: [
      { from: -1, to: 1 },
      { from: -1, to: 1 },
    ],
    eigenvalues: [],
    singularValues: [],
    kT: null,
    frames: { training: 0, validation: 0, effective: 0 },
    details: {},
    warnings: [],
  };
  return writeVariable(file);
}

/** A flexible chain of five in the units of atoms, with a distance, dihedrals, a network of the whole, and a path. */
export const chain = {
  system: {
    build: 'chain',
    beads: 5,
    bondLength: 0.15,
    particle: { mass: 12 },
    forces: [
      { type: 'harmonic-bond', length: 0.15, k: 20000 },
      { type: 'harmonic-angle', angle: '112 deg', k: 400 },
    ] as readonly object[],
  },
  dynamics: { integrator: 'langevin', timestep: '1 fs', temperature: '300 K', friction: '5 /ps' } as object,
  variables: {
    r: { type: 'distance', atoms: [0, 4] },
    phi: { type: 'dihedral', atoms: [0, 1, 2, 3] },
    psi: { type: 'dihedral', atoms: [1, 2, 3, 4] },
    xi: { type: 'learned', file: 'xi.json' },
    p: {
      type: 'path',
      of: ['r', 'phi'],
      nodes: [
        [0.35, -2],
        [0.4, 0],
        [0.5, 2],
      ],
    },
  } as object,
};

export type Start = typeof plane | typeof chain;

/** The plane itself, and what says so. */
const inUnitsOfPlane = (start: Start): boolean => start === plane || ('units' in start && start.units === 'lj');

/** Settings of a stage, with defaults filled. */
export function settingsOf(start: Start, biases: object, run: object = {}): Settings {
  const units = inUnitsOfPlane(start) ? 'lj' : 'md';
  const scenario = { name: 'test', units, ...start, biases, run: { steps: 100, ...run } };
  return resolveScenario(scenario, all).stages[0].settings;
}

/** @param platform as in `platforms` of test/support/systems.ts */
export async function biased(
  start: Start,
  biases: object,
  platform = 'reference',
  run: object = {},
  seed = 1,
  outside: Partial<Pick<BuildContext, 'input' | 'readText'>> = {},
) {
  const [name, precision] = platform.split(' ');
  const settings = { ...settingsOf(start, biases, run), platform: { name, ...(precision ? { precision } : {}) } };
  const units = inUnitsOfPlane(start) ? ('lj' as const) : ('md' as const);
  const build = {
    units,
    seed,
    where: 'system',
    readText: (path: string) =>
      path === 'xi.json'
        ? Promise.resolve(randomVariable())
        : (outside.readText?.(path) ?? Promise.reject(new Error(`no ${path}`))),
    stage: () => Promise.reject(new Error('there are no stages')),
    ...(outside.input ? { input: outside.input } : {}),
  };
  const prepared = await prepareSimulation(settings, build, seed, all);
  const { force } = prepared.biases;
  if (!force) throw new Error('the scenario has no biases');
  return { ...prepared, force };
}

/** Columns that biases report now, by name. */
export function report({ force }: Awaited<ReturnType<typeof biased>>): Record<string, number> {
  const values = force.report();
  return Object.fromEntries(force.columns.map(({ name }, k) => [name, values[k]]));
}
