/** Times the training of the triple well's eigenfunctions, beside PyTorch where it is installed, and checks that both have the same gradient. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import seedrandom from 'seedrandom';
import { diagonalise, generatorForms } from '../../../plugins/collective-variables/learned/forms.ts';
import { Arena } from '../../../plugins/collective-variables/learned/network/arena.ts';
import {
  denseShape,
  initialParameters,
  parameterCount,
} from '../../../plugins/collective-variables/learned/network/description.ts';
import { generator } from '../../../plugins/collective-variables/learned/terms/generator.ts';
import { GradientTerm } from '../../../plugins/collective-variables/learned/terms/gradient-term.ts';
import { median } from '../../analysis/statistics.ts';
import { packageRoot } from '../../runner/package-root.ts';
import { loadRegistry } from '../../runner/plugins.ts';
import { runProgram } from '../peers/program.ts';
import { settings, triplePoints } from './problem.ts';

const script = join(packageRoot, 'tools', 'bench', 'peers', 'eigenfunctions_torch.py');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { peers: { type: 'boolean', default: false }, repeat: { type: 'string', default: '3' } },
  });
  const registry = await loadRegistry();
  const { data } = triplePoints(registry);
  const { components, penalty, omega, batch, seed } = settings;
  const shape = denseShape([2, ...settings.hidden, components], 'tanh');
  const everything = Int32Array.from({ length: data.count }, (_, p) => p);
  const learner = registry.get('learner', 'generator-eigenfunctions');
  const train = async (round: number) => {
    const from = performance.now();
    const { encoder } = await learner.learn(
      data,
      { omega, penalty, spare: 0, plainPart: 0 },
      {
        ...settings,
        seed: seed + round,
        where: '',
        activation: 'tanh',
        expectStates: true,
        signal: new AbortController().signal,
        record: () => {},
        progress: () => {},
        note: () => {},
      },
    );
    const seconds = (performance.now() - from) / 1000;
    return { seconds, eigenvalues: diagonalise(generatorForms(encoder, data, everything)).values };
  };
  const options = { omega, quotients: 1, penalty, logarithmic: true };
  const capacity = { arena: new Arena('f32'), data, batch };
  const term = new GradientTerm(capacity, shape, [[0, parameterCount(shape)]], false, generator(data.kT, options));
  const parameters = initialParameters(shape, seedrandom('check'));
  const gradient = new Float64Array(parameters.length);
  const { loss } = term.evaluate(parameters, everything.subarray(0, batch), gradient);
  const folder = mkdtempSync(join(tmpdir(), 'md-eigenfunctions-'));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const number = (list: readonly number[]): string => list.map((v) => v.toPrecision(4)).join(' ');
  say(
    'triple well, 5000 points, 200 epochs of 10 batches, network 2-20-20-20-3; eigenvalues over all points (exact 0.2188 0.7637 2.790)',
  );
  try {
    const training = [...data.training];
    const problem = { ...settings, sizes: shape.sizes, kT: data.kT, x: [...data.x], metric: [...(data.metric ?? [])], training };
    writeFileSync(
      join(folder, 'problem.json'),
      JSON.stringify({ ...problem, parameters: [...parameters], gradient: [...gradient], loss }),
    );
    const times: number[][] = [[], []];
    for (let round = 0; round < Number(values.repeat); round++) {
      const own = await train(round);
      times[0].push(own.seconds);
      say(`md                      ${own.seconds.toFixed(2)} s   ${number(own.eigenvalues)}`);
      if (!values.peers) continue;
      const result = await runProgram('/usr/bin/python3', [script, folder, String(seed + round)]);
      if (result?.code !== 0) {
        say(`PyTorch: not run${result ? `: ${result.err.trim().split('\n').at(-1)}` : ' (no /usr/bin/python3)'}`);
        return;
      }
      const peer = JSON.parse(result.out.trim().split('\n').at(-1) ?? '') as {
        version: string;
        seconds: number;
        eigenvalues: number[];
        lossError: number;
        gradientError: number;
      };
      times[1].push(peer.seconds);
      say(
        `PyTorch ${peer.version}, one thread ${peer.seconds.toFixed(2)} s   ${number(peer.eigenvalues)}   (first batch, relative difference in f64: loss ` +
          `${peer.lossError.toExponential(1)}, gradient ${peer.gradientError.toExponential(1)})`,
      );
    }
    if (values.peers)
      say(
        `medians ${median(times[0]).toFixed(2)} s and ${median(times[1]).toFixed(2)} s: ${(median(times[1]) / median(times[0])).toFixed(2)} times as fast`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
