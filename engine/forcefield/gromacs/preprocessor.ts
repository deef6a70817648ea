/**
 * The preprocessor of GROMACS topologies: from files to lines without comments, with macros replaced.
 *
 *   ; comment             \ at the end of a line: it goes on in the next
 *   #include "file"       beside the including file, beside the topology, then in the include paths
 *   #define NAME [text]   #undef NAME    #ifdef NAME    #ifndef NAME    #else    #endif
 */
import { InputError } from '../../errors.ts';

export interface SourceLine {
  readonly text: string;
  /** `file:line`, for messages. */
  readonly where: string;
}

export interface PreprocessorOptions {
  /** Folders of included files, tried in this order after the folder of the including file. */
  readonly includePaths: readonly string[];
  /** Macros from outside: name to text. */
  readonly defines: ReadonlyMap<string, string>;
  /** Throws InputError for a file that is not there. */
  readText(path: string): Promise<string>;
}

interface State {
  readonly options: PreprocessorOptions;
  readonly root: string;
  readonly macros: Map<string, string>;
  readonly lines: SourceLine[];
  /** One entry an open #ifdef: whether its lines are read, and whether #else was seen. */
  readonly conditions: { active: boolean; otherwise: boolean; readonly where: string }[];
}

/** How deep files may include each other, and macros name each other, before it is taken for a circle. */
const deepest = 40;

/** @throws InputError at `file:line` for a directive that is not understood, a file that is not found, and a condition without end. */
export async function preprocess(path: string, options: PreprocessorOptions): Promise<SourceLine[]> {
  const state: State = { options, root: folderOf(path), macros: new Map(options.defines), lines: [], conditions: [] };
  await readFile(path, await options.readText(path), state, 0);
  const open = state.conditions.pop();
  if (open) throw new InputError(open.where, 'this condition has no #endif');
  return state.lines;
}

async function readFile(path: string, text: string, state: State, depth: number): Promise<void> {
  const raw = text.split(/\r?\n/);
  for (let k = 0; k < raw.length; k++) {
    const where = `${path}:${k + 1}`;
    let line = raw[k].replace(/;.*$/, '');
    while (/\\\s*$/.test(line) && k + 1 < raw.length) line = `${line.replace(/\\\s*$/, ' ')}${raw[++k].replace(/;.*$/, '')}`;
    line = line.trim();
    if (line === '') continue;
    if (line.startsWith('#')) await directive(line, where, path, state, depth);
    else if (state.conditions.every((condition) => condition.active))
      state.lines.push({ text: expand(line, state.macros, where), where });
  }
}

async function directive(line: string, where: string, path: string, state: State, depth: number): Promise<void> {
  const [, name, rest] = /^#\s*(\w*)\s*(.*)$/.exec(line) ?? [];
  const { conditions, macros } = state;
  const active = conditions.every((condition) => condition.active);
  const last = conditions[conditions.length - 1];
  switch (name) {
    case 'ifdef':
    case 'ifndef':
      if (rest === '') throw new InputError(where, `#${name} needs the name of a macro`);
      conditions.push({ active: macros.has(rest.split(/\s+/)[0]) === (name === 'ifdef'), otherwise: false, where });
      return;
    case 'else':
      if (!last || last.otherwise) throw new InputError(where, '#else without an #ifdef or #ifndef before it');
      last.active = !last.active;
      last.otherwise = true;
      return;
    case 'endif':
      if (!conditions.pop()) throw new InputError(where, '#endif without an #ifdef or #ifndef before it');
      return;
    case 'define': {
      const [, macro, text] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
      if (macro === undefined) throw new InputError(where, '#define needs a name');
      if (active) macros.set(macro, text);
      return;
    }
    case 'undef':
      if (active) macros.delete(rest);
      return;
    case 'include':
      if (active) await include(rest, where, path, state, depth);
      return;
    default:
      throw new InputError(
        where,
        `"${line}" is not understood; allowed: #include, #define, #undef, #ifdef, #ifndef, #else, #endif`,
      );
  }
}

async function include(rest: string, where: string, path: string, state: State, depth: number): Promise<void> {
  const file = /^(?:"([^"]+)"|<([^>]+)>)/.exec(rest);
  const name = file?.[1] ?? file?.[2];
  if (name === undefined) throw new InputError(where, `#include ${rest}: a file name in quotes is expected`);
  if (depth >= deepest) throw new InputError(where, `files include each other ${deepest} deep; does "${name}" include itself?`);
  const absolute = name.startsWith('/') || /^[A-Za-z]:/.test(name);
  const folders = [...new Set([folderOf(path), state.root, ...state.options.includePaths])];
  const candidates = absolute ? [name] : folders.map((folder) => (folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`));
  for (const candidate of candidates) {
    const text = await state.options.readText(candidate).catch((error: unknown) => {
      if (error instanceof InputError) return null;
      throw error;
    });
    if (text !== null) return readFile(candidate, text, state, depth + 1);
  }
  throw new InputError(
    where,
    `the included file "${name}" is not found; looked for ${candidates.join(', ')}. Name the folder in "includePaths" (GROMACS' own is its share/gromacs/top)`,
  );
}

function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return end < 0 ? '' : path.slice(0, end);
}

/** Replaces every word that is a macro by its text, and so on in that. */
function expand(line: string, macros: ReadonlyMap<string, string>, where: string): string {
  let text = line;
  for (let depth = 0; depth < deepest; depth++) {
    let found = false;
    const next = text.replace(/[^\s[\]]+/g, (word) => {
      const macro = macros.get(word);
      if (macro === undefined) return word;
      found = true;
      return macro;
    });
    if (!found) return text;
    text = next;
  }
  throw new InputError(where, `the macros of "${line}" name each other in a circle`);
}
