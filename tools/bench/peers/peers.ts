/** The programs that benchmarks are held against. */
import { gromacs } from './gromacs.ts';
import { lammps } from './lammps.ts';
import { openmm } from './openmm.ts';
import type { Peer } from './peer.ts';

export const peers: readonly Peer[] = [lammps, gromacs, openmm];
