/** What a fitted table is outside its data: a repulsive core towards zero distance, and a common zero of energy. */
import type { Table } from '../../../engine/index.ts';
import { type CorePrior, coreEnergy } from '../priors.ts';

/** An interval with fewer samples than this says too little about the force in it. */
const leastSamples = 50;

/**
 * A pair table continued to short distances. Inwards of the first knot whose outer interval is well sampled, the force goes on as a straight
 * line of the slope found there, but rises by at least its own size over a tenth of the distance: it cannot turn attractive. The excluded
 * volume of the priors is added, so that one table and one list of pairs do for both. Nodes go down to half the first trusted distance.
 * @param counts samples an interval of `table`
 */
export function continueInwards(table: Table, counts: ArrayLike<number>, core?: CorePrior): Table {
  const { spacing, values, derivatives } = table;
  let first = 0;
  while (first < counts.length - 4 && counts[first] < leastSamples) first++;
  const r0 = table.start + first * spacing;
  const force = -derivatives[first];
  // Slope of -dU/dr inwards, from the cubic of the first trusted interval: U'' at its left node.
  const rise = values[first + 1] - values[first];
  const curvature = (6 * rise) / spacing ** 2 - (4 * derivatives[first] + 2 * derivatives[first + 1]) / spacing;
  const slope = Math.max(curvature, (10 * Math.abs(force)) / r0);
  const added = Math.floor((0.5 * r0) / spacing);
  const nodes = added + values.length - first;
  const start = r0 - added * spacing;
  const inner = (k: number): number => (added - k) * spacing;
  const at = (k: number): [number, number] => {
    const [energy, derivative] = core ? coreEnergy(core, start + k * spacing) : [0, 0];
    if (k >= added) return [values[first + k - added] + energy, derivatives[first + k - added] + derivative];
    return [values[first] + force * inner(k) + 0.5 * slope * inner(k) ** 2 + energy, derivative - force - slope * inner(k)];
  };
  return {
    start,
    spacing,
    values: Float64Array.from({ length: nodes }, (_, k) => at(k)[0]),
    derivatives: Float64Array.from({ length: nodes }, (_, k) => at(k)[1]),
  };
}

/** An interval of a turn with fewer samples than this has not been seen. */
const leastSeen = 10;
/** Height of the barrier over what has not been seen, in kT, as that of excluded volumes. */
const barrier = 20;

/**
 * A table around a full turn with a barrier where no sample was: there the fit is whatever closes the turn, and a well of any depth may come of
 * that, into which a run falls that starts elsewhere. Over each run of unseen intervals the energy goes on from the values and slopes at its two ends
 * by one cubic, with h sin^2 on top, h = 20 kT.
 * @param counts samples an interval of `table`
 */
export function closeUnseen(table: Table, counts: ArrayLike<number>, kT: number): Table {
  const n = counts.length;
  const seen = Array.from(counts, (count) => count >= leastSeen);
  const values = table.values.slice();
  const derivatives = table.derivatives.slice();
  for (let first = 0; first < n; first++) {
    if (seen[first] || !seen[(first + n - 1) % n]) continue;
    let length = 1;
    while (length < n && !seen[(first + length) % n]) length++;
    const width = length * table.spacing;
    const end = (first + length) % n;
    const [a, b] = [table.values[first], table.values[end]];
    const [da, db] = [table.derivatives[first] * width, table.derivatives[end] * width];
    for (let k = 1; k < length; k++) {
      const t = k / length;
      const node = (first + k) % n;
      const [c2, c3] = [3 * (b - a) - 2 * da - db, 2 * (a - b) + da + db];
      values[node] = a + t * (da + t * (c2 + t * c3)) + barrier * kT * Math.sin(Math.PI * t) ** 2;
      derivatives[node] = (da + t * (2 * c2 + 3 * t * c3) + barrier * kT * Math.PI * Math.sin(2 * Math.PI * t)) / width;
    }
  }
  values[n] = values[0];
  derivatives[n] = derivatives[0];
  return { ...table, values, derivatives };
}

/** The table with its smallest value moved to zero: forces leave the constant open. */
export function levelled(table: Table): Table {
  const least = table.values.reduce((a, b) => Math.min(a, b));
  return { ...table, values: table.values.map((value) => value - least) };
}
