/** Whether kernels are too narrow for the timestep: how far variables move in a step, beside the widths of the kernels put down there. */
import { type Component, difference } from '../../engine/index.ts';

/**
 * A bias of about kT that changes over a length sigma is a spring of kT/sigma^2. A variable that moves by d (rms) in a step has kT = m (d/timestep)^2, so it oscillates there with
 * w timestep = d/sigma, and the leap-frog's error in the energy of that oscillation is (d/sigma)^2/8: an eighth where kernels are a step wide, 3 % where they are two. Below a step the bias does
 * work that is not in its energy, and heats.
 */
const leastStepsPerWidth = 1;
/** What is recommended. */
const goodStepsPerWidth = 2;

/** Part of the kernels that may be narrower than that before somebody is told: few do no harm (README: 3 % left a run at 1.002(3) kT, half of them heated another by 2 %). */
const tolerated = 0.05;

export class NarrowKernels {
  private readonly components: readonly Component[];
  private readonly before: Float64Array;
  /** Sums of squares of steps since the last kernel, and how many. */
  private readonly squares: Float64Array;
  private steps = -1;
  private kernels = 0;
  private narrow = 0;
  /** Of the narrowest kernel in relation to steps: component, width, step. */
  private worst: readonly [component: number, width: number, step: number] = [0, Number.POSITIVE_INFINITY, 1];
  /** The greatest step seen, by component. */
  private readonly longest: Float64Array;

  constructor(components: readonly Component[]) {
    const numbers = () => new Float64Array(components.length);
    this.components = components;
    [this.before, this.squares, this.longest] = [numbers(), numbers(), numbers()];
  }

  /** The values of a step, which follows the last one. */
  step(values: ArrayLike<number>): void {
    const { before, squares, components } = this;
    for (let c = 0; c < before.length; c++) {
      if (this.steps >= 0) squares[c] += difference(values[c], before[c], components[c].period) ** 2;
      before[c] = values[c];
    }
    this.steps++;
  }

  /** A kernel is put down; steps are counted anew. */
  kernel(sigma: ArrayLike<number>): void {
    const { squares, longest } = this;
    let narrow = false;
    for (let c = 0; c < squares.length; c++) {
      const step = Math.sqrt(squares[c] / Math.max(1, this.steps));
      longest[c] = Math.max(longest[c], step);
      if (sigma[c] < leastStepsPerWidth * step) narrow = true;
      if (sigma[c] * this.worst[2] < this.worst[1] * step) this.worst = [c, sigma[c], step];
    }
    this.kernels++;
    if (narrow) this.narrow++;
    squares.fill(0);
    this.steps = 0;
  }

  /** A line for the user, or none. */
  remarks(): readonly string[] {
    const { components, worst, kernels, narrow, longest } = this;
    if (narrow <= tolerated * kernels) return [];
    const [c, width, step] = worst;
    const enough = components.map((_, k) => short(goodStepsPerWidth * longest[k]));
    return [
      `${short((100 * narrow) / kernels)} % of ${kernels} kernels were narrower than a step of the variable, down to a width of ${short(width)} in ` +
        `${components[c].name}, which moved by ${short(step)} a step there (rms): the timestep cannot follow such a bias, which heats what it acts on and makes the conserved energy ` +
        `drift. Set "sigmaMin" to at least ${components.length === 1 ? enough[0] : `[${enough.join(', ')}]`}, or shorten the timestep`,
    ];
  }

  save(): Float64Array {
    return Float64Array.of(
      this.steps,
      this.kernels,
      this.narrow,
      ...this.worst,
      ...this.before,
      ...this.squares,
      ...this.longest,
    );
  }

  /** How many numbers `save` gives. */
  get size(): number {
    return 6 + 3 * this.components.length;
  }

  load(state: Float64Array): void {
    const d = this.components.length;
    const [steps, kernels, narrow, component, width, step] = state;
    [this.steps, this.kernels, this.narrow, this.worst] = [steps, kernels, narrow, [component, width, step]];
    [this.before, this.squares, this.longest].forEach((numbers, k) => {
      numbers.set(state.subarray(6 + k * d, 6 + (k + 1) * d));
    });
  }
}

const short = (x: number): string => String(Number(x.toPrecision(2)));
