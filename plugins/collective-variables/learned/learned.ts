/** The variable `learned`: a network of features, read from `variable.json`, with its exact gradient. */
import { type Box, exp, InputError, type PullBackVariable, type VariableKind } from '../../../engine/index.ts';
import { isAlignedPositions } from '../aligned-positions.ts';
import { compileFeatures, type Features } from './data/features.ts';
import { type Evaluator, FeatureEvaluator, SuperposedEvaluator } from './evaluators.ts';
import { withStandardisation } from './network/description.ts';
import { readVariable, type VariableFile, variableFile } from './variable-file.ts';

/** An input counts as outside what training saw beyond a tenth of the width of its range. */
const margin = 0.1;

export const learned: VariableKind = {
  name: 'learned',
  summary: 'A variable that a `train-variable` stage has learned, with its exact gradient.',
  status: 'validated',
  schema: {
    properties: {
      from: { reference: { stage: ['train-variable'] }, description: 'the stage that learned it' },
      file: { type: 'string', description: `instead of "from": a ${variableFile}` },
    },
  },
  async load(settings, { where, readText, stage }) {
    const [from, file] = [settings.from as string | undefined, settings.file as string | undefined];
    if ((from === undefined) === (file === undefined))
      throw new InputError(where, `takes either "from", a train-variable stage, or "file", the path of a ${variableFile}`);
    if (file !== undefined) return readVariable(await readText(file), `${where}.file`);
    const source = stage('from');
    if (!source)
      throw new InputError(
        `${where}.from`,
        `the stage "${from}" cannot be used here; give "file", the path of a ${variableFile}`,
      );
    return readVariable(await source.folder.readText(variableFile), `${where}.from`);
  },
  compile(name, _settings, { structure, where, loaded, registry }) {
    const file = loaded as VariableFile;
    if (structure.mass.length < file.particles)
      throw new InputError(where, `was learned for ${file.particles} particles; this system has ${structure.mass.length}`);
    return learnedVariable(name, file, compileFeatures(file.features, structure, registry, where));
  },
};

/** The variable of a file whose features have been compiled for a structure. Evaluation allocates nothing. */
export function learnedVariable(name: string, file: VariableFile, features: Features): PullBackVariable {
  const { statistics, softmax } = file;
  const description = withStandardisation(file.network, statistics.mean, statistics.deviation);
  const bounds = {
    low: Float64Array.from(statistics.minimum, (from, i) => from - margin * (statistics.maximum[i] - from)),
    high: Float64Array.from(statistics.maximum, (to, i) => to + margin * (to - statistics.minimum[i])),
  };
  const [first, ...others] = features.parts.variables;
  const evaluator: Evaluator =
    others.length === 0 && isAlignedPositions(first)
      ? new SuperposedEvaluator(description, first, bounds)
      : new FeatureEvaluator(description, features, bounds);
  const { outside, network } = evaluator;
  const { outputs, bar, values: y } = network;
  const chi = new Float64Array(outputs);
  const unit = new Float64Array(outputs);
  const size = 3 * features.atoms.length;
  let [evaluations, extrapolations] = [0, 0];

  function valuesAt(positions: Float64Array, box: Box, values: Float64Array): void {
    evaluations++;
    if (evaluator.forward(positions, box)) extrapolations++;
    if (softmax) applySoftmax(y, chi);
    const source = softmax ? chi : y;
    for (let c = 0; c < outputs; c++) values[c] = source[c];
  }

  function pullBack(slopes: Float64Array): Float64Array {
    let mean = 0;
    if (softmax) for (let c = 0; c < outputs; c++) mean += slopes[c] * chi[c];
    for (let c = 0; c < outputs; c++) bar[c] = softmax ? chi[c] * (slopes[c] - mean) : slopes[c];
    return evaluator.reverse();
  }

  return {
    name,
    components: Array.from({ length: outputs }, (_, c) => ({
      name: outputs === 1 ? name : `${name}.${c}`,
      dimension: 'dimensionless',
      period: null,
    })),
    atoms: features.atoms,
    valuesAt,
    pullBack,
    evaluate(positions, box, values, gradients) {
      valuesAt(positions, box, values);
      for (let c = 0; c < outputs; c++) {
        unit[c] = 1;
        gradients.set(pullBack(unit), c * size);
        unit[c] = 0;
      }
    },
    remarks() {
      if (extrapolations === 0) return [];
      const worst = outside.reduce((best, count, i) => (count > outside[best] ? i : best), 0);
      const share = (100 * extrapolations) / evaluations;
      return [
        `was evaluated outside what its training saw in ${Number(share.toPrecision(2))} % of ${evaluations} evaluations, most often in ` +
          `${features.names[worst]} (training saw ${format(statistics.minimum[worst])} to ${format(statistics.maximum[worst])}); ` +
          'what it says there is extrapolated: train again with frames of this run',
      ];
    },
  };
}

const format = (x: number): string => String(Number(x.toPrecision(4)));

/** chi = softmax(y). */
function applySoftmax(y: Float64Array, chi: Float64Array): void {
  let largest = y[0];
  for (let c = 1; c < y.length; c++) largest = Math.max(largest, y[c]);
  let sum = 0;
  for (let c = 0; c < y.length; c++) {
    chi[c] = exp(y[c] - largest);
    sum += chi[c];
  }
  for (let c = 0; c < y.length; c++) chi[c] /= sum;
}
