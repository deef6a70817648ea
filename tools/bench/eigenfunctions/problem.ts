/** What the training of eigenfunctions is compared on: the triple well of Zhang, Li & Schuette (2022), 5000 points to train on and 1250 to validate. */
import seedrandom from 'seedrandom';
import type { Registry } from '../../../engine/index.ts';
import { type Prepared, prepare } from '../../../plugins/collective-variables/learned/data/prepare.ts';

export const settings = {
  hidden: [20, 20, 20],
  components: 3,
  epochs: 200,
  batch: 500,
  learningRate: 0.01,
  weightDecay: 0,
  penalty: 10,
  omega: [1, 0.8, 0.64],
  seed: 7,
} as const;

const count = 6250;
const edge = 3;
const kT = 1;

/** Points of the Boltzmann density at kT 1, drawn by rejection in a square beyond which there are less than 1e-3 of them. */
export function triplePoints(registry: Registry): Prepared {
  const random = seedrandom('triple well');
  const field = registry.get('field', 'triple-well');
  const out = new Float64Array(4);
  const parameters = Float64Array.of(0.5);
  const x = new Float64Array(2 * count);
  for (let p = 0; p < count; ) {
    const [u, v] = [edge * (2 * random() - 1), edge * (2 * random() - 1)];
    field.evaluate(u, v, 0, parameters, 0, out);
    // No energy is below 0.
    if (random() >= Math.exp(-out[0] / kT)) continue;
    x.set([u, v], 2 * p++);
  }
  return prepare(
    {
      names: ['x', 'y'],
      count,
      x,
      weights: new Float64Array(count).fill(1),
      metric: Float64Array.of(1, 0, 0, 1),
      segments: [{ from: 0, to: count }],
      spacing: null,
      source: new Int32Array(count),
      walker: new Int32Array(count),
      walkers: 1,
      plane: new Float64Array(0),
    },
    kT,
    { blocks: 10, validationFraction: 0.2 },
    '',
  );
}
