/** Force errors of tables on top of priors, frame by frame: what inversion does not minimise, but everyone asks for. */
import type { Table } from '../../../engine/index.ts';
import type { ForceErrors, TrainingSet } from '../model.ts';
import { compilePriors, type Priors } from '../priors.ts';
import { compileTables } from '../table-forces.ts';
import type { TableKey } from '../tables.ts';

/** Frames looked at, at most, on each side of the split. */
const mostFrames = 300;

export function tableForceErrors(
  set: TrainingSet,
  priors: Priors,
  cutoff: number,
  tables: readonly { readonly key: TableKey; readonly table: Table }[],
): ForceErrors {
  const add = compileTables(set.structure, { excludedBonds: priors.excludedBonds, cutoff, tables });
  const addPriors = compilePriors(priors, set.structure);
  const predicted = new Float64Array(3 * set.structure.mass.length);
  const over = (among: readonly number[]): { meanSquare: number; meanAbsolute: number } => {
    const frames = among.filter((_, k) => k % Math.max(1, Math.floor(among.length / mostFrames)) === 0);
    let [square, absolute] = [0, 0];
    for (const frame of frames) {
      addPriors(set.positions(frame), set.box(frame), predicted.fill(0));
      add(set.positions(frame), set.box(frame), predicted);
      const forces = set.forces(frame);
      for (let k = 0; k < predicted.length; k++) {
        const error = predicted[k] - forces[k];
        square += error * error;
        absolute += Math.abs(error);
      }
    }
    const count = frames.length * predicted.length;
    return { meanSquare: square / count, meanAbsolute: absolute / count };
  };
  const validation = over(set.validation);
  return {
    training: over(set.training).meanSquare,
    validation: validation.meanSquare,
    validationMeanAbsolute: validation.meanAbsolute,
  };
}
