/** The wasm platform: SIMD kernels in WebAssembly, f32 pair forces over clusters, f64 state, terms and sums. */
import type { PlatformKind } from '../platform.ts';
import { WasmContext } from './context.ts';
import { instantiate } from './module.ts';

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
      buffer: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'Buffer of the cluster lists beyond the cut-off; adapted to the motion if absent.',
      },
    },
  },
  async compile(system, dynamics, registry, settings = {}) {
    const kernel = await instantiate(settings.relaxed === true ? 'relaxed' : 'plain');
    const double = settings.precision === 'double';
    return new WasmContext(kernel, system, dynamics, registry, {
      double,
      buffer: (settings.buffer as number | undefined) ?? null,
    });
  },
};
