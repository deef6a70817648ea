/** The mean box of a run at constant pressure, where a run at constant volume should go on. */
import { stretchMolecules } from '../dynamics/barostat.ts';
import { moleculesOf } from '../dynamics/pressure.ts';
import { InputError } from '../errors.ts';
import type { Assembly } from '../system/system.ts';
import { openTrajectory } from '../trajectory/open.ts';

/**
 * The assembly with the box vectors averaged over the frames in `folder`; every molecule moves as a whole, its centre of mass as the box is
 * stretched. Velocities stay. The mean of the edges is below the edge of the mean volume by a third of the variance of its relative
 * fluctuations, some 1e-5.
 *
 * @param where the setting that asks for it, for messages
 * @throws InputError for open boundaries, or a folder without frames
 */
export async function atMeanBox(assembly: Assembly, folder: string, where: string): Promise<Assembly> {
  const { structure, box } = assembly;
  if (!box.vectors) throw new InputError(where, '"mean" needs a periodic box, but the boundaries are open; leave it out');
  const mean = await meanEdges(folder, where);
  const stretched = {
    ...assembly,
    positions: assembly.positions.slice(),
    box: { vectors: box.vectors.slice() },
  };
  const factors = mean.map((edge, k) => edge / (box.vectors as Float64Array)[4 * k]) as [number, number, number];
  const { mass, molecule } = structure;
  stretchMolecules(stretched.positions, null, mass, moleculesOf(molecule, mass), stretched.box, factors);
  return stretched;
}

/** The diagonal of the box, averaged; barostats stretch the three axes, so the rest follows. Exact where the box never changed. */
async function meanEdges(folder: string, where: string): Promise<[number, number, number]> {
  const trajectory = await openTrajectory(folder);
  try {
    if (trajectory.length === 0) throw new InputError(where, `"mean" needs frames, but ${folder} has none`);
    const [first, sum] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let frame = 0; frame < trajectory.length; frame++) {
      const { vectors } = trajectory.frame(frame).box;
      if (!vectors)
        throw new InputError(where, `"mean" needs a periodic box, but frame ${frame} of ${folder} has open boundaries`);
      for (let k = 0; k < 3; k++) {
        if (frame === 0) first[k] = vectors[4 * k];
        sum[k] += vectors[4 * k] - first[k];
      }
    }
    return first.map((edge, k) => edge + sum[k] / trajectory.length) as [number, number, number];
  } finally {
    trajectory.close();
  }
}
