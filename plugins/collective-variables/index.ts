/** Collective variables: functions of the positions with exact gradients, to look at, to bias along, and to learn. */
import type { Plugin } from '../../engine/index.ts';
import { alignedPositions } from './aligned-positions.ts';
import { combination } from './combination.ts';
import { coordination } from './coordination.ts';
import { expression } from './expression.ts';
import { gyration } from './gyration.ts';
import { angle, dihedral, distance } from './internal-coordinates.ts';
import { path } from './path.ts';
import { position } from './position.ts';
import { rmsd } from './rmsd.ts';

export { type AtomName, atomsSchema, findAtoms } from './atoms.ts';
export { Alignment } from './math/alignment.ts';
export { hasPullBack, Parts, type PullBackVariable } from './parts.ts';

export const plugin: Plugin = {
  name: 'collective-variables',
  register(registry) {
    for (const kind of [distance, angle, dihedral, position, gyration, rmsd, coordination, alignedPositions])
      registry.add('variable', kind);
    for (const kind of [combination, expression, path]) registry.add('variable', kind);
  },
};
