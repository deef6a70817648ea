/** The variable `learned`: a network of features, read from `variable.json`, with its exact gradient. */
import {
  type Box,
  type Component,
  exp,
  InputError,
  type PullBackVariable,
  type SystemMemory,
  type VariableCalls,
  type VariableKind,
} from '../../../engine/index.ts';
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

/** The variable of a file whose features have been compiled for a structure. */
export function learnedVariable(name: string, file: VariableFile, features: Features): PullBackVariable {
  return new LearnedVariable(name, file, features);
}

/** Evaluation allocates nothing. */
class LearnedVariable implements PullBackVariable {
  readonly name: string;
  readonly components: readonly Component[];
  readonly atoms: Int32Array;
  readonly placeIn?: (memory: SystemMemory) => VariableCalls;
  readonly unwrapped?: true;
  readonly strain?: Float64Array;
  private readonly file: VariableFile;
  private readonly features: Features;
  private evaluator: Evaluator;
  /** Softmax of the outputs, where the variable is that. */
  private readonly chi: Float64Array;
  private readonly unit: Float64Array;

  constructor(name: string, file: VariableFile, features: Features) {
    const { statistics, softmax } = file;
    const description = withStandardisation(file.network, statistics.mean, statistics.deviation);
    const bounds = {
      low: Float64Array.from(statistics.minimum, (from, i) => from - margin * (statistics.maximum[i] - from)),
      high: Float64Array.from(statistics.maximum, (to, i) => to + margin * (to - statistics.minimum[i])),
    };
    const [first, ...others] = features.parts.variables;
    const superposed = others.length === 0 && isAlignedPositions(first) ? first : null;
    this.name = name;
    this.file = file;
    this.features = features;
    this.atoms = features.atoms;
    if (superposed) this.unwrapped = true;
    else this.strain = features.parts.strain;
    this.evaluator = superposed
      ? new SuperposedEvaluator(description, superposed, bounds)
      : new FeatureEvaluator(description, features, bounds);
    const { outputs } = this.evaluator.network;
    this.chi = new Float64Array(outputs);
    this.unit = new Float64Array(outputs);
    this.components = Array.from({ length: outputs }, (_, c) => ({
      name: outputs === 1 ? name : `${name}.${c}`,
      dimension: 'dimensionless',
      period: null,
    }));
    if (superposed && !softmax)
      this.placeIn = (memory) => {
        const evaluator = new SuperposedEvaluator(description, superposed, bounds, memory);
        this.evaluator = evaluator;
        return evaluator.calls();
      };
  }

  valuesAt(positions: Float64Array, box: Box, values: Float64Array): void {
    const { evaluator, chi } = this;
    const y = evaluator.network.values;
    evaluator.forward(positions, box);
    if (this.file.softmax) applySoftmax(y, chi);
    const source = this.file.softmax ? chi : y;
    for (let c = 0; c < source.length; c++) values[c] = source[c];
  }

  pullBack(slopes: Float64Array): Float64Array {
    const { evaluator, chi } = this;
    const { softmax } = this.file;
    const { bar } = evaluator.network;
    let mean = 0;
    if (softmax) for (let c = 0; c < chi.length; c++) mean += slopes[c] * chi[c];
    for (let c = 0; c < chi.length; c++) bar[c] = softmax ? chi[c] * (slopes[c] - mean) : slopes[c];
    return evaluator.reverse();
  }

  evaluate(positions: Float64Array, box: Box, values: Float64Array, gradients: Float64Array): void {
    const { unit } = this;
    this.valuesAt(positions, box, values);
    for (let c = 0; c < unit.length; c++) {
      unit[c] = 1;
      gradients.set(this.pullBack(unit), c * 3 * this.atoms.length);
      unit[c] = 0;
    }
  }

  remarks(): readonly string[] {
    const { evaluations, extrapolations } = this.evaluator;
    if (extrapolations === 0) return [];
    const { minimum, maximum } = this.file.statistics;
    const outside = this.evaluator.outside();
    const worst = outside.reduce((best, count, i) => (count > outside[best] ? i : best), 0);
    const share = (100 * extrapolations) / evaluations;
    return [
      `was evaluated outside what its training saw in ${Number(share.toPrecision(2))} % of ${evaluations} evaluations, most often in ` +
        `${this.features.names[worst]} (training saw ${format(minimum[worst])} to ${format(maximum[worst])}); ` +
        'what it says there is extrapolated: train again with frames of this run',
    ];
  }
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
