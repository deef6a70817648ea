/** The operations of the graph network in f32 SIMD (AssemblyScript, compiled by tools/build/assembly.mjs): the jobs of its threads. */
import { allocate, arenaAddress, catchUp } from '../../../../engine/threads/assembly/memory';
import { barrier, joinTeam, thread } from '../../../../engine/threads/assembly/threads';
import { box, enter } from '../../assembly/box';
import { coordinateBytes, coordinates, createList, cutoff, excluded, excludedFirst, list } from '../../assembly/cells';
import { listBuilds, updateList } from '../../assembly/list';
import { eachTile, eachTileAtWill, points, ranges, tiles } from '../../assembly/tiles';
import {
  addForces, bondedCutoff, bondedIntervals, bondedInverseSpacing, bondedRow, buildEdges, createEdges, intervals, inverseSpacing, placeBonded,
  setDirection, sumExtremes, sumVirial,
} from './edges';
import {
  blocks, direction, energies, energyScale, extremes, forces, padded, positions, rows, species, tableGradient, tables, transposed, virial,
  weightGradient, weights,
} from './network';
import { run } from './passes';
export {
  allocate, arenaAddress, catchUp, blocks, bondedCutoff, bondedIntervals, bondedInverseSpacing, bondedRow, box, coordinateBytes, coordinates, createEdges,
  createList, cutoff, direction, energies, energyScale, enter, excluded, excludedFirst, extremes, forces, intervals, inverseSpacing, joinTeam, list,
  listBuilds, padded, placeBonded, points, positions, ranges, rows, species, tableGradient, tables, tiles, transposed, virial, weightGradient, weights,
};

/** Sets forces, virial and extremes; returns the energy (to the first thread). */
export function evaluate(program: usize, instructions: i32): f64 {
  updateList();
  eachTileAtWill(buildEdges);
  run(program, instructions);
  eachTile(addForces);
  if (thread != 0) return 0;
  sumExtremes();
  sumVirial();
  let energy: f64 = 0;
  for (let range = 0; range < ranges; range++) energy += load<f64>(energies + (<usize>range << 3));
  return energy;
}

/** Adds the derivative of (direction . gradient of the energy) by all parameters to their gradients. */
export function addGradient(program: usize, instructions: i32): void {
  eachTileAtWill(setDirection);
  barrier();
  run(program, instructions);
}
