/** LAMMPS as a peer: one process, or MPI processes where more threads are asked for, with the styles of its OPT package. */
import { writeLammps } from './lammps-input.ts';
import { CannotRun, type InstalledPeer, type Peer, type PeerRun, type PeerRunOptions } from './peer.ts';
import { type ProgramResult, runProgram, succeeded } from './program.ts';

const command = 'lmp';
/** So that MPI starts in a container and on few cores; other MPIs ignore these. */
const mpiEnvironment = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
};

export const lammps: Peer = {
  name: 'LAMMPS',
  async find() {
    const help = await runProgram(command, ['-h']);
    if (!help) return null;
    const version = /Simulator - (.+)/.exec(help.out)?.[1].trim() ?? 'unknown version';
    const optimised = /\bOPT\b/.test(help.out);
    return installed(`${version}${optimised ? ', -sf opt' : ''}`, optimised);
  },
};

function installed(version: string, optimised: boolean): InstalledPeer {
  return {
    name: lammps.name,
    version,
    async prepare(folder, input) {
      const { differences, energy } = writeLammps(folder, input);
      return {
        differences: ['f64 forces and state', ...differences],
        run: async (options) => readLog(await start(folder, options, optimised), energy),
      };
    },
  };
}

async function start(folder: string, { threads, warmUp, steps }: PeerRunOptions, optimised: boolean): Promise<ProgramResult> {
  const words = ['-in', 'in.bench', '-log', 'log.bench', '-var', 'warm', `${warmUp}`, '-var', 'steps', `${steps}`];
  if (optimised) words.push('-sf', 'opt');
  if (threads === 1) return succeeded('LAMMPS', await runProgram(command, words, { cwd: folder, env: { OMP_NUM_THREADS: '1' } }));
  const parallel = await runProgram('mpirun', ['-np', `${threads}`, command, ...words], {
    cwd: folder,
    env: { ...mpiEnvironment, OMP_NUM_THREADS: '1' },
  });
  if (parallel === null) throw new CannotRun(`${threads} threads need mpirun, which is not installed`);
  return succeeded('LAMMPS', parallel);
}

/** The last of its loops is the timed one. @param energy factor from its energies to ours */
export function readLog({ out }: ProgramResult, energy: number): PeerRun {
  const loops = [...out.matchAll(/Loop time of (\S+) on \d+ procs for (\d+) steps/g)];
  const last = loops.at(-1);
  if (!last) throw new CannotRun('LAMMPS printed no time');
  const shares = [...out.matchAll(/([\d.]+)% CPU use/g)];
  const start = /start potential (\S+)/.exec(out);
  return {
    stepsPerSecond: Number(last[2]) / Number(last[1]),
    cpuShare: shares.length > 0 ? Number(shares[shares.length - 1][1]) / 100 : null,
    startPotential: start ? Number(start[1]) * energy : null,
  };
}
