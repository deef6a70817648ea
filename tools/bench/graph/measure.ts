/** Times a force call and a training step of the graph network, beside PyTorch where it is installed, and checks that both have the same gradients. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      peers: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '2' },
      threads: { type: 'string', default: '1' },
    },
  });
  const seconds = Number(values.seconds);
  const { positions, box, architecture, filters, species, targets, random } = graphProblem();
  const { tf, name } = await selectBackend(['wasm', 'cpu']);
  const network = new TrainableNetwork(tf, architecture, filters, random);
  const kernel = simdKernel(architecture, { species, bonded: new Int32Array(0) });
  const parameters = network.parameters();
  const tables = network.tables();
  kernel.setNetwork(parameters, tables);
  const near = neighbourPairs(positions, box, architecture.nonbonded.cutoff, null, emptyPairs());
  const start = new Int32Array(species.length + 1);
  for (let n = 0; n < near.count; n++) start[near.i[n] + 1]++;
  for (let i = 1; i < start.length; i++) start[i] += start[i - 1];
  kernel.setPairs(start, near.j.slice(0, near.count));
  const forces = new Float64Array(positions.length);
  const virial = new Float64Array(9);
  const residual = new Float64Array(positions.length);
  const gradient = new Float64Array(parameterSize(architecture));
  const filterGradient = new Float64Array(tableSize(architecture));
  const matchForces = (): void => {
    kernel.evaluate(positions, box, residual.fill(0), virial);
    for (let k = 0; k < residual.length; k++) residual[k] -= targets[k];
    gradient.fill(0);
    filterGradient.fill(0);
    kernel.addGradient(residual, gradient, filterGradient);
  };
  matchForces();
  const checked = { gradient: gradient.slice(), filters: filterGradient.slice() };
  const force = time(() => kernel.evaluate(positions, box, forces.fill(0), virial), seconds);
  const matching = time(matchForces, seconds);
  const training = time(() => {
    kernel.setNetwork(network.parameters(), network.tables());
    matchForces();
    network.step(gradient, filterGradient, 1e-6);
  }, seconds);
  const line = (who: string, values_: readonly number[]): string =>
    `${who.padEnd(34)}${values_.map((v) => v.toFixed(2).padStart(12)).join('')}`;
  process.stdout.write(
    `${near.count * 2} directed edges; tfjs backend ${name}\n${''.padEnd(34)}   ms a force ms a gradient   ms a step\n`,
  );
  process.stdout.write(`${line('md, one thread', [force, matching, training])}\n`);
  if (!values.peers) return;
  const folder = mkdtempSync(join(tmpdir(), 'md-graph-'));
  try {
    const rows = tableRows(architecture);
    writeFileSync(
      join(folder, 'problem.json'),
      JSON.stringify({
        architecture,
        rows,
        shape: filters.nonbonded,
        box: [...(box.vectors ?? [])],
        positions: [...positions],
        species: [...species],
        targets: [...targets],
        parameters: [...parameters],
        tables: [...tables],
        gradient: [...checked.gradient],
        tableGradient: [...checked.filters],
        forces: [...forces],
        seconds,
      }),
    );
    for (const threads of values.threads.split(',')) {
      const result = await runProgram('/usr/bin/python3', [script, folder, threads]);
      if (result?.code !== 0) {
        process.stdout.write(
          `PyTorch: not run${result ? `: ${result.err.trim().split('\n').at(-1)}` : ' (no /usr/bin/python3)'}\n`,
        );
        return;
      }
      const peer = JSON.parse(result.out.trim().split('\n').at(-1) ?? '') as Record<string, number | string>;
      process.stdout.write(
        `${line(`PyTorch ${peer.version}, ${threads} thread(s)`, [peer.force, peer.step, peer.step].map(Number))}\n`,
      );
      process.stdout.write(
        `${line('  times ours', [Number(peer.force) / force, Number(peer.step) / matching, Number(peer.step) / training])}\n` +
          `  relative difference from PyTorch in f64 on the same tables: forces ${peer.forceError}, gradient of dense parameters ${peer.gradientError}, of filters ${peer.tableError}\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
