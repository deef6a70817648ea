/** The inputs of a network: variables, with periodic components as cosine and sine, and their derivatives. */
import {
  type Box,
  cos,
  InputError,
  type Period,
  type Registry,
  type Settings,
  type Structure,
  sin,
  type Variable,
} from '../../../../engine/index.ts';
import { Parts } from '../../parts.ts';

/** Variables by name as in a scenario, resolved; `inputs` names those that are inputs, others only serve them. */
export interface FeatureDescription {
  readonly variables: Readonly<Record<string, Settings>>;
  readonly inputs: readonly string[];
  /** Reference structures of those that have one, 3 a particle of the structure that the variables are compiled for. */
  readonly references: Readonly<Record<string, readonly number[]>>;
}

/** Variables of a description, compiled in order. @throws InputError for what the structure does not have */
export function compileFeatures(
  { variables, inputs, references }: FeatureDescription,
  structure: Structure,
  registry: Registry,
  where: string,
): Features {
  const compiled = new Map<string, Variable>();
  for (const [name, settings] of Object.entries(variables)) {
    const path = `${where}.${name}`;
    const variable = (other: string): Variable => {
      const found = compiled.get(other);
      if (found) return found;
      throw new InputError(path, `there is no feature "${other}" before "${name}"; a variable uses those defined before it`);
    };
    const kind = registry.get('variable', settings.type as string, `${path}.type`);
    if (kind.load) throw new InputError(path, `a "${kind.name}" variable cannot be a feature`);
    const reference = references[name] ? Float64Array.from(references[name]) : null;
    compiled.set(name, kind.compile(name, settings, { structure, where: path, variable, reference, loaded: null, registry }));
  }
  return new Features(
    inputs.map((name) => {
      const found = compiled.get(name);
      if (found) return found;
      throw new InputError(where, `has no variable "${name}"; known: ${[...compiled.keys()].join(', ')}`);
    }),
  );
}

/** Encoded components of variables. Nothing is allocated after construction. */
export class Features {
  /** `r`, and `cos(phi)`, `sin(phi)` for a periodic phi. */
  readonly names: readonly string[];
  readonly parts: Parts;
  /** Of the last `evaluate`. */
  readonly values: Float64Array;
  private readonly periods: readonly (Period | null)[];
  private readonly componentSlopes: Float64Array;

  constructor(variables: readonly Variable[]) {
    this.parts = new Parts(variables);
    this.periods = this.parts.components.map(({ period }) => period);
    this.names = this.parts.components.flatMap(({ name, period }) => (period ? [`cos(${name})`, `sin(${name})`] : [name]));
    this.values = new Float64Array(this.names.length);
    this.componentSlopes = new Float64Array(this.periods.length);
  }

  get atoms(): Int32Array {
    return this.parts.atoms;
  }

  evaluate(positions: Float64Array, box: Box): void {
    const { parts, periods, values } = this;
    parts.evaluate(positions, box);
    let at = 0;
    for (let c = 0; c < periods.length; c++) {
      const period = periods[c];
      if (period) {
        const angle = ((2 * Math.PI) / (period.to - period.from)) * parts.values[c];
        values[at++] = cos(angle);
        values[at++] = sin(angle);
      } else values[at++] = parts.values[c];
    }
  }

  /** Writes sum_i slopes[i] d input_i / dx to `gradients` from `offset` on, 3 an atom, at the last `evaluate`. */
  chain(slopes: Float64Array, gradients: Float64Array, offset: number): void {
    const { parts, periods, values, componentSlopes } = this;
    let at = 0;
    for (let c = 0; c < periods.length; c++) {
      const period = periods[c];
      if (period) {
        const scale = (2 * Math.PI) / (period.to - period.from);
        componentSlopes[c] = scale * (slopes[at + 1] * values[at] - slopes[at] * values[at + 1]);
        at += 2;
      } else componentSlopes[c] = slopes[at++];
    }
    parts.chain(componentSlopes, gradients, offset);
  }
}

/** M_ij = sum_a mobility_a (dx_i/dr_a . dx_j/dr_a) of the inputs, by their derivatives; mobilities of `features.atoms`. */
export class Metric {
  private readonly features: Features;
  private readonly mobility: Float64Array;
  private readonly jacobian: Float64Array;
  private readonly unit: Float64Array;

  constructor(features: Features, mobility: Float64Array) {
    const inputs = features.names.length;
    this.features = features;
    this.mobility = mobility;
    this.jacobian = new Float64Array(inputs * 3 * features.atoms.length);
    this.unit = new Float64Array(inputs);
  }

  /** Writes the matrix at the last `features.evaluate` to `out` from `offset` on. */
  evaluate(out: Float64Array, offset: number): void {
    const { features, mobility, jacobian, unit } = this;
    const inputs = unit.length;
    const width = 3 * mobility.length;
    for (let i = 0; i < inputs; i++) {
      unit.fill(0);
      unit[i] = 1;
      features.chain(unit, jacobian, i * width);
    }
    for (let i = 0; i < inputs; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += mobility[(k / 3) | 0] * jacobian[i * width + k] * jacobian[j * width + k];
        out[offset + i * inputs + j] = out[offset + j * inputs + i] = sum;
      }
  }
}
