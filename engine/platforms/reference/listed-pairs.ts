/** Explicit Lennard-Jones and Coulomb pairs: the scaled 1-4 interactions. */

import { addPairForce } from '../../forces/coulomb-ewald.ts';
import type { PairListForce } from '../../forces/description.ts';
import { lennardJones } from '../../forces/lennard-jones.ts';
import type { ForceKernel } from '../../forces/terms.ts';
import { unitConstants } from '../../scenario/units.ts';
import { minimumImage } from '../../system/box.ts';
import type { Structure } from '../../system/system.ts';

export function compileListedPairs(force: PairListForce, structure: Structure): ForceKernel {
  const coulomb = unitConstants(structure.units).coulomb;
  const { atoms, parameters } = force;
  const d = new Float64Array(3);
  const out = new Float64Array(2);
  return {
    label: force.label ?? 'pairs-1-4',
    compute(x, box, forces, virial) {
      let energy = 0;
      for (let k = 0; k < atoms.length / 2; k++) {
        const i = 3 * atoms[2 * k];
        const j = 3 * atoms[2 * k + 1];
        for (let a = 0; a < 3; a++) d[a] = x[i + a] - x[j + a];
        minimumImage(box, d);
        const r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        lennardJones.evaluate(r2, parameters, 3 * k, out);
        const electrostatic = (coulomb * parameters[3 * k + 2]) / Math.sqrt(r2);
        energy += out[0] + electrostatic;
        addPairForce(i, j, d[0], d[1], d[2], out[1] + electrostatic / r2, forces, virial);
      }
      return energy;
    },
  };
}
