/** Integrators and thermostats whose whole step is in wasm; others are composed in TypeScript from primitives that are. */
import type { DynamicsDescription } from '../../dynamics/dynamics.ts';
import { requireAllDegrees } from '../../dynamics/nose-hoover.ts';
import { number } from '../../dynamics/settings.ts';
import { exp } from '../../math/functions.ts';
import { expandNoiseKey, noiseKey } from '../../random/noise.ts';
import * as layout from './assembly/layout.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import type { WasmState } from './state.ts';

/** The variables of a loop of steps in wasm, in the form in which the integrator in TypeScript saves and loads them. */
export interface NativeLoop {
  save(): Float64Array;
  load(variables: Float64Array): void;
}

/** Sets up the loop of steps for the description; null if it has no such loop. */
export function configureNative(kernel: Kernel, dynamics: DynamicsDescription, state: WasmState): NativeLoop | null {
  const { integrator, timestep, settings, removeCenterOfMass, thermostat } = dynamics;
  kernel.prepareMasses();
  kernel.useConstraints(state.constraintSet);
  switch (integrator) {
    case 'velocity-verlet':
      if (thermostat) return configureThermostat(kernel, dynamics, thermostat, state);
      kernel.configureRun(layout.velocityVerlet, layout.thermostatNone, timestep, removeCenterOfMass, 0, 0);
      return { save: () => new Float64Array(0), load: () => undefined };
    case 'langevin':
    case 'overdamped-langevin': {
      if (thermostat) return null;
      const friction = number(settings, 'friction');
      const kT = state.boltzmann * number(settings, 'temperature');
      if (integrator === 'langevin')
        kernel.configureRun(layout.langevin, layout.thermostatNone, timestep, removeCenterOfMass, kT, exp(-friction * timestep));
      else
        kernel.configureRun(
          layout.overdampedLangevin,
          layout.thermostatNone,
          timestep,
          removeCenterOfMass,
          kT,
          timestep / friction,
        );
      writeNoiseKeys(kernel, dynamics.seed, [integrator]);
      return plainVariables(kernel, 1);
    }
    default:
      return null;
  }
}

function configureThermostat(
  kernel: Kernel,
  dynamics: DynamicsDescription,
  { type, settings }: NonNullable<DynamicsDescription['thermostat']>,
  state: WasmState,
): NativeLoop | null {
  const massive = settings.massive === true;
  const code = {
    berendsen: layout.thermostatBerendsen,
    'velocity-rescaling': layout.thermostatVelocityRescaling,
    'nose-hoover': massive ? layout.thermostatMassiveNoseHoover : layout.thermostatNoseHoover,
  }[type];
  if (code === undefined) return null;
  if (code === layout.thermostatMassiveNoseHoover) requireAllDegrees(state);
  const kT = state.boltzmann * number(settings, 'temperature');
  const length = (settings.chain as number | undefined) ?? 3;
  kernel.configureRun(layout.velocityVerlet, code, dynamics.timestep, dynamics.removeCenterOfMass, kT, 0);
  kernel.configureThermostat(number(settings, 'time'), state.degreesOfFreedom, length);
  if (type === 'velocity-rescaling') writeNoiseKeys(kernel, dynamics.seed, ['velocity-rescaling', 'velocity-rescaling-rest']);
  if (code === layout.thermostatMassiveNoseHoover) return massiveChains(kernel, 3 * state.mass.length, length);
  return plainVariables(kernel, code === layout.thermostatNoseHoover ? 2 * length : 1);
}

function writeNoiseKeys(kernel: Kernel, seed: number, purposes: readonly string[]): void {
  purposes.forEach((purpose, k) => {
    intsAt(kernel, kernel.noiseKeys.value + 96 * k, 24).set(expandNoiseKey(noiseKey(seed, purpose)));
  });
}

/** Variables that lie in the memory as the integrator saves them. */
function plainVariables(kernel: Kernel, count: number): NativeLoop {
  const view = () => doublesAt(kernel, kernel.variables.value, count);
  return { save: () => view().slice(), load: (variables) => view().set(variables) };
}

/** Chains of all coordinates: link by link in the memory, chain by chain in what the integrator saves. */
function massiveChains(kernel: Kernel, chains: number, length: number): NativeLoop {
  const stride = kernel.chainStride.value as number;
  const view = () => doublesAt(kernel, kernel.variables.value, 2 * length * stride);
  /** Calls back with the index in what is saved and in the memory. */
  const each = (visit: (saved: number, here: number) => void) => {
    for (let half = 0; half < 2; half++)
      for (let chain = 0; chain < chains; chain++)
        for (let k = 0; k < length; k++) visit((half * chains + chain) * length + k, (half * length + k) * stride + chain);
  };
  return {
    save() {
      const variables = new Float64Array(2 * length * chains);
      const here = view();
      each((saved, at) => {
        variables[saved] = here[at];
      });
      return variables;
    },
    load(variables) {
      const here = view();
      each((saved, at) => {
        here[at] = variables[saved];
      });
    },
  };
}
