/** Which tfjs backend learning runs on: the best that can be imported, chosen once, and named so that a run can say it. */
import * as core from '@tensorflow/tfjs-core';
import { InputError } from '../../engine/index.ts';

export type Tf = typeof core;
export type { Tensor, Tensor1D, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';

/** From fastest to slowest for large tensors; for matrices of a few hundred numbers `cpu` has the least overhead. */
export const backendNames = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/**
 * tfjs with its backend set: tensors, variables and optimisers. No gradients: tfjs-core's build for Node registers none, and those of some
 * kernels are wrong in second order, so that every model here brings its own, held against finite differences in its tests.
 */
export interface LearningBackend {
  readonly tf: Tf;
  readonly name: BackendName;
  /** For each backend that came earlier in the order and could not be used: why, in one line. */
  readonly skipped: Readonly<Partial<Record<BackendName, string>>>;
}

/** tfjs' own name of a backend, under which `tf.setBackend` knows it. */
const internalName: Readonly<Record<BackendName, string>> = {
  'tfjs-node-gpu': 'tensorflow',
  'tfjs-node': 'tensorflow',
  wasm: 'wasm',
  cpu: 'cpu',
};

/** Outcome of importing a backend's package: `null` if it worked, or the reason. Importing is tried once a process. */
const imports = new Map<BackendName, Promise<string | null>>();

/**
 * Makes the first backend of `order` that can be imported and initialised the one that tfjs uses.
 *
 * The backend is global to the process: a stage calls this when it starts, so that an earlier stage's choice does not linger.
 * The native packages are optional: a package that is absent or whose library did not install is passed over.
 * @throws InputError if none of `order` works.
 */
export async function selectBackend(order: readonly BackendName[] = backendNames): Promise<LearningBackend> {
  const skipped: Partial<Record<BackendName, string>> = {};
  core.env().set('PROD', true); // without it tfjs' cpu backend prints advice about other packages
  for (const name of order) {
    if (!imports.has(name)) imports.set(name, importBackend(name));
    const failure = await imports.get(name);
    if (!failure && (await core.setBackend(internalName[name]))) {
      await core.ready();
      return { tf: core, name, skipped };
    }
    skipped[name] = failure || 'its backend did not initialise';
  }
  const reasons = order.map((name) => `${name}: ${skipped[name]}`).join('; ');
  throw new InputError('', `no tfjs backend can be used (${reasons}); reinstall the package's dependencies`);
}

/** Imports the package that registers a backend; never throws. */
async function importBackend(name: BackendName): Promise<string | null> {
  try {
    switch (name) {
      case 'tfjs-node-gpu':
      case 'tfjs-node':
        await importOptional(`@tensorflow/${name}`);
        break;
      case 'wasm': {
        const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
        setWasmPaths(distFolder('@tensorflow/tfjs-backend-wasm'));
        break;
      }
      case 'cpu':
        await import('@tensorflow/tfjs-backend-cpu');
        break;
      default:
        name satisfies never;
    }
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0].trim();
  }
}

/** The specifier is a variable so that the compiler does not ask for types of a package that may not be there. */
async function importOptional(specifier: string): Promise<void> {
  await import(specifier);
}

/** The folder of a package's main file, with a trailing slash, as the file path that tfjs' loader expects. */
function distFolder(specifier: string): string {
  const path = decodeURIComponent(new URL('.', import.meta.resolve(specifier)).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
