/** The wasm platform: SIMD kernels in WebAssembly, f32 pair forces over clusters, f64 state, terms and sums. */
import { bathTemperature } from '../../dynamics/describe.ts';
import type { DynamicsDescription } from '../../dynamics/dynamics.ts';
import { kineticEnergy } from '../../dynamics/primitives.ts';
import { InputError } from '../../errors.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { System } from '../../system/system.ts';
import type { PlatformKind } from '../platform.ts';
import { WasmContext } from './context.ts';
import { instantiate, type Kernel, loadModule, mostMegabytes } from './module.ts';
import { usefulThreads } from './parts.ts';
import { Team } from './team.ts';

export const wasmPlatform: PlatformKind = {
  name: 'wasm',
  summary:
    'SIMD kernels in WebAssembly: fast; f32 pair forces (f64 with "precision": "double"), everything else in f64; bit-reproducible.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      precision: {
        enum: ['mixed', 'double'],
        default: 'mixed',
        description: 'Of the pair forces: f32 with f64 sums, or f64 throughout, for validation.',
      },
      relaxed: {
        type: 'boolean',
        default: false,
        description: 'Use relaxed SIMD (fused multiply-add): faster, but results differ in the last bits between machines.',
      },
      threads: {
        type: 'integer',
        minimum: 1,
        description:
          'Threads to use, at most; small systems use fewer. Those that the run has (`--threads`) if absent. Results do not depend on it.',
      },
      memory: {
        type: 'integer',
        minimum: 16,
        maximum: mostMegabytes,
        default: mostMegabytes,
        description: 'Megabytes that the platform may use, at most.',
      },
      buffer: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'Buffer of the outer lists beyond the cut-off; adapted to the motion if absent.',
      },
    },
  },
  async compile(system, dynamics, registry, settings = {}) {
    const module = await loadModule(settings.relaxed === true ? 'relaxed' : 'plain');
    const kernel = await instantiate(module, (settings.memory as number | undefined) ?? mostMegabytes);
    const team = await startTeam(kernel, module, system.structure.mass.length, (settings.threads as number | undefined) ?? null);
    const options = {
      double: settings.precision === 'double',
      relaxed: settings.relaxed === true,
      buffer: (settings.buffer as number | undefined) ?? null,
      stride: strideOf(system, dynamics, registry),
    };
    return team.guard(() => new WasmContext(team, system, dynamics, registry, options));
  },
};

/** As many threads as were asked for (one if null) and are of use. */
async function startTeam(kernel: Kernel, module: WebAssembly.Module, particles: number, wish: number | null): Promise<Team> {
  if (wish === null || wish === 1 || usefulThreads(particles, 2) === 1) return new Team(kernel, null);
  const loader = await import('./workers.ts').catch(() => null);
  if (!loader) {
    throw new InputError('platform.threads', `is ${wish}, but there are no threads here: this needs Node; leave "threads" out`);
  }
  const threads = usefulThreads(particles, wish);
  return new Team(kernel, threads > 1 ? await loader.startWorkers(kernel, module, threads - 1) : null);
}

/** How far the lightest particles go in a timestep, along one axis, rms; null where neither a heat bath nor velocities say how warm it is. */
function strideOf(system: System, dynamics: DynamicsDescription, registry: Registry): number | null {
  const { mass, units } = system.structure;
  const { boltzmann } = unitConstants(units);
  const moving = mass.filter((m) => m > 0);
  if (moving.length === 0) return null;
  let kT = boltzmann * (bathTemperature(dynamics, registry) ?? 0);
  if (kT === 0 && system.velocities) kT = (2 * kineticEnergy({ velocities: system.velocities, mass })) / (3 * moving.length);
  const lightest = moving.reduce((least, m) => Math.min(least, m), Number.POSITIVE_INFINITY);
  return kT > 0 ? Math.sqrt(kT / lightest) * dynamics.timestep : null;
}
