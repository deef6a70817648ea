/** Where tests find their fixtures and a scratch folder, whether they run from source or from the build. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const root: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** Path of a file under `test/fixtures`. */
export function fixture(...parts: string[]): string {
  return join(root, 'test', 'fixtures', ...parts);
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** A new empty folder under the system's temporary folder, gone when the process ends. */
export function scratch(): string {
  if (scratchFolders.length === 0)
    process.on('exit', () => {
      for (const folder of scratchFolders) rmSync(folder, { recursive: true, force: true });
    });
  const folder = mkdtempSync(join(tmpdir(), 'md-test-'));
  scratchFolders.push(folder);
  return folder;
}

const scratchFolders: string[] = [];
