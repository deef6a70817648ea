/** The variable `learned`: a network of features, read from `variable.json`, with its exact gradient. */
import { type Component, exp, InputError, type Variable, type VariableKind } from '../../../engine/index.ts';
import { compileFeatures, type Features } from './data/features.ts';
import { withStandardisation } from './network/description.ts';
import { PointNetwork } from './network/point-network.ts';
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
export function learnedVariable(name: string, file: VariableFile, features: Features): Variable {
  const { statistics, softmax } = file;
  const network = new PointNetwork(withStandardisation(file.network, statistics.mean, statistics.deviation));
  const { outputs: k, gradientStride: stride, input, values: out, gradients: slopes } = network;
  const inputs = features.names.length;
  const low = statistics.minimum.map((from, i) => from - margin * (statistics.maximum[i] - from));
  const high = statistics.maximum.map((to, i) => to + margin * (to - statistics.minimum[i]));
  const lower = Float64Array.from(low);
  const upper = Float64Array.from(high);
  const outside = new Float64Array(inputs);
  const mixed = new Float64Array(k * stride);
  const chi = new Float64Array(k);
  let [evaluations, extrapolations] = [0, 0];
  const components: Component[] = Array.from({ length: k }, (_, c) => ({
    name: k === 1 ? name : `${name}.${c}`,
    dimension: 'dimensionless',
    period: null,
  }));
  return {
    name,
    components,
    atoms: features.atoms,
    evaluate(positions, box, values, gradients) {
      features.evaluate(positions, box);
      const x = features.values;
      let beyond = 0;
      for (let i = 0; i < inputs; i++) {
        input[i] = x[i];
        if (x[i] < lower[i] || x[i] > upper[i]) {
          outside[i]++;
          beyond = 1;
        }
      }
      evaluations++;
      extrapolations += beyond;
      network.evaluate();
      if (softmax) applySoftmax(out, slopes, chi, mixed, k, stride);
      for (let c = 0; c < k; c++) {
        values[c] = softmax ? chi[c] : out[c];
        features.chain(softmax ? mixed : slopes, gradients, c, c * stride);
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

/** chi = softmax(y), mixed = d chi / d inputs. */
function applySoftmax(
  y: Float64Array,
  slopes: Float64Array,
  chi: Float64Array,
  mixed: Float64Array,
  k: number,
  stride: number,
): void {
  let largest = y[0];
  for (let c = 1; c < k; c++) largest = Math.max(largest, y[c]);
  let sum = 0;
  for (let c = 0; c < k; c++) {
    chi[c] = exp(y[c] - largest);
    sum += chi[c];
  }
  for (let c = 0; c < k; c++) chi[c] /= sum;
  for (let i = 0; i < stride; i++) {
    let mean = 0;
    for (let c = 0; c < k; c++) mean += chi[c] * slopes[c * stride + i];
    for (let c = 0; c < k; c++) mixed[c * stride + i] = chi[c] * (slopes[c * stride + i] - mean);
  }
}
