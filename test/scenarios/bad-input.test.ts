/** Whatever is wrong with what a user gives: one clear message, exit code 2 or 3, no stack trace, and earlier stages stay usable. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { File, ready } from 'h5wasm/node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunManifest } from '../../tools/runner/manifest.ts';
import { planScenario } from '../../tools/runner/scenario-file.ts';
import { md, noStack, type Result, write } from '../support/command.ts';
import { readJson, root, scratch } from '../support/fixtures.ts';

const test = suite('bad input');

const langevin = { integrator: 'langevin', timestep: '1 fs', temperature: 143, friction: 1 };
const ethane = {
  build: 'pack',
  molecules: [{ structure: 'molecules/ethane.pdb', count: 12 }],
  density: '0.5 g/cm3',
  forceField: ['opls-aa-alkanes.xml'],
  nonbonded: { cutoff: 0.45 },
};
const argon = { forces: [{ type: 'lennard-jones', sigma: 0.34, epsilon: 1 }], nonbonded: { cutoff: 1 } };
const simulate = (name: string, system: object, further: object = {}) => ({
  name,
  do: 'simulate',
  system,
  dynamics: langevin,
  run: { steps: 100 },
  ...further,
});
/** The stage that is sound, and stays usable whatever comes after it. */
const atoms = simulate('atoms', ethane, { run: { minimise: true, steps: 400 }, output: { everySteps: 4 } });
const scenario = (...stages: object[]) => ({ name: 'case', stages: [atoms, ...stages] });

/** One message, its exit code, nothing that only a programmer could read. */
function refused(result: Result, code: number, ...says: RegExp[]): void {
  assert.is(result.code, code, result.err);
  for (const pattern of says) assert.match(result.err, pattern);
  assert.is(result.err.match(/^md: /gm)?.length, 1, `one message: ${result.err}`);
  noStack(result);
}

/** Runs all, two at a time: each is a process or two. */
async function inPairs<T>(cases: readonly T[], run: (each: T) => Promise<void>): Promise<void> {
  const queue = [...cases];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await run(next);
  };
  await Promise.all([worker(), worker()]);
}

const bead = (name: string, further: object = {}) =>
  simulate(name, { build: 'ring', beads: 10, bondLength: 0.3, particle: { mass: 10 }, ...springs }, further);
const springs = { forces: [{ type: 'harmonic-bond', length: 0.3, k: 500 }] };

test('all mistakes that a scenario shows by itself are listed at once, before anything runs: place, what was found, what is allowed', async () => {
  const folder = scratch();
  const stages = [
    bead('a', { outptu: {} }),
    bead('b', { system: { ...bead('b').system, particle: { mass: -1 } } }),
    bead('c', { do: 'simulte' }),
    bead('d', { dynamics: { ...langevin, integrator: 'langevn' } }),
    bead('e', { dynamics: { ...langevin, temperature: '143 ps' } }),
    { name: 'f', do: 'train-mapping', from: 'nowhere' },
    { name: 'g', do: 'train-mapping', from: 'h' },
    { name: 'h', do: 'simulate', system: { from: 'c' }, dynamics: langevin, run: { steps: 1 } },
  ];
  write(folder, 'case.json', { name: 'case', stages });
  const result = await md(folder, 'run', 'case.json');
  refused(
    result,
    2,
    /stages\[0\]\.outptu: unknown property "outptu"; did you mean "output"\? allowed here: /,
    /stages\[1\]\.system\.particle\.mass: must be greater than 0; found -1/,
    /stages\[2\]\.do: .*found "simulte"; did you mean "simulate"\? known: simulate, .*train-mapping/,
    /stages\[3\]\.dynamics\.integrator: .*"langevn"; did you mean "langevin"\?/,
    /stages\[4\]\.dynamics\.temperature: .*"300 K".*found "143 ps"/,
    /stages\[5\]\.from: no earlier stage is called "nowhere".* a, b, d, e/,
    /stages\[6\]\.from: the stage "h" does not come before this one.* a, b, d, e/,
  );
  assert.not.match(result.err, /stages\[7\]/, 'a reference to a stage that is wrong itself is no second mistake');
  assert.not.ok(existsSync(join(folder, 'runs')), 'nothing was started');
});

test('settings that do not fit each other are found before anything runs', async () => {
  const cases: [object, RegExp][] = [
    [{ platform: 'referense' }, /^stages\[1\]\.platform: no platform is called "referense"; did you mean "reference"\?/],
    [
      { run: { time: '10.5 fs' } },
      /^stages\[1\]\.run\.time: 0\.0105 is 10\.5 timesteps of 0\.001; .* such as 0\.011 \(11 steps\)/,
    ],
    [{ run: { time: '10 fs', steps: 10 } }, /^stages\[1\]\.run: found both "time" and "steps"; give one of them/],
    [{ run: {} }, /^stages\[1\]\.run: does not say how long: give "time": "100 ps", or "steps"/],
    [{ output: { every: '1.5 fs' } }, /^stages\[1\]\.output\.every: 0\.0015 is 1\.5 timesteps/],
  ];
  for (const [further, message] of cases) {
    const plan = planScenario({ json: scenario(bead('bad', further)), folder: scratch() });
    const error = await plan.then(
      () => 'nothing was refused',
      (thrown: Error) => `${thrown.message}`,
    );
    assert.match(error, message);
  }
});

test('md check finds a start of which nothing says how warm it is', async () => {
  const folder = scratch();
  write(folder, 'case.json', {
    name: 'case',
    stages: [bead('a', { dynamics: { integrator: 'velocity-verlet', timestep: 0.001 } })],
  });
  refused(await md(folder, 'check', 'case.json'), 2, /stages\[0\]\.run\.temperature: is missing: .*"temperature": "300 K"/);
});

test('a folder that cannot be written, and a scenario that cannot be read', async () => {
  const folder = scratch();
  write(folder, 'case.json', scenario());
  refused(
    await md(folder, 'run', 'case.json', '--out', 'case.json'),
    2,
    /case\.json: this folder cannot be written \(EEXIST.*--out/,
  );
  write(folder, 'case.json', '{ "name": "x",\n  "stages": [ { "name": "a" "do": "simulate" } ] }');
  refused(await md(folder, 'run', 'case.json'), 2, /case\.json:2:\d+: expected "," or "}"/);
});

/** A finished run of `atoms`, made once; tests work on copies. */
const home = scratch();
let made: Promise<Result> | undefined;

/** A folder with a finished run of `atoms` and a scenario that adds a stage. */
async function after(...stages: object[]): Promise<string> {
  if (!made) {
    write(home, 'case.json', scenario());
    made = md(home, 'run', 'case.json');
  }
  assert.is((await made).code, 0, (await made).err);
  const folder = scratch();
  cpSync(home, folder, { recursive: true });
  write(folder, 'case.json', scenario(...stages));
  return folder;
}

/** The run fails as it should, and the finished stage is neither lost nor run again. */
async function failsAfterAtoms(folder: string, code: number, ...says: RegExp[]): Promise<void> {
  const before = readJson<RunManifest>(join(folder, 'runs/case/run.json')).stages[0];
  const result = await md(folder, 'run', 'case.json');
  refused(result, code, /md: stage "bad" failed: /, /Finished stages stay usable in runs\/case: atoms\./, ...says);
  assert.match(result.out, /atoms: finished earlier with the same inputs, not run again/);
  const { status, stages } = readJson<RunManifest>(join(folder, 'runs/case/run.json'));
  assert.equal([status, stages[0], stages[1].status], ['failed', before, 'failed']);
}

const forceField = readFileSync(join(root, 'forcefields/opls-aa-alkanes.xml'), 'utf8');
const pdb = readFileSync(join(root, 'scenarios/molecules/ethane.pdb'), 'utf8');
const extXyz = (...atomLines: string[]) =>
  `${atomLines.length}\nLattice="30 0 0 0 30 0 0 0 30" Properties=species:S:1:pos:R:3\n${atomLines.join('\n')}\n`;
const fromFile = { ...argon, build: 'file', structure: 'argon.xyz' };
/** Three particles with rigid distances of 0.15, 0.15 and 0.5 nm. */
const contradiction = `[ defaults ]
1 2 no 1 1
[ atomtypes ]
A 12 0 A 0.3 0.5
[ moleculetype ]
TRI 3
[ atoms ]
1 A 1 TRI A1 1 0
2 A 1 TRI A2 2 0
3 A 1 TRI A3 3 0
[ constraints ]
1 2 1 0.15
2 3 1 0.15
1 3 1 0.5
[ system ]
three
[ molecules ]
TRI 1
`;
const triangle = `three
3
    1TRI     A1    1   0.100   0.100   0.100
    1TRI     A2    2   0.250   0.100   0.100
    1TRI     A3    3   0.175   0.230   0.100
   3.00000   3.00000   3.00000
`;

interface Case {
  readonly what: string;
  readonly stage: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: RegExp[];
}

const cases: readonly Case[] = [
  {
    what: 'a negative mass in the force field',
    stage: simulate('bad', { ...ethane, forceField: ['mine.xml'] }),
    files: { 'mine.xml': forceField.replace('mass="1.008"', 'mass="-1.008"') },
    code: 2,
    says: [/mine\.xml:\d+: type "HC" has mass -1\.008; a mass must be positive/],
  },
  {
    what: 'a parameter that the force field lacks',
    stage: simulate('bad', { ...ethane, forceField: ['mine.xml'] }),
    files: { 'mine.xml': forceField.replace(/<Bond class1="CT" class2="HC".*\/>/, '') },
    code: 2,
    says: [
      /stages\[1\]\.system\.forceField: .*no bond parameters for types CT-CH3 - HC.*particles 0 \(C1 of ETH 0\), 1 .*<HarmonicBondForce>/,
    ],
  },
  {
    what: 'a molecule that the force field does not know',
    stage: simulate('bad', { ...ethane, molecules: [{ structure: 'mine.pdb', count: 12 }] }),
    files: {
      'mine.pdb': pdb
        .replace(/HETATM {4}8.*\n/, '')
        .replace(/(CONECT {4}5.*) {4}8/, '$1')
        .replace(/CONECT {4}8.*\n/, ''),
    },
    code: 2,
    says: [
      /system\.forceField: no template of the force field fits residue 0 \(ETH, .*Nearest: "ethane" \(1 H missing here: H6, /,
    ],
  },
  {
    what: 'a charge that does not add up',
    stage: simulate('bad', { ...ethane, forceField: ['mine.xml'] }),
    files: { 'mine.xml': forceField.replace('type="CT-CH3" charge="-0.18"', 'type="CT-CH3" charge="-0.22"') },
    code: 2,
    says: [/system\.forceField: the charges add up to -0\.9600 e, .*12 residues have a broken charge: ETH 0 \(-0\.0800 e\)/],
  },
  {
    what: 'constraints that contradict each other',
    stage: simulate('bad', { build: 'gromacs', topology: 'three.top', structure: 'three.gro', nonbonded: { cutoff: 1 } }),
    files: { 'three.top': contradiction, 'three.gro': triangle },
    code: 2,
    says: [
      /system\.constraints: the lengths between particles 0 \(A1 .*cannot all be met: 0\.5 nm is more than 0\.15 nm and 0\.15 nm/,
    ],
  },
  {
    what: 'a barostat on an open box',
    stage: simulate(
      'bad',
      { build: 'file', structure: 'molecules/ethane.pdb', forceField: ['opls-aa-alkanes.xml'], nonbonded: { cutoff: 'none' } },
      { dynamics: { ...langevin, barostat: { type: 'monte-carlo', pressure: '1 bar' } } },
    ),
    code: 2,
    says: [/dynamics\.barostat: needs a periodic box, but the boundaries of this system are open; give it a box, or remove/],
  },
  {
    what: 'a force field that ends too early',
    stage: simulate('bad', { ...ethane, forceField: ['mine.xml'] }),
    files: { 'mine.xml': forceField.slice(0, 3000) },
    code: 2,
    says: [/mine\.xml:\d+: the file ends with ".*" instead of a tag; it seems truncated/],
  },
  {
    what: 'two atoms in one place',
    stage: simulate('bad', fromFile),
    files: { 'argon.xyz': extXyz('Ar 1 1 1', 'Ar 9 9 9', 'Ar 1 1 1') },
    code: 2,
    says: [/stages\[1\]\.system: particles 0 \(Ar of MOL 0\) and 2 \(Ar of MOL 2\) are 0\.00 apart; overlapping/],
  },
  {
    what: 'two atoms so close that the first step would throw them out',
    stage: simulate('bad', fromFile),
    files: { 'argon.xyz': extXyz('Ar 1 1 1', 'Ar 9 9 9', 'Ar 1.3 1 1') },
    code: 3,
    says: [/particle 0 \(Ar of MOL 0\) would move it .* nm .*particle 2 \(Ar of MOL 2\), is 0\.0300 nm away.*"minimise": true/],
  },
  {
    what: 'a timestep at which the system blows up',
    stage: simulate('bad', ethane, {
      run: { minimise: true, temperature: 300, steps: 20000 },
      dynamics: { integrator: 'velocity-verlet', timestep: '8 fs' },
    }),
    code: 3,
    says: [/At step \d+ .*particle \d+ \(\w+.*shorten the timestep.*What was written before stays: \d+ frames, and the log/],
  },
  {
    what: 'a box smaller than twice the cut-off',
    stage: simulate('bad', { ...ethane, nonbonded: { cutoff: 0.6 } }),
    code: 2,
    says: [/stages\[1\]\.system\.nonbonded\.cutoff: the cut-off 0\.6 is more than half the smallest width of the box, 1\.06/],
  },
  {
    what: 'a PDB file that ends in the middle of a line',
    stage: simulate('bad', { ...ethane, molecules: [{ structure: 'mine.pdb', count: 12 }] }),
    files: { 'mine.pdb': pdb.slice(0, pdb.indexOf('H3') + 22) },
    code: 2,
    says: [/mine\.pdb:5: this HETATM record has \d+ characters and lacks coordinates .* truncated/],
  },
  {
    what: 'more sites than any training fills',
    stage: { name: 'bad', do: 'train-mapping', from: 'atoms', sitesPerMolecule: 7, seeds: 1, epochs: 300, polish: false },
    code: 3,
    says: [/stages\[1\]: no training filled all 7 sites \(seed 0 uses \d\); set "sitesPerMolecule" to at most \d/],
  },
];

test('what only shows when a stage builds its system or works: the stage, the place, the remedy; what came before is kept', async () => {
  await inPairs(cases, async ({ what, stage, files = {}, code, says }) => {
    const folder = await after(stage);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    try {
      await failsAfterAtoms(folder, code, ...says);
    } catch (error) {
      if (error instanceof Error) error.message = `${what}: ${error.message}`;
      throw error;
    }
  });
});

/** Overwrites one number of frame 70 of a finished run. */
async function poison(folder: string, what: 'position' | 'force'): Promise<void> {
  await ready;
  const file = new File(join(folder, 'runs/case/atoms/trajectory.h5'), 'a');
  const values = file.get(`particles/all/${what}/value`) as unknown as {
    write_slice(ranges: number[][], data: Float32Array): void;
  };
  values.write_slice(
    [
      [70, 71],
      [3, 4],
      [1, 2],
    ],
    Float32Array.of(Number.NaN),
  );
  file.close();
}

test('a NaN in a training set is named by frame, atom and component, by the mapper, by force matching and by a comparison', async () => {
  const byHand = { name: 'mapping', do: 'train-mapping', from: 'atoms', assignment: [0, 0, 0, 0, 1, 1, 1, 1] };
  const mapper = { name: 'bad', do: 'train-mapping', from: 'atoms', sitesPerMolecule: 2 };
  const compare = { name: 'bad', do: 'compare', reference: 'atoms', candidate: 'atoms' };
  const spline = { name: 'spline', do: 'train-potential', from: 'atoms', mapping: 'mapping', model: { type: 'spline' } };
  const inPositions = async () => {
    const folder = await after(mapper);
    await poison(folder, 'position');
    await failsAfterAtoms(
      folder,
      2,
      /stages\[1\]\.from \(atoms\): frame 70, atom 3 \(H3\): the y component of its position is NaN/,
    );
    write(folder, 'case.json', scenario(compare));
    await failsAfterAtoms(folder, 3, /frame 70 .*NaN along y for particle 3 \(H3 of ETH 0\)/);
  };
  const inForces = async () => {
    const folder = await after(byHand);
    assert.is((await md(folder, 'run', 'case.json')).code, 0);
    await poison(folder, 'force');
    write(folder, 'case.json', scenario(byHand, spline));
    const atom = /stages\[2\]\.from: frame 70, atom 3 \(H3\): the y component of its force is NaN/;
    refused(await md(folder, 'run', 'case.json'), 2, atom, /usable in runs\/case: atoms, mapping\./);
  };
  await Promise.all([inPositions(), inForces()]);
});

test.run();
