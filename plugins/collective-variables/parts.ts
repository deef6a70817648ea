/** Variables that others are made of: evaluated together, and their gradients chained into one over the union of their atoms. */
import { type Box, type Component, hasPullBack, openBox, strainsOf, type Variable } from '../../engine/index.ts';

/** Several variables seen as one list of components. Nothing is allocated after construction. */
export class Parts {
  readonly components: readonly Component[];
  /** The atoms of all parts, each once. */
  readonly atoms: Int32Array;
  /** All components, from the last `evaluate`. */
  readonly values: Float64Array;
  readonly variables: readonly Variable[];
  /** In a periodic box the strain (`Variable.strain`) of what the last `chain` wrote. */
  readonly strain = new Float64Array(9);
  /** Views of `values`, a part each. */
  private readonly own: readonly Float64Array[];
  private readonly gradients: readonly Float64Array[];
  /** For each part, where its atoms lie in `atoms`. */
  private readonly targets: readonly Int32Array[];
  private readonly slopes: readonly Float64Array[];
  /** Of the components of each part. */
  private readonly strains: readonly Float64Array[];
  /** Of the last `evaluate`. */
  private positions: Float64Array = new Float64Array(0);
  private box = openBox;

  constructor(variables: readonly Variable[]) {
    this.variables = variables;
    this.components = variables.flatMap((variable) => variable.components);
    this.values = new Float64Array(this.components.length);
    this.atoms = Int32Array.from(new Set(variables.flatMap((variable) => [...variable.atoms])));
    const place = new Map(Array.from(this.atoms, (i, k) => [i, k]));
    this.targets = variables.map((variable) => Int32Array.from(variable.atoms, (i) => place.get(i) as number));
    let at = 0;
    this.own = variables.map(({ components }) => {
      const from = at;
      at += components.length;
      return this.values.subarray(from, at);
    });
    this.slopes = variables.map(({ components }) => new Float64Array(components.length));
    this.strains = variables.map(({ components }) => new Float64Array(9 * components.length));
    this.gradients = variables.map(
      (variable) => new Float64Array(hasPullBack(variable) ? 0 : 3 * variable.atoms.length * variable.components.length),
    );
  }

  evaluate(positions: Float64Array, box: Box): void {
    this.positions = positions;
    this.box = box;
    for (let p = 0; p < this.variables.length; p++) {
      const variable = this.variables[p];
      if (hasPullBack(variable)) variable.valuesAt(positions, box, this.own[p]);
      else variable.evaluate(positions, box, this.own[p], this.gradients[p]);
    }
  }

  /**
   * Writes sum_c slopes[from + c] d value_c / dx to `gradients` from `offset` on, 3 an atom of `atoms`, at the last `evaluate`.
   * @param slopes the derivative of something with respect to each component
   */
  chain(slopes: Float64Array, gradients: Float64Array, offset = 0, from = 0): void {
    gradients.fill(0, offset, offset + 3 * this.atoms.length);
    this.strain.fill(0);
    let at = from;
    for (let p = 0; p < this.variables.length; p++) {
      const variable = this.variables[p];
      const target = this.targets[p];
      const count = variable.components.length;
      const whole = hasPullBack(variable);
      if (whole) {
        for (let c = 0; c < count; c++) this.slopes[p][c] = slopes[at + c];
      }
      const gradient = whole ? variable.pullBack(this.slopes[p]) : this.gradients[p];
      if (this.box.vectors !== null) this.addStrain(p, gradient, slopes, at);
      for (let c = 0; c < (whole ? 1 : count); c++) {
        const slope = whole ? 1 : slopes[at + c];
        if (slope === 0) continue;
        const o = c * 3 * target.length;
        for (let a = 0; a < target.length; a++) {
          const t = offset + 3 * target[a];
          gradients[t] += slope * gradient[o + 3 * a];
          gradients[t + 1] += slope * gradient[o + 3 * a + 1];
          gradients[t + 2] += slope * gradient[o + 3 * a + 2];
        }
      }
      at += count;
    }
  }

  private addStrain(p: number, gradient: Float64Array, slopes: Float64Array, at: number): void {
    const variable = this.variables[p];
    const whole = hasPullBack(variable);
    const count = whole ? 1 : variable.components.length;
    let none = true;
    for (let c = 0; c < variable.components.length; c++) none &&= slopes[at + c] === 0;
    if (none) return;
    const strains = this.strains[p];
    strainsOf(variable, gradient, count, this.positions, this.box, strains, this.atoms[0]);
    for (let c = 0; c < count; c++)
      for (let k = 0; k < 9; k++) this.strain[k] += (whole ? 1 : slopes[at + c]) * strains[9 * c + k];
  }
}
