/** Force errors of tables on top of priors, frame by frame: what inversion does not minimise, but everyone asks for. */
import { describeDynamics, type ForceDescription, type Registry, type Table } from '../../../engine/index.ts';
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

/** Frames looked at on each side where every one is a system to be compiled. */
const mostCompiled = 25;

/** The same for any forces of the engine. */
export async function modelForceErrors(
  set: TrainingSet,
  forces: readonly ForceDescription[],
  registry: Registry,
): Promise<ForceErrors> {
  const dynamics = describeDynamics({ integrator: 'velocity-verlet', timestep: 1e-3 }, 0);
  const over = async (among: readonly number[]): Promise<{ meanSquare: number; meanAbsolute: number }> => {
    const frames = among.filter((_, k) => k % Math.max(1, Math.floor(among.length / mostCompiled)) === 0);
    let [square, absolute, count] = [0, 0, 0];
    for (const frame of frames) {
      const system = {
        structure: set.structure,
        positions: set.positions(frame),
        velocities: null,
        box: set.box(frame),
        forces: [...forces],
      };
      const context = await registry.get('platform', 'wasm').compile(system, dynamics, registry);
      const wanted = set.forces(frame);
      context.forces.forEach((force, k) => {
        square += (force - wanted[k]) ** 2;
        absolute += Math.abs(force - wanted[k]);
      });
      count += wanted.length;
      context.close?.();
    }
    return { meanSquare: square / count, meanAbsolute: absolute / count };
  };
  const validation = await over(set.validation);
  return {
    training: (await over(set.training)).meanSquare,
    validation: validation.meanSquare,
    validationMeanAbsolute: validation.meanAbsolute,
  };
}
