/** Which pairs of sites are edges of the bonded graph, and which are no edges of the non-bonded one. */
import type { Structure } from '../../../engine/index.ts';
import { exclusionsAlongBonds } from '../topology.ts';
import type { EdgeChoice } from './options.ts';

/** Flat pairs of sites. */
export interface EdgePairs {
  readonly bonded: Int32Array;
  /** No edges of the non-bonded graph: the bonded ones, or all pairs of a molecule. */
  readonly unlisted: Int32Array;
}

export function edgePairs(structure: Structure, bondedRange: number, edges: EdgeChoice = 'all'): EdgePairs {
  if (edges === 'between-molecules') return { bonded: new Int32Array(0), unlisted: pairsWithinMolecules(structure) };
  const bonded = exclusionsAlongBonds(structure, bondedRange);
  return { bonded, unlisted: bonded };
}

/** The lower number first; sites of a molecule follow one another. */
function pairsWithinMolecules({ molecule }: Structure): Int32Array {
  const pairs: number[] = [];
  for (let i = 0; i < molecule.length; i++) for (let j = i + 1; molecule[j] === molecule[i]; j++) pairs.push(i, j);
  return Int32Array.from(pairs);
}
