/** Integrators whose whole step is in wasm; others are composed in TypeScript from primitives that are. */
import type { DynamicsDescription } from '../../dynamics/dynamics.ts';
import { number } from '../../dynamics/settings.ts';
import { exp } from '../../math/functions.ts';
import { noiseKey } from '../../random/noise.ts';
import * as layout from './assembly/layout.ts';
import type { Kernel } from './module.ts';

/** Sets up the loop of steps for the description; returns the sign of `heat` in the conserved energy, or null if it has no such loop. */
export function configureNative(kernel: Kernel, dynamics: DynamicsDescription, boltzmann: number): number | null {
  if (dynamics.thermostat) return null;
  const { integrator, timestep, settings, removeCenterOfMass, seed } = dynamics;
  switch (integrator) {
    case 'velocity-verlet':
      kernel.configureRun(layout.velocityVerlet, timestep, removeCenterOfMass, 0, 1, 0);
      return 0;
    case 'langevin':
    case 'overdamped-langevin': {
      const friction = number(settings, 'friction');
      const kT = boltzmann * number(settings, 'temperature');
      const code = integrator === 'langevin' ? layout.langevin : layout.overdampedLangevin;
      kernel.configureRun(code, timestep, removeCenterOfMass, friction, exp(-friction * timestep), kT);
      const [a, b, c, d, e] = noiseKey(seed, integrator);
      kernel.setNoiseKey(a, b, c, d, e);
      return integrator === 'langevin' ? -1 : 1;
    }
    default:
      return null;
  }
}
