/** A dense network at one point: values and their whole derivative, as a simulation asks for them in every step. Allocates nothing. */
import { Arena } from './arena.ts';
import { activationNames, type NetworkDescription } from './description.ts';

export class PointNetwork {
  readonly inputs: number;
  readonly outputs: number;
  /** Where the inputs are written before `evaluate`. */
  readonly input: Float64Array;
  readonly values: Float64Array;
  /** d output / d input, [output][gradientStride]. */
  readonly gradients: Float64Array;
  readonly gradientStride: number;
  private readonly run: () => void;

  constructor(network: NetworkDescription) {
    const arena = new Arena('f64');
    const { sizes, weights, biases } = network;
    const layers = weights.length;
    this.inputs = sizes[0];
    this.outputs = sizes[layers];
    const even = (n: number): number => n + (n % 2);
    const input = arena.allocate(even(this.inputs));
    const description = arena.allocateBytes(4 + 40 * layers);
    const widest = Math.max(...sizes.map(even));
    const scratch = arena.allocate(2 * widest);
    const zeros = arena.allocate(widest);
    this.gradientStride = even(this.inputs);
    const gradient = arena.allocate(this.outputs * this.gradientStride);
    const placed = weights.map((_, k) => ({
      matrix: arena.allocate(sizes[k] * even(sizes[k + 1])),
      bias: arena.allocate(even(sizes[k + 1])),
      transposed: arena.allocate(sizes[k + 1] * even(sizes[k])),
      values: arena.allocate(even(sizes[k + 1])),
      slopes: arena.allocate(even(sizes[k + 1])),
    }));
    // No more is allocated: views stay good.
    const all = new Float64Array(arena.memory.buffer);
    const header = new Int32Array(arena.memory.buffer, description, 1 + 10 * layers);
    header[0] = layers;
    placed.forEach(({ matrix, bias, transposed, values, slopes }, k) => {
      const [inputs, outputs] = [sizes[k], sizes[k + 1]];
      weights[k].forEach((row, o) => {
        all[bias / 8 + o] = biases[k][o];
        row.forEach((w, i) => {
          all[matrix / 8 + i * even(outputs) + o] = w;
          all[transposed / 8 + o * even(inputs) + i] = w;
        });
      });
      const kind = activationNames.indexOf(network.activations[k]);
      header.set(
        [kind, inputs, 8 * even(outputs), 8 * even(inputs), matrix, bias, transposed, zeros, values, slopes],
        1 + 10 * k,
      );
    });
    this.input = all.subarray(input / 8, input / 8 + this.inputs);
    const last = placed[layers - 1].values;
    this.values = all.subarray(last / 8, last / 8 + this.outputs);
    this.gradients = all.subarray(gradient / 8, gradient / 8 + this.outputs * this.gradientStride);
    const { evaluatePoint } = arena.exports;
    this.run = () => evaluatePoint(description, input, this.outputs, gradient, scratch, 8 * widest);
  }

  evaluate(): void {
    this.run();
  }
}
