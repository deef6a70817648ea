/** Building systems in tests: a context that reads the shipped molecules and force fields, and texts given by the test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildContext, InputError, type UnitSystem } from '../../engine/index.ts';
import { root } from './fixtures.ts';

/** A context whose files are `texts`, else those of `scenarios` and `forcefields`. */
export function buildContext(units: UnitSystem = 'md', texts: Readonly<Record<string, string>> = {}, seed = 7): BuildContext {
  return {
    units,
    seed,
    where: 'system',
    readText: async (path) => texts[path] ?? shipped(path),
    stage: async (name) => {
      throw new InputError('system.from', `no stage "${name}" in this test`);
    },
  };
}

/** Text of a shipped structure (`molecules/ethane.pdb`) or force field (`opls-aa-alkanes.xml`). */
export function shipped(path: string): string {
  return readFileSync(path.endsWith('.xml') ? join(root, 'forcefields', path) : join(root, 'scenarios', path), 'utf8');
}

/** The message of the InputError that the function throws; fails if it throws none. */
export async function inputError(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('an InputError was expected, but nothing was thrown');
}

/** The smallest distance between particles of different molecules, by all pairs. */
export function closestApproach(positions: Float64Array, molecule: Int32Array, minimumImage: (d: Float64Array) => void): number {
  const d = new Float64Array(3);
  let closest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < molecule.length; i++)
    for (let j = 0; j < i; j++) {
      if (molecule[i] === molecule[j]) continue;
      for (let c = 0; c < 3; c++) d[c] = positions[3 * i + c] - positions[3 * j + c];
      minimumImage(d);
      closest = Math.min(closest, Math.hypot(d[0], d[1], d[2]));
    }
  return closest;
}
