/** Loads force-field files and the files that they include. */
import { InputError } from '../errors.ts';
import { parseXml, textAttribute } from './xml.ts';

export interface ForceFieldFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The texts of the files named, each once, those that they include behind them (`<Include file="..."/>`, looked for beside the file that
 * includes it, then under its own name).
 * @param readText throws InputError for a file that is not there
 */
export async function loadForceField(
  names: readonly string[],
  readText: (path: string) => Promise<string>,
): Promise<ForceFieldFile[]> {
  const files: ForceFieldFile[] = [];
  const known = new Set<string>();
  const add = (name: string, text: string) => {
    known.add(name);
    files.push({ name, text });
  };
  for (const name of names) if (!known.has(name)) add(name, await readText(name));
  for (let k = 0; k < files.length; k++) {
    const { name: parent, text } = files[k];
    if (!text.includes('<Include')) continue;
    for (const element of parseXml(text, parent).children) {
      if (element.tag !== 'Include') continue;
      const file = textAttribute(element, 'file');
      const candidates = includedNames(parent, file);
      if (candidates.some((name) => known.has(name))) continue;
      const found = await firstThatExists(candidates, readText);
      if (!found) throw new InputError(element.where, `<Include file="${file}"/>: there is neither ${candidates.join(' nor ')}`);
      add(found.name, found.text);
    }
  }
  return files;
}

/** The names under which an included file may be. */
export function includedNames(parent: string, file: string): string[] {
  const folder = parent.slice(0, parent.lastIndexOf('/') + 1);
  return file.startsWith('/') || folder === '' ? [file] : [folder + file, file];
}

async function firstThatExists(
  candidates: readonly string[],
  readText: (path: string) => Promise<string>,
): Promise<ForceFieldFile | undefined> {
  for (const name of candidates) {
    try {
      return { name, text: await readText(name) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}
