/** `md schema`: the JSON Schema of scenarios, for editors. */
import { resolve } from 'node:path';
import { publishedSchema } from '../../../engine/index.ts';
import { loadRegistry } from '../../runner/plugins.ts';
import { writeAtomically } from '../../runner/stage-folder.ts';
import { exitCodes } from '../exit.ts';

export async function schema(flags: { readonly out?: string; readonly plugin?: readonly string[] }): Promise<number> {
  const text = `${JSON.stringify(publishedSchema(await loadRegistry(flags.plugin)), null, 2)}\n`;
  if (flags.out === undefined) process.stdout.write(text);
  else await writeAtomically(resolve(flags.out), text);
  return exitCodes.done;
}
