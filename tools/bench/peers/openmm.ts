/** OpenMM as a peer: its CPU platform, driven by a short Python program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runner/package-root.ts';
import { writeStartState } from '../start-state.ts';
import { describeForOpenmm } from './openmm-input.ts';
import { CannotRun, type InstalledPeer, type Peer, type PeerRun, type PeerRunOptions } from './peer.ts';
import { runProgram, succeeded } from './program.ts';

const pythons = ['python3', '/usr/bin/python3'];
const script = join(packageRoot, 'tools', 'bench', 'peers', 'run_openmm.py');

export const openmm: Peer = {
  name: 'OpenMM',
  async find() {
    for (const python of pythons) {
      const result = await runProgram(python, [script, 'version']);
      if (result?.code === 0 && result.out.trim() !== '') return installed(python, result.out.trim());
    }
    return null;
  },
};

function installed(python: string, version: string): InstalledPeer {
  return {
    name: openmm.name,
    version: `${version}, CPU platform`,
    async prepare(folder, input) {
      const { description, differences } = describeForOpenmm(input);
      writeFileSync(join(folder, 'system.json'), JSON.stringify(description));
      writeStartState(join(folder, 'state.f64'), input.system);
      return { differences: ['f32 forces', ...differences], run: (options) => run(python, folder, options) };
    },
  };
}

async function run(python: string, folder: string, { threads, warmUp, steps }: PeerRunOptions): Promise<PeerRun> {
  const words = [script, 'run', folder, `${threads}`, `${warmUp}`, `${steps}`];
  const { out } = succeeded('OpenMM', await runProgram(python, words, { cwd: folder }));
  const line = out.trim().split('\n').at(-1) ?? '';
  const { seconds, cpuSeconds, startPotential } = JSON.parse(line) as Record<string, number>;
  if (!(seconds > 0)) throw new CannotRun('OpenMM printed no time');
  return { stepsPerSecond: steps / seconds, cpuShare: cpuSeconds / seconds / threads, startPotential };
}
