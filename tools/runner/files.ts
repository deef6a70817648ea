/** Files that a scenario names: found beside it or among those the package ships, and remembered by content. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { InputError, nearest } from '../../engine/errors.ts';
import { sha256 } from './hash.ts';
import { packageRoot } from './package-root.ts';
import { reason } from './stage-folder.ts';

/** Folders of the package whose files a scenario may name, relative to the package. */
const shipped = ['forcefields', 'scenarios'] as const;

/**
 * The absolute path of a file named in a scenario: relative to the scenario's folder, else of a file that the package ships.
 * @throws InputError naming where was looked and the nearest shipped name.
 */
export function locate(path: string, scenarioFolder: string): string {
  const candidates = isAbsolute(path)
    ? [path]
    : [resolve(scenarioFolder, path), ...shipped.map((folder) => join(packageRoot, folder, path))];
  const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (found) return found;
  const near = nearest(path, shippedNames());
  throw new InputError(
    '',
    `there is no file "${path}"${near ? `; did you mean "${near}"?` : '.'} Looked in ${scenarioFolder} and in the package's ${shipped.join(' and ')}`,
  );
}

function shippedNames(): string[] {
  return shipped.flatMap((folder) => {
    const path = join(packageRoot, folder);
    return existsSync(path) ? (readdirSync(path, { recursive: true }) as string[]) : [];
  });
}

/** SHA-256 of the file that a scenario's name leads to now, or null if there is none. */
export async function currentHash(path: string, scenarioFolder: string): Promise<string | null> {
  try {
    return sha256(await readFile(locate(path, scenarioFolder)));
  } catch {
    return null;
  }
}

/** A reader of named files that reports the hash of each before it returns the text. */
export function fileReader(
  scenarioFolder: string,
  onRead: (path: string, hash: string) => void,
): (path: string) => Promise<string> {
  return async (path) => {
    const found = locate(path, scenarioFolder);
    const content = await readFile(found).catch((error: unknown) => {
      throw new InputError('', `the file "${path}" cannot be read: ${reason(error)}`);
    });
    onRead(path, sha256(content));
    return content.toString('utf8');
  };
}
