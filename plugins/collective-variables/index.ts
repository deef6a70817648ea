/** Collective variables: functions of the positions with exact gradients, to look at, to bias along, and to learn. */
import type { Plugin } from '../../engine/index.ts';
import { alignedPositions } from './aligned-positions.ts';
import { combination } from './combination.ts';
import { coordination } from './coordination.ts';
import { expression } from './expression.ts';
import { gyration } from './gyration.ts';
import { angle, dihedral, distance } from './internal-coordinates.ts';
import { impliedTimesStage } from './kinetics/implied-times.ts';
import { learned } from './learned/learned.ts';
import { autoencoder, contractiveAutoencoder, timeLaggedAutoencoder } from './learned/learners/autoencoder.ts';
import { deepTda } from './learned/learners/deep-tda.ts';
import { deepTica } from './learned/learners/deep-tica.ts';
import { generatorEigenfunctions, transferEigenfunctions } from './learned/learners/eigenfunctions.ts';
import { tica, vamp } from './learned/learners/linear.ts';
import { regularisedAutoencoder } from './learned/learners/regularised-autoencoder.ts';
import { vampnet } from './learned/learners/vampnet.ts';
import { trainVariable } from './learned/train-variable.ts';
import { path } from './path.ts';
import { decodedPaths } from './paths/decoded-paths.ts';
import { position } from './position.ts';
import { rmsd } from './rmsd.ts';

export { type AtomName, atomsSchema, findAtoms } from './atoms.ts';
export type * from './learned/learner.ts';
export { readVariable, type VariableFile, variableFile } from './learned/variable-file.ts';
export { Alignment } from './math/alignment.ts';
export { Parts } from './parts.ts';

export const plugin: Plugin = {
  name: 'collective-variables',
  register(registry) {
    for (const kind of [distance, angle, dihedral, position, gyration, rmsd, coordination, alignedPositions])
      registry.add('variable', kind);
    for (const kind of [combination, expression, path, learned]) registry.add('variable', kind);
    for (const kind of [trainVariable, decodedPaths, impliedTimesStage]) registry.add('stage', kind);
    for (const kind of [generatorEigenfunctions, transferEigenfunctions]) registry.add('learner', kind);
    for (const kind of [autoencoder, timeLaggedAutoencoder, contractiveAutoencoder, regularisedAutoencoder])
      registry.add('learner', kind);
    for (const kind of [tica, vamp, deepTica, vampnet, deepTda]) registry.add('learner', kind);
  },
};
