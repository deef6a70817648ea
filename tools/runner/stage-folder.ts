/** The folder of one stage on disk, as stages see it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import type { StageFolder } from '../../engine/index.ts';

/** Opens the folder at an absolute path; `write` creates it (and folders within it) when needed. */
export function openStageFolder(path: string): StageFolder {
  return {
    path,
    exists: (file) => existsSync(join(path, file)),
    readText: async (file) => (await readStored(path, file)).toString('utf8'),
    readBytes: async (file) => {
      const buffer = await readStored(path, file);
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    },
    write: (file, content) => writeAtomically(join(path, file), content),
  };
}

async function readStored(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, file));
  } catch (error) {
    throw new InputError(
      join(folder, file),
      `cannot be read (${reason(error)}); the stage that should have written it may not be finished`,
    );
  }
}

/** Writes beside the target and renames, so that a reader or a kill never meets half a file. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  await writeFile(beside, content);
  await rename(beside, path);
}

/** The short reason of a failed system call, such as `ENOENT: no such file or directory`. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(',')[0];
}
