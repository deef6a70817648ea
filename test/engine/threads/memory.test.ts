/** Claims about the memory that threads share. */
import asc from 'assemblyscript/asc';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importsOf, type SharedKernel, sharedMemory } from '../../../engine/threads/module.ts';
import { startWorkers } from '../../../engine/threads/workers.ts';

interface GrowingKernel extends SharedKernel {
  prepare(): number;
  passOn(address: number): void;
  rounds(count: number, bytes: number): void;
}

/** The module of test/support/assembly/growing.ts, compiled as kernels are (tools/build/assembly.mjs). */
async function compileGrowing(): Promise<WebAssembly.Module> {
  let binary: Uint8Array | null = null;
  const { error, stderr } = await asc.main(
    [
      ...[
        'test/support/assembly/growing.ts',
        '--outFile',
        'growing.wasm',
        '--optimizeLevel',
        '3',
        '--runtime',
        'stub',
        '--noAssert',
      ],
      ...['--enable', 'simd', '--enable', 'threads', '--importMemory', '--sharedMemory', '--maximumMemory', '65536'],
    ],
    {
      writeFile: (name, contents) => {
        if (name === 'growing.wasm') binary = contents as Uint8Array;
      },
    },
  );
  assert.is(error, null, stderr.toString());
  return new WebAssembly.Module(binary as unknown as BufferSource);
}

test('memory that one thread has asked for can be cleared by another at once', async () => {
  const module = await compileGrowing();
  const memory = sharedMemory();
  const { exports } = new WebAssembly.Instance(module, importsOf(memory));
  const team = await startWorkers(2);
  try {
    const program = team.load(module, memory, exports as unknown as GrowingKernel);
    program.all('passOn', program.kernel.prepare());
    // 64 kB each: the memory grows in nearly every round.
    program.all('rounds', 2000, 65536);
    assert.ok(memory.buffer.byteLength > 2000 * 65536);
  } finally {
    team.stop();
  }
});

test.run();
