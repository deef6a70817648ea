/** A dense network at one point, as a simulation asks for it in every step: values, and derivatives of all or of a combination of them. Allocates nothing. */
import { activationNames, type NetworkDescription } from './description.ts';
import { PointKernel } from './point-kernel.ts';

export class PointNetwork {
  readonly inputs: number;
  readonly outputs: number;
  /** Where the inputs are written before `evaluate` or `forward`. */
  readonly input: Float64Array;
  readonly values: Float64Array;
  /** d output / d input, [output][gradientStride], of the last `evaluate`. */
  readonly gradients: Float64Array;
  readonly gradientStride: number;
  /** Where the weights of the outputs are written before `reverse`. */
  readonly bar: Float64Array;
  /** sum_o bar[o] d output_o / d input, of the last `reverse`. */
  readonly pulled: Float64Array;
  /** Where its parts lie, for kernels that go on with them. */
  readonly addresses: {
    readonly description: number;
    readonly input: number;
    readonly values: number;
    readonly bar: number;
    readonly pulled: number;
    readonly barBytes: number;
    readonly scratch: number;
    readonly scratchBytes: number;
  };
  private readonly kernel: PointKernel;
  private readonly gradient: number;

  /** @param shared a kernel, and addresses in its memory where inputs and their derivatives lie */
  constructor(
    network: NetworkDescription,
    shared?: { readonly kernel: PointKernel; readonly input: number; readonly pulled: number },
  ) {
    const kernel = shared?.kernel ?? new PointKernel();
    const { sizes, weights, biases } = network;
    const layers = weights.length;
    this.kernel = kernel;
    this.inputs = sizes[0];
    this.outputs = sizes[layers];
    const even = (n: number): number => n + (n % 2);
    const input = shared?.input ?? kernel.allocate(even(this.inputs));
    const description = kernel.allocateBytes(4 + 24 * layers);
    const widest = Math.max(...sizes.map(even));
    const scratch = kernel.allocate(2 * widest);
    const bar = kernel.allocate(even(this.outputs));
    const pulled = shared?.pulled ?? kernel.allocate(even(this.inputs));
    this.gradientStride = even(this.inputs);
    this.gradient = kernel.allocate(this.outputs * this.gradientStride);
    const placed = weights.map((_, k) => ({
      matrix: kernel.allocate(even(sizes[k]) * even(sizes[k + 1])),
      bias: kernel.allocate(even(sizes[k + 1])),
      values: kernel.allocate(even(sizes[k + 1])),
    }));
    const all = new Float64Array(kernel.memory.buffer);
    const header = new Int32Array(kernel.memory.buffer, description, 1 + 6 * layers);
    header[0] = layers;
    placed.forEach(({ matrix, bias, values }, k) => {
      const [inputs, outputs] = [sizes[k], sizes[k + 1]];
      weights[k].forEach((row, o) => {
        all[bias / 8 + o] = biases[k][o];
        row.forEach((w, i) => {
          all[matrix / 8 + i * even(outputs) + o] = w;
        });
      });
      const kind = activationNames.indexOf(network.activations[k]);
      header.set([kind, inputs, 8 * even(outputs), matrix, bias, values], 1 + 6 * k);
    });
    this.input = all.subarray(input / 8, input / 8 + this.inputs);
    const last = placed[layers - 1].values;
    this.values = all.subarray(last / 8, last / 8 + this.outputs);
    this.gradients = all.subarray(this.gradient / 8, this.gradient / 8 + this.outputs * this.gradientStride);
    this.bar = all.subarray(bar / 8, bar / 8 + this.outputs);
    this.pulled = all.subarray(pulled / 8, pulled / 8 + this.inputs);
    this.addresses = {
      description,
      input,
      values: last,
      bar,
      pulled,
      barBytes: 8 * even(this.outputs),
      scratch,
      scratchBytes: 8 * widest,
    };
  }

  /** Values and all derivatives. */
  evaluate(): void {
    const { description, input, bar, scratch, scratchBytes } = this.addresses;
    this.kernel.exports.evaluatePoint(description, input, bar, this.outputs, this.gradient, scratch, scratchBytes);
  }

  /** Values alone. */
  forward(): void {
    this.kernel.exports.forwardPoint(this.addresses.description, this.addresses.input);
  }

  /** The derivative of a combination of the outputs, at the last `forward`. */
  reverse(): void {
    const { description, bar, pulled, scratch, scratchBytes } = this.addresses;
    this.kernel.exports.reversePoint(description, bar, pulled, scratch, scratchBytes);
  }
}
