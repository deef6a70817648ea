/** `md compare`: two finished simulations side by side, as a scenario of one `compare` stage. */
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../../engine/index.ts';
import { manifestName, type RunManifest, readManifest } from '../../runner/manifest.ts';
import { planScenario } from '../../runner/scenario-file.ts';
import { runAndReport } from './run.ts';

export interface CompareFlags {
  readonly out?: string;
  readonly quiet?: boolean;
}

export async function compare(reference: string, candidate: string, flags: CompareFlags): Promise<number> {
  const a = findSimulation(reference);
  const b = findSimulation(candidate);
  const json = {
    name: `${label(a)}-${label(b)}`,
    units: a.units,
    stages: [{ name: 'compare', do: 'compare', reference: a.folder, candidate: b.folder }],
  };
  const again = `md compare ${reference} ${candidate}`;
  return runAndReport(await planScenario({ json, folder: process.cwd() }), flags, again);
}

interface Simulation {
  /** Absolute path of the stage's folder. */
  readonly folder: string;
  readonly units: string;
  /** Whether the user had to name the stage. */
  readonly named: boolean;
}

/** The simulation meant by a run folder (if it has just one) or by run/stage. */
function findSimulation(path: string): Simulation {
  const folder = resolve(path);
  const asRun = readManifest(folder);
  if (asRun) {
    const finished = simulations(asRun);
    if (finished.length === 1) return { folder: join(folder, finished[0].name), units: finished[0].units, named: false };
    const choice = finished.map((record) => join(path, record.name)).join(', ');
    throw new InputError(
      path,
      finished.length === 0 ? 'has no finished simulation' : `has several simulations; give one of: ${choice}`,
    );
  }
  const manifest = readManifest(dirname(folder));
  if (!manifest)
    throw new InputError(
      path,
      `is neither a run folder nor a stage of one (no ${manifestName}); give, for example, runs/ethane/atoms-512`,
    );
  const record = simulations(manifest).find((stage) => stage.name === basename(folder));
  if (!record) {
    const names = simulations(manifest).map((stage) => stage.name);
    throw new InputError(path, `is not a finished simulation of that run; finished: ${names.length ? names.join(', ') : 'none'}`);
  }
  return { folder, units: record.units, named: true };
}

function simulations(manifest: RunManifest) {
  return manifest.stages.filter((record) => record.do === 'simulate' && record.status === 'done');
}

function label({ folder, named }: Simulation): string {
  return named ? basename(folder) : basename(dirname(folder));
}
