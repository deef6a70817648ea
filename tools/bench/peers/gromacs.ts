/** GROMACS as a peer: one rank with OpenMP threads, everything at its default that the system does not say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGromacs } from './gromacs-input.ts';
import { CannotRun, type InstalledPeer, type Peer, type PeerRun, type PeerRunOptions } from './peer.ts';
import { runProgram, succeeded } from './program.ts';

const command = 'gmx';

export const gromacs: Peer = {
  name: 'GROMACS',
  async find() {
    const result = await runProgram(command, ['--version']);
    if (!result) return null;
    const read = (key: string): string => new RegExp(`^${key}:\\s*(.+)$`, 'm').exec(result.out)?.[1].trim() ?? '?';
    return installed(read('GROMACS version'), read('SIMD instructions'), read('Precision'));
  },
};

function installed(version: string, simd: string, precision: string): InstalledPeer {
  return {
    name: gromacs.name,
    version: `${version}, ${simd}`,
    async prepare(folder, input) {
      const { differences, energy, timestep } = writeGromacs(folder, input);
      const words = ['-f', 'bench.mdp', '-c', 'bench.gro', '-p', 'bench.top', '-o', 'bench.tpr', '-maxwarn', '10'];
      succeeded('gmx grompp', await runProgram(command, ['-quiet', '-nobackup', 'grompp', ...words], { cwd: folder }));
      return {
        differences: [`${precision} precision: f32 state and forces`, ...differences],
        run: (options) => run(folder, options, energy, timestep),
      };
    },
  };
}

async function run(folder: string, options: PeerRunOptions, energy: number, timestep: number): Promise<PeerRun> {
  const { threads, warmUp, steps } = options;
  const words = ['-s', 'bench.tpr', '-g', 'bench.log', '-e', 'bench.edr', '-o', 'bench.trr', '-cpo', 'bench.cpt', '-noconfout'];
  words.push('-ntmpi', '1', '-ntomp', `${threads}`, '-nsteps', `${warmUp + steps}`, '-resetstep', `${warmUp}`);
  const mdrun = await runProgram(command, ['-quiet', '-nobackup', 'mdrun', ...words], { cwd: folder });
  const { seconds, cpuSeconds } = succeeded('gmx mdrun', mdrun);
  // What its log calls core time is wall time: the share of the whole process stands for that of the timed part.
  const cpuShare = cpuSeconds === null ? null : Math.min(1, cpuSeconds / seconds / threads);
  return { ...readLog(readFileSync(join(folder, 'bench.log'), 'utf8'), { energy, timestep }), cpuShare };
}

/** @param log text of mdrun's log; @param energy factor from kJ/mol to our energy; @param timestep in ps, as GROMACS has it */
export function readLog(
  log: string,
  { energy, timestep }: { readonly energy: number; readonly timestep: number },
): Omit<PeerRun, 'cpuShare'> {
  const perDay = /^Performance:\s+(\S+)/m.exec(log);
  if (!perDay) throw new CannotRun('GROMACS printed no performance');
  const potential = firstEnergy(log, 'Potential');
  return {
    stepsPerSecond: (Number(perDay[1]) * 1000) / timestep / 86400,
    startPotential: potential === null ? null : potential * energy,
  };
}

/** A column of the first energy block: lines of names and lines of numbers by turns, fifteen characters a column. */
function firstEnergy(log: string, name: string): number | null {
  const lines = log.slice(log.indexOf('Energies (kJ/mol)')).split('\n').slice(1);
  for (let k = 0; k + 1 < lines.length && lines[k].trim() !== ''; k += 2) {
    for (let column = 0; 15 * column < lines[k].length; column++) {
      if (lines[k].slice(15 * column, 15 * column + 15).trim() === name)
        return Number(lines[k + 1].slice(15 * column, 15 * column + 15));
    }
  }
  return null;
}
