/** What a graph network is trained with: the fused kernel on tfjs' wasm backend, or composed operations on a GPU where there is one. */
import { InputError, type Threads } from '../../../engine/index.ts';
import { type LearningBackend, selectBackend } from '../../learning/index.ts';
import { rangesOf } from '../pair-program.ts';
import type { GraphArchitecture } from './architecture.ts';
import { composedKernel } from './composed.ts';
import { chooseKernel } from './force.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import type { GraphOptions } from './options.ts';
import { simdAvailable } from './simd.ts';

/** `auto` looks for a GPU only where it has something to do. */
export type KernelChoice = 'auto' | 'fused' | 'composed';

/**
 * Numbers a layer (nodes times features) from which `auto` looks for a GPU. Below, a training step is a hundred small operations, each of which
 * takes longer to launch than the fused kernel takes for all of it. Where the two cross could not be measured here.
 */
const worthLaunching = 1 << 18;

/** Multiply-adds of a convolution, for each thread, below which another one costs more than it brings: a frame is then done in a third of a millisecond. */
const workPerThread = 1 << 14;

/** Threads that serve a training with frames of so many nodes and edges, of those there are. */
export function threadsOfTraining(
  { kernel, features, layers }: Pick<GraphOptions, 'kernel' | 'features' | 'layers'>,
  nodes: number,
  edges: number,
  threads: number,
): number {
  if (kernel === 'composed') return 1;
  return Math.max(1, Math.min(threads, rangesOf(nodes), Math.floor((edges * features * layers) / workPerThread)));
}

export interface TrainingKernel {
  readonly backend: LearningBackend;
  readonly kernel: GraphKernel;
  /** For the run's output. */
  readonly label: string;
}

export async function trainingKernel(
  choice: KernelChoice,
  architecture: GraphArchitecture,
  sites: GraphSites,
  threads?: Threads,
): Promise<TrainingKernel> {
  if (choice === 'composed') return composed(await selectBackend(['tfjs-node-gpu', 'tfjs-node', 'cpu']), architecture, sites);
  let why = '';
  if (choice === 'auto' && sites.species.length * architecture.features >= worthLaunching) {
    try {
      return composed(await selectBackend(['tfjs-node-gpu']), architecture, sites);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      why = ' (tfjs-node-gpu cannot be imported)';
    }
  }
  const backend = await selectBackend(['wasm', 'cpu']);
  const together = (threads?.count ?? 1) > 1 ? ` on ${threads?.count} threads` : '';
  const label = simdAvailable(architecture) ? `SIMD${together}` : 'reference (no WebAssembly SIMD here)';
  return { backend, kernel: chooseKernel(architecture, sites, 'fast', { threads }), label: label + why };
}

function composed(backend: LearningBackend, architecture: GraphArchitecture, sites: GraphSites): TrainingKernel {
  return { backend, kernel: composedKernel(backend.tf, architecture, sites), label: 'composed tfjs operations' };
}
