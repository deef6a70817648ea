/** Weighted points of model potentials, and weighted pairs of their overdamped dynamics: data for learning with known answers. */
import { exp, Noise, type Registry } from '../../engine/index.ts';
import type { Points } from '../../plugins/collective-variables/learned/data/load.ts';
import { type Prepared, prepare } from '../../plugins/collective-variables/learned/data/prepare.ts';
import type { LearningData } from '../../plugins/collective-variables/learned/data/prepared.ts';
import { uniform } from './trajectories.ts';

export interface Model {
  /** Registry name of the field, and its parameters. */
  readonly field: string;
  readonly parameters: readonly number[];
  readonly kT: number;
  /** Temperature that points are drawn at. */
  readonly drawn: number;
  /** The box that they lie in; one or two dimensions. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Lag of pairs, and Euler-Maruyama steps in it, an even number. */
  readonly lag: number;
  readonly steps: number;
}

type Field = (x: number, y: number) => { energy: number; dx: number; dy: number };

function fieldOf({ field, parameters }: Model, registry: Registry): Field {
  const term = registry.get('field', field);
  const own = Float64Array.from(parameters);
  const out = new Float64Array(4);
  const result = { energy: 0, dx: 0, dy: 0 };
  return (x, y) => {
    term.evaluate(x, y, 0, own, 0, out);
    result.energy = out[0];
    result.dx = out[1];
    result.dy = out[2];
    return result;
  };
}

/** Points of the density at `drawn`, exact to the cell, with weights for kT. */
function draw(model: Model, at: Field, count: number, seed: number): { x: Float64Array; weights: Float64Array } {
  const d = model.low.length;
  const cells = d === 1 ? [20000, 1] : [700, 700];
  const size = model.low.map((from, i) => (model.high[i] - from) / cells[i]);
  const total = new Float64Array(cells[0] * cells[1] + 1);
  let lowest = Number.POSITIVE_INFINITY;
  const energies = new Float64Array(total.length - 1);
  for (let k = 0; k < energies.length; k++) {
    const [i, j] = [Math.floor(k / cells[1]), k % cells[1]];
    energies[k] = at(model.low[0] + (i + 0.5) * size[0], d === 2 ? model.low[1] + (j + 0.5) * size[1] : 0).energy;
    lowest = Math.min(lowest, energies[k]);
  }
  for (let k = 0; k < energies.length; k++) total[k + 1] = total[k] + exp((lowest - energies[k]) / model.drawn);
  const random = uniform(seed);
  const x = new Float64Array(count * d);
  const weights = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const wanted = ((p + random()) / count) * total[energies.length];
    let [a, b] = [0, energies.length];
    while (b - a > 1) {
      const middle = (a + b) >> 1;
      if (total[middle] <= wanted) a = middle;
      else b = middle;
    }
    x[p * d] = model.low[0] + (Math.floor(a / cells[1]) + random()) * size[0];
    if (d === 2) x[p * d + 1] = model.low[1] + ((a % cells[1]) + random()) * size[1];
    const { energy } = at(x[p * d], d === 2 ? x[p * d + 1] : 0);
    // The place in the cell is drawn evenly: its own energy makes up for that.
    weights[p] = exp((energies[a] - lowest) / model.drawn - (energy - lowest) / model.kT);
  }
  return { x, weights };
}

/**
 * The points alone, or pairs: the ends of two paths of half a lag each that start at a point and have its weight. Time runs both ways in equilibrium, so
 * such ends are a lag apart. Pairs that start at their first frame have the largest weights where the rarest and largest moves begin, at the foot of
 * barriers; with the weight of the middle the error of a quotient is two to four times smaller (Mueller-Brown at kT 10).
 */
export function modelData(model: Model, registry: Registry, count: number, seed: number, pairs: boolean): Prepared {
  const d = model.low.length;
  const at = fieldOf(model, registry);
  const { x: middles, weights } = draw(model, at, count, seed);
  const each = pairs ? 2 : 1;
  const x = new Float64Array(each * count * d);
  const noises = [0, 1].map((end) => new Noise(seed, `pairs ${end}`));
  const deviates = new Float64Array(3);
  const dt = model.lag / model.steps;
  const width = Math.sqrt(2 * model.kT * dt);
  for (let p = 0; p < count; p++)
    for (let end = 0; end < each; end++) {
      let [u, v] = [middles[p * d], d === 2 ? middles[p * d + 1] : 0];
      for (let s = 0; pairs && s < model.steps / 2; s++) {
        noises[end].normals(s, p, deviates, 0, d);
        const { dx, dy } = at(u, v);
        u += width * deviates[0] - dt * dx;
        if (d === 2) v += width * deviates[1] - dt * dy;
      }
      x.set(d === 2 ? [u, v] : [u], (each * p + end) * d);
    }
  const total = each * count;
  const points: Points = {
    names: ['x', 'y'].slice(0, d),
    count: total,
    x,
    weights: Float64Array.from({ length: total }, (_, p) => weights[Math.floor(p / each)]),
    metric: Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0)),
    segments: Array.from({ length: count }, (_, p) => ({ from: each * p, to: each * (p + 1) })),
    spacing: pairs ? model.lag : null,
    source: new Int32Array(total),
    // Points come in the order of the grid: blocks take them in turn.
    walker: Int32Array.from({ length: total }, (_, p) => Math.floor(p / each) % 1000),
    walkers: 1000,
    plane: new Float64Array(0),
  };
  return prepare(points, model.kT, { blocks: 10, validationFraction: 0.2 }, '');
}

/** Points standardised as those of another set were. */
export function standardisedAs({ data: target, statistics }: Prepared, { data, statistics: own }: Prepared): LearningData {
  const d = data.names.length;
  const x = data.x.map((value, k) => {
    const i = k % d;
    return (value * own.deviation[i] + own.mean[i] - statistics.mean[i]) / statistics.deviation[i];
  });
  return { ...data, x, metric: target.metric };
}
