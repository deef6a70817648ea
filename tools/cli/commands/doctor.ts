/** `md doctor`: what this machine offers. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { type BackendName, backendNames, selectBackend } from '../../../plugins/learning/index.ts';
import { installedVersion } from '../../runner/new-manifest.ts';
import { packageRoot, packageVersion } from '../../runner/package-root.ts';
import { exitCodes } from '../exit.ts';
import { table } from '../format.ts';

/** A function of one SIMD instruction, f32x4.add of its parameter's splat with itself: `(func (param f32) (result v128) ...)`. */
const simdModule = wasmModule([0x20, 0, 0xfd, 0x13, 0x20, 0, 0xfd, 0x13, 0xfd, 0xe4, 0x01]);
/** The same with f32x4.relaxed_madd (0x105). */
const relaxedModule = wasmModule([0x20, 0, 0xfd, 0x13, 0x20, 0, 0xfd, 0x13, 0x20, 0, 0xfd, 0x13, 0xfd, 0x85, 0x02]);

/** The bytes of a module with one function (f32) -> v128 of the given body. */
function wasmModule(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b]; // no locals, instructions, end
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    ...[1, 6, 1, 0x60, 1, 0x7d, 1, 0x7b], // type section: (f32) -> v128
    ...[3, 2, 1, 0], // function section
    ...[10, code.length + 2, 1, code.length, ...code], // code section
  ]);
}

export interface Diagnosis {
  readonly md: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: { readonly total: number; readonly free: number };
  readonly wasm: {
    readonly simd: boolean;
    readonly relaxedSimd: boolean | 'with --experimental-wasm-relaxed-simd';
    readonly threads: boolean;
  };
  /** For each tfjs backend: null if it works, or why it cannot be used. */
  readonly tfjs: Readonly<Record<BackendName, string | null>>;
  readonly tfjsUsed: BackendName | null;
  /** h5wasm's version, or why it does not work. */
  readonly h5wasm: string;
  readonly packageFolder: string;
}

export async function doctor(flags: { readonly json?: boolean }): Promise<number> {
  const diagnosis = await diagnose();
  process.stdout.write(`${flags.json ? JSON.stringify(diagnosis, null, 2) : inWords(diagnosis)}\n`);
  return exitCodes.done;
}

export async function diagnose(): Promise<Diagnosis> {
  const tfjs = await tryBackends();
  const gib = (bytes: number) => Math.round(bytes / 2 ** 20 / 102.4) / 10;
  return {
    md: packageVersion,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: { total: gib(totalmem()), free: gib(freemem()) },
    wasm: { simd: WebAssembly.validate(simdModule), relaxedSimd: await relaxedSimd(), threads: sharedMemory() },
    tfjs,
    // Training asks for these two: its tensors are too small for the others to pay.
    tfjsUsed: (['wasm', 'cpu'] as const).find((name) => tfjs[name] === null) ?? null,
    h5wasm: await tryH5wasm(),
    packageFolder: packageRoot,
  };
}

/** Relaxed SIMD is on from Node 22; Node 20 has it behind a flag that can be set while running. */
async function relaxedSimd(): Promise<Diagnosis['wasm']['relaxedSimd']> {
  if (WebAssembly.validate(relaxedModule)) return true;
  const { setFlagsFromString } = await import('node:v8');
  try {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    return WebAssembly.validate(relaxedModule) ? 'with --experimental-wasm-relaxed-simd' : false;
  } finally {
    setFlagsFromString('--no-experimental-wasm-relaxed-simd');
  }
}

function sharedMemory(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

async function tryBackends(): Promise<Record<BackendName, string | null>> {
  const found = {} as Record<BackendName, string | null>;
  for (const name of backendNames) {
    // With `cpu`, which always works, behind it, the choice does not fail and says why this one was passed over.
    const { skipped } = await selectBackend(name === 'cpu' ? ['cpu'] : [name, 'cpu']);
    found[name] = skipped[name] === undefined ? null : backendProblem(name, skipped[name]);
  }
  return found;
}

function backendProblem(name: BackendName, problem: string): string {
  if (name.startsWith('tfjs-') && installedVersion(`@tensorflow/${name}`) === null)
    return `not installed (optional: npm install @tensorflow/${name})`;
  return problem;
}

async function tryH5wasm(): Promise<string> {
  try {
    const h5wasm = await import('h5wasm/node');
    await h5wasm.ready;
    return `works${version('h5wasm')}`;
  } catch (error) {
    return `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function version(name: string): string {
  const found = installedVersion(name);
  return found ? ` (${found})` : '';
}

function inWords(d: Diagnosis): string {
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  const rows: string[][] = [
    ['md', `${d.md} in ${d.packageFolder}`],
    ['node', `${d.node} on ${d.platform}`],
    ['processor', `${d.processor}, ${d.cores} core${d.cores === 1 ? '' : 's'} to use`],
    ['memory', `${d.memoryGiB.total} GiB, ${d.memoryGiB.free} GiB free`],
    ['wasm SIMD', yes(d.wasm.simd)],
    ['wasm relaxed SIMD', typeof d.wasm.relaxedSimd === 'string' ? d.wasm.relaxedSimd : yes(d.wasm.relaxedSimd)],
    ['wasm threads', yes(d.wasm.threads)],
    ...backendNames.map((name) => [`tfjs ${name}`, d.tfjs[name] ?? `works${d.tfjsUsed === name ? ', used for training' : ''}`]),
    ['h5wasm', d.h5wasm],
  ];
  return table(rows, '');
}
