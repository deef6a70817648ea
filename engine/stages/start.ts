/** The start of a simulation: minimisation, a look at the first step, and Maxwell-Boltzmann velocities. */
import { bathTemperature } from '../dynamics/describe.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import { scaleVelocities } from '../dynamics/primitives.ts';
import { InputError, SimulationError } from '../errors.ts';
import type { Context } from '../platforms/platform.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { join } from '../scenario/validate.ts';
import { minimumImage } from '../system/box.ts';
import { particleLabel } from '../system/structure.ts';
import type { StageContext } from './stage.ts';

/** Makes a compiled system ready for its first step; with velocities if it has none. */
export function start(hasVelocities: boolean, dynamics: DynamicsDescription, context: Context, stage: StageContext): void {
  const run = stage.settings.run as Settings;
  const temperature = startingTemperature(hasVelocities, dynamics, stage.settings, stage.where, stage.registry);
  if (run.minimise) {
    const wish = (typeof run.minimise === 'object' ? run.minimise : {}) as { tolerance?: number; maxSteps?: number };
    const before = context.observe().potential;
    const steps = context.minimise({ tolerance: wish.tolerance ?? 10, maxSteps: wish.maxSteps ?? 1000 });
    stage.progress.note(
      `minimised from ${before.toPrecision(6)} to ${context.observe().potential.toPrecision(6)} in ${steps} steps`,
    );
  }
  context.constrain();
  checkFirstStep(context, dynamics.timestep);
  if (temperature === null) return;
  context.drawVelocities(temperature);
  const drawn = context.observe().temperature;
  if (run.rescaleVelocities && drawn > 0) scaleVelocities(context, Math.sqrt(temperature / drawn));
}

/**
 * The temperature at which velocities have to be drawn; null if the system has velocities.
 * @throws InputError if nothing says it
 */
export function startingTemperature(
  hasVelocities: boolean,
  dynamics: DynamicsDescription,
  settings: Settings,
  where: string,
  registry: Registry,
): number | null {
  if (hasVelocities) return null;
  const given = (settings.run as Settings).temperature as number | undefined;
  const temperature = given ?? bathTemperature(dynamics, registry);
  if (temperature === null)
    throw new InputError(
      join(join(where, 'run'), 'temperature'),
      'is missing: the system has no velocities to start with, and the dynamics no heat bath that would say how warm it is. ' +
        'Give the temperature of the start, such as "temperature": "300 K" in "run", or 0 for a start at rest',
    );
  return temperature;
}

/** Further than this (nm, or sigma) the forces of a sound start move no particle in one timestep. */
const longestFirstStep = 0.3;

/** @throws SimulationError that names the particle on which the forces are too large to begin with, and its nearest neighbour */
function checkFirstStep(context: Context, timestep: number): void {
  const { forces } = context;
  const { structure } = context.system;
  const force = (i: number) => Math.hypot(forces[3 * i], forces[3 * i + 1], forces[3 * i + 2]);
  const step = (i: number) => (structure.mass[i] > 0 ? (force(i) * timestep * timestep) / structure.mass[i] : 0);
  let worst = 0;
  for (let i = 1; i < structure.mass.length; i++) if (step(i) > step(worst)) worst = i;
  if (!(step(worst) > longestFirstStep)) return;
  const { particle, distance } = nearestNeighbour(context, worst);
  const [perForce, length] = structure.units === 'md' ? ['kJ/mol/nm', 'nm'] : ['epsilon/sigma', 'sigma'];
  throw new SimulationError(
    `the forces at the start are too large: ${force(worst).toPrecision(3)} ${perForce} on particle ${particleLabel(structure, worst)} ` +
      `would move it ${step(worst).toPrecision(3)} ${length} in the first timestep. ` +
      `Its nearest neighbour, particle ${particleLabel(structure, particle)}, is ${distance.toPrecision(3)} ${length} away. ` +
      'Relax the start ("minimise": true in "run"), check the structure and its box, or shorten the timestep',
  );
}

function nearestNeighbour({ system, positions, box }: Context, i: number): { particle: number; distance: number } {
  const d = new Float64Array(3);
  let found = { particle: i, distance: Number.POSITIVE_INFINITY };
  for (let j = 0; j < system.structure.mass.length; j++) {
    if (j === i) continue;
    for (let k = 0; k < 3; k++) d[k] = positions[3 * j + k] - positions[3 * i + k];
    minimumImage(box, d);
    const distance = Math.hypot(d[0], d[1], d[2]);
    if (distance < found.distance) found = { particle: j, distance };
  }
  return found;
}
