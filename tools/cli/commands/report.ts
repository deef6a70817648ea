/** `md report`: the report of a run folder. */
import { resolve } from 'node:path';
import { InputError } from '../../../engine/index.ts';
import { writeReport } from '../../report/index.ts';
import { manifestName, readManifest } from '../../runner/manifest.ts';
import { exitCodes } from '../exit.ts';
import { shown } from '../format.ts';

export async function report(run: string): Promise<number> {
  const folder = resolve(run);
  if (!readManifest(folder))
    throw new InputError(run, `is not a run folder: it has no ${manifestName}; give a folder such as runs/ethane`);
  const path = await writeReport(folder);
  process.stdout.write(`${shown(path)}\n`);
  return exitCodes.done;
}
