/** Registers the engine's own system builders. */
import type { Registry } from '../../registry.ts';
import { chain } from './chain.ts';
import { file } from './file.ts';
import { gromacs } from './gromacs.ts';
import { lattice } from './lattice.ts';
import { model } from './model.ts';
import { pack } from './pack.ts';
import { ring } from './ring.ts';
import { solvate } from './solvate.ts';
import { stageBuilder } from './stage.ts';

export function registerBuilders(registry: Registry): void {
  for (const builder of [file, gromacs, pack, solvate, lattice, ring, chain, model, stageBuilder(registry)])
    registry.add('builder', builder);
}
