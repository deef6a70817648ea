/** `variable.json`: everything that a learned variable is, in one file. */
import { InputError } from '../../../engine/index.ts';
import type { FeatureDescription } from './data/features.ts';
import type { InputStatistics } from './data/prepare.ts';
import type { EigenvalueReport } from './learner.ts';
import type { NetworkDescription } from './network/description.ts';

export const variableFile = 'variable.json';
const format = 'md-variable';

export interface VariableFile {
  readonly format: typeof format;
  readonly version: 1;
  /** Registry name of the learner. */
  readonly learner: string;
  readonly units: 'md' | 'lj';
  /** Variables that the network's inputs are made of, and their reference structures. */
  readonly features: FeatureDescription;
  /** Particles of the system that it was learned for: one copy. */
  readonly particles: number;
  /** Names, means and standard deviations of the inputs, by which they are standardised, and the range that training saw. */
  readonly statistics: InputStatistics;
  /** From standardised inputs to the variable. */
  readonly network: NetworkDescription;
  /** The variable is the softmax of the network's outputs. */
  readonly softmax: boolean;
  /** From the variable to standardised inputs; null where there is none. */
  readonly decoder: NetworkDescription | null;
  /** Least and largest value of each component in training. */
  readonly range: readonly { readonly from: number; readonly to: number }[];
  /** Rates in 1/time, the slowest first; empty where the learner has none. */
  readonly eigenvalues: readonly EigenvalueReport[];
  readonly singularValues: readonly number[];
  readonly kT: number | null;
  readonly frames: { readonly training: number; readonly validation: number; readonly effective: number };
  readonly details: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

export function writeVariable(file: VariableFile): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** @throws InputError at `where` for what is no such file */
export function readVariable(text: string, where: string): VariableFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(where, `is no JSON; it must be a ${variableFile} that a train-variable stage wrote`);
  }
  const file = json as Partial<VariableFile> | null;
  if (file?.format !== format)
    throw new InputError(where, `is no learned variable; it must be a ${variableFile} that a train-variable stage wrote`);
  if (file.version !== 1) throw new InputError(where, `has version ${String(file.version)}; this program reads version 1`);
  for (const key of ['features', 'statistics', 'network', 'range', 'particles'] as const)
    if (file[key] === undefined) throw new InputError(where, `has no "${key}"`);
  return file as VariableFile;
}
