/** Places the mesh of particle-mesh Ewald in the memory of the kernels. */
import { type PmeMesh, splineModuli } from '../../forces/pme-mesh.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { Structure } from '../../system/system.ts';
import { doublesAt } from './memory.ts';
import type { Kernel } from './module.ts';

/** Returns its address. Every particle must have been counted by `createState`. */
export function createMesh(kernel: Kernel, { splitting, grid, order }: PmeMesh, structure: Structure): number {
  const mesh = kernel.createPme(splitting, order, ...grid);
  const root = Math.sqrt(unitConstants(structure.units).coulomb);
  doublesAt(kernel, kernel.pmeCharge(mesh), structure.charge.length).set(structure.charge.map((q) => q * root));
  grid.forEach((n, axis) => {
    doublesAt(kernel, kernel.pmeModuli(mesh, axis), n).set(splineModuli(n, order));
  });
  kernel.finishPme(mesh);
  kernel.addPme(mesh);
  return mesh;
}
