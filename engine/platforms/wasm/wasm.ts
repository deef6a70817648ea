/** The wasm platform: SIMD kernels in WebAssembly, f32 pair forces over clusters, f64 state, terms and sums. */
import { bathTemperature } from '../../dynamics/describe.ts';
import type { DynamicsDescription } from '../../dynamics/dynamics.ts';
import { kineticEnergy } from '../../dynamics/primitives.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { System } from '../../system/system.ts';
import { startThreads } from '../../threads/start.ts';
import type { PlatformKind } from '../platform.ts';
import { WasmContext } from './context.ts';
import { instantiate, loadModule, mostMegabytes } from './module.ts';
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
    const wish = (settings.threads as number | undefined) ?? 1;
    const own = usefulThreads(system.structure.mass.length, wish);
    const workers = await startThreads(Math.max(own, threadsOfPlugins(system, registry, wish)), 'platform.threads');
    const team = new Team(workers, module, kernel, own);
    const options = {
      double: settings.precision === 'double',
      relaxed: settings.relaxed === true,
      buffer: (settings.buffer as number | undefined) ?? null,
      stride: strideOf(system, dynamics, registry),
    };
    return team.guard(() => new WasmContext(team, system, dynamics, registry, options));
  },
};

/** Threads, of those there are, that forces with kernels of their own can use. */
function threadsOfPlugins({ forces, structure }: System, registry: Registry, wish: number): number {
  const useful = forces.map((force) => {
    const perThread = force.kind === 'custom' ? registry.get('force', force.term, 'system.forces').particlesPerThread : undefined;
    return perThread === undefined ? 1 : usefulThreads(structure.mass.length, wish, perThread);
  });
  return Math.max(1, ...useful);
}

/** How far the lightest particles go in a timestep, along one axis, rms; null where neither a heat bath nor velocities say how warm it is. */
function strideOf(system: System, dynamics: DynamicsDescription, registry: Registry): number | null {
  const { mass, units } = system.structure;
  const { boltzmann } = unitConstants(units);
  // Loops of no objects: of a million particles they would be most of the memory.
  let moving = 0;
  let lightest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < mass.length; i++) {
    if (mass[i] <= 0) continue;
    moving++;
    lightest = Math.min(lightest, mass[i]);
  }
  if (moving === 0) return null;
  let kT = boltzmann * (bathTemperature(dynamics, registry) ?? 0);
  if (kT === 0 && system.velocities) kT = (2 * kineticEnergy({ velocities: system.velocities, mass })) / (3 * moving);
  return kT > 0 ? Math.sqrt(kT / lightest) * dynamics.timestep : null;
}
