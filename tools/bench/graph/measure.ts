/**
 * Times a force call and a training step of the graph network, beside PyTorch where it is installed, and checks that both have the same gradients.
 * Training takes the threads that are asked for, whatever it would choose by itself.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startThreads } from '../../../engine/index.ts';
import { selectBackend } from '../../../plugins/learning/index.ts';
import { parameterSize, tableRows, tableSize } from '../../../plugins/potentials/graph/architecture.ts';
import { TrainableNetwork } from '../../../plugins/potentials/graph/filters.ts';
import { simdKernel } from '../../../plugins/potentials/graph/simd.ts';
import { emptyPairs, neighbourPairs } from '../../../plugins/potentials/neighbour-pairs.ts';
import { median } from '../../analysis/statistics.ts';
import { packageRoot } from '../../runner/package-root.ts';
import { runProgram } from '../peers/program.ts';
import { graphProblem } from './problem.ts';

const script = join(packageRoot, 'tools', 'bench', 'peers', 'graph_torch.py');

type Problem = ReturnType<typeof graphProblem>;

/** Milliseconds of a force call, of forces and gradient, and of a training step; and what they came to. */
interface Ours {
  readonly force: number;
  readonly matching: number;
  readonly training: number;
  readonly forces: Float64Array;
  readonly gradient: Float64Array;
  readonly tableGradient: Float64Array;
}

/** Milliseconds of one call: the median of `repeats` timings of several calls each. */
function time(call: () => void, seconds: number, repeats = 5): number {
  for (const warm = performance.now(); performance.now() - warm < 500; ) call();
  const each: number[] = [];
  for (let r = 0; r < repeats; r++) {
    const from = performance.now();
    let calls = 0;
    for (; performance.now() - from < (1000 * seconds) / repeats; calls++) call();
    each.push((performance.now() - from) / calls);
  }
  return median(each);
}

async function measure(problem: Problem, network: TrainableNetwork, count: number, seconds: number): Promise<Ours> {
  const { positions, box, architecture, species, targets } = problem;
  const threads = await startThreads(count, '--threads');
  // Positions do not change: a simulation makes a list every few steps, a training for every frame.
  const [simulated, trained] = [0.45, 0].map((skin) => {
    const kernel = simdKernel(architecture, { species, bonded: new Int32Array(0) }, { threads, skin });
    kernel.setNetwork(network.parameters(), network.tables());
    return kernel;
  });
  const forces = new Float64Array(positions.length);
  const virial = new Float64Array(9);
  const residual = new Float64Array(positions.length);
  const gradient = new Float64Array(parameterSize(architecture));
  const tableGradient = new Float64Array(tableSize(architecture));
  const elsewhere = positions.map((x, k) => x + (k % 3 === 0 ? 0.1 : 0));
  let frame = 0;
  const matchForces = (): void => {
    trained.evaluate(frame++ % 2 === 0 ? positions : elsewhere, box, residual.fill(0), virial);
    for (let k = 0; k < residual.length; k++) residual[k] -= targets[k];
    gradient.fill(0);
    tableGradient.fill(0);
    trained.addGradient(residual, gradient, tableGradient);
  };
  matchForces();
  const checked = { gradient: gradient.slice(), tableGradient: tableGradient.slice() };
  const force = time(() => simulated.evaluate(positions, box, forces.fill(0), virial), seconds);
  const matching = time(matchForces, seconds);
  const training = time(() => {
    trained.setNetwork(network.parameters(), network.tables());
    matchForces();
    network.step(gradient, tableGradient, 0);
  }, seconds);
  threads.stop();
  return { force, matching, training, forces, ...checked };
}

function line(who: string, values: readonly number[]): string {
  return `${who.padEnd(34)}${values.map((v) => v.toFixed(2).padStart(12)).join('')}\n`;
}

/** Runs PyTorch and prints its line below ours; false if it cannot be run. */
async function compare(folder: string, threads: number, ours: Ours): Promise<boolean> {
  const result = await runProgram('/usr/bin/python3', [script, folder, String(threads)]);
  if (result?.code !== 0) {
    process.stdout.write(`PyTorch: not run${result ? `: ${result.err.trim().split('\n').at(-1)}` : ' (no /usr/bin/python3)'}\n`);
    return false;
  }
  const peer = JSON.parse(result.out.trim().split('\n').at(-1) ?? '') as Record<string, number | string>;
  const [force, step] = [Number(peer.force), Number(peer.step)];
  process.stdout.write(
    line(`PyTorch ${peer.version}, ${threads} thread(s)`, [force, step, step]) +
      line(`  times ours on ${threads}`, [force / ours.force, step / ours.matching, step / ours.training]) +
      `  relative difference from PyTorch in f64 on the same tables: forces ${peer.forceError}, gradient of dense parameters ${peer.gradientError}, of filters ${peer.tableError}\n`,
  );
  return true;
}

function writeProblem(folder: string, problem: Problem, network: TrainableNetwork, ours: Ours, seconds: number): void {
  const { positions, box, architecture, filters, species, targets } = problem;
  const contents = {
    architecture,
    rows: tableRows(architecture),
    shape: filters.nonbonded,
    box: [...(box.vectors ?? [])],
    positions: [...positions],
    species: [...species],
    targets: [...targets],
    parameters: [...network.parameters()],
    tables: [...network.tables()],
    gradient: [...ours.gradient],
    tableGradient: [...ours.tableGradient],
    forces: [...ours.forces],
    seconds,
  };
  writeFileSync(join(folder, 'problem.json'), JSON.stringify(contents));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      peers: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '2' },
      threads: { type: 'string', default: '1' },
    },
  });
  const seconds = Number(values.seconds);
  const problem = graphProblem();
  const { positions, box, architecture, filters, random } = problem;
  const { tf, name } = await selectBackend(['wasm', 'cpu']);
  const network = new TrainableNetwork(tf, architecture, filters, random);
  const near = neighbourPairs(positions, box, architecture.nonbonded.cutoff, null, emptyPairs());
  process.stdout.write(
    `${near.count * 2} directed edges; tfjs backend ${name}\n${''.padEnd(34)}   ms a force ms a gradient   ms a step\n`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'md-graph-'));
  try {
    for (const threads of values.threads.split(',').map(Number)) {
      const ours = await measure(problem, network, threads, seconds);
      process.stdout.write(line(`md, ${threads} thread(s)`, [ours.force, ours.matching, ours.training]));
      writeProblem(folder, problem, network, ours, seconds);
      if (values.peers && !(await compare(folder, threads, ours))) return;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
