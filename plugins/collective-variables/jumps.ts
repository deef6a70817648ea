/** Notices where a formula jumps while a simulation goes on: its gradient knows nothing of that, and a bias would take the jump for a distance. */
import { difference, type Expression, type Period } from '../../engine/index.ts';

/** Halvings of a step after which what has not shrunk is a jump. */
const halvings = 40;

/**
 * Compares how a formula changes from one evaluation to the next with what its derivatives say. Where that does not fit, the straight way between both is
 * halved towards the larger change: a steep function gets less steep by that, a jump stays.
 */
export class Jumps {
  /** Jumps so far, and the largest. */
  count = 0;
  largest = 0;
  private readonly formula: Expression;
  /** Of the inputs and of the value. */
  private readonly periods: readonly (Period | null)[];
  private readonly period: Period | null;
  private readonly inputs: Float64Array;
  /** Of the last evaluation: value, and derivatives by the inputs. */
  private readonly before: Float64Array;
  private readonly steps: Float64Array;
  private readonly point: Float64Array;
  private readonly out: Float64Array;

  /** @param periods of the inputs */
  constructor(formula: Expression, periods: readonly (Period | null)[], period: Period | null) {
    const count = periods.length;
    this.formula = formula;
    this.periods = periods;
    this.period = period;
    this.inputs = new Float64Array(count).fill(Number.NaN);
    this.before = new Float64Array(1 + count);
    this.steps = new Float64Array(count);
    this.point = new Float64Array(count);
    this.out = new Float64Array(1 + count);
  }

  /** @param inputs of an evaluation; @param result its value and derivatives. Allocates nothing. */
  see(inputs: Float64Array, result: Float64Array): void {
    const { before, steps, periods } = this;
    let [first, second] = [0, 0];
    for (let k = 0; k < steps.length; k++) {
      const step = difference(inputs[k], this.inputs[k], periods[k]);
      steps[k] = step;
      first += before[1 + k] * step;
      second += result[1 + k] * step;
    }
    const change = difference(result[0], before[0], this.period);
    // What is smooth over the step changes by the mean of both slopes, give or take less than themselves. The first time all is NaN, and nothing is said.
    const rest = Math.abs(change - 0.5 * (first + second));
    if (rest > Math.abs(first) + Math.abs(second) && rest > 1e-6 * Math.abs(result[0])) this.look(Math.abs(change), result[0]);
    for (let k = 0; k < steps.length; k++) {
      this.inputs[k] = inputs[k];
      before[1 + k] = result[1 + k];
    }
    before[0] = result[0];
  }

  private look(change: number, end: number): void {
    let [from, to] = [0, 1];
    let [low, high] = [this.before[0], end];
    for (let k = 0; k < halvings; k++) {
      const middle = 0.5 * (from + to);
      const value = this.at(middle);
      const [left, right] = [this.apart(value, low), this.apart(high, value)];
      if (!(Math.max(left, right) > 0.5 * change)) return;
      if (left > right) [to, high] = [middle, value];
      else [from, low] = [middle, value];
    }
    this.count++;
    this.largest = Math.max(this.largest, this.apart(high, low));
  }

  private apart(a: number, b: number): number {
    return Math.abs(difference(a, b, this.period));
  }

  /** The value at a part of the way. */
  private at(part: number): number {
    const { point, inputs, steps } = this;
    for (let k = 0; k < point.length; k++) point[k] = inputs[k] + part * steps[k];
    this.formula.evaluate(point, this.out);
    return this.out[0];
  }
}
