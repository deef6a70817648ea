/** Reads a structure file with the reader that its name asks for. */
import { InputError, nearest } from '../../errors.ts';
import type { Assembly } from '../system.ts';
import { extxyz } from './extxyz.ts';
import type { ReadOptions, StructureReader } from './format.ts';
import { gro } from './gro.ts';
import { mmcif } from './mmcif.ts';
import { mol2 } from './mol2.ts';
import { pdb } from './pdb.ts';
import { sdf } from './sdf.ts';

const readers: ReadonlyMap<string, StructureReader> = new Map(
  [pdb, gro, mol2, sdf, mmcif, extxyz].flatMap((reader) => reader.extensions.map((extension) => [extension, reader] as const)),
);

/** The structure in `text`; the ending of `file` names the format. Throws InputError at `where` for an unknown one. */
export function readStructure(text: string, file: string, options: ReadOptions, where = file): Assembly {
  const extension = /\.([^./\\]+)$/.exec(file)?.[1].toLowerCase() ?? '';
  const reader = readers.get(extension);
  if (!reader) {
    const near = nearest(extension, [...readers.keys()]);
    throw new InputError(
      where,
      `"${file}" is no structure file that can be read${near ? ` (did you mean .${near}?)` : ''}; known endings: ${[...readers.keys()].map((e) => `.${e}`).join(', ')}`,
    );
  }
  return reader.read(text, file, options);
}
