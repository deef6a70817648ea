/** The biases `opes` and `opes-explore`: on-the-fly probability enhanced sampling towards a well-tempered distribution. */
import {
  type Bias,
  type BiasContext,
  type BiasKind,
  InputError,
  log,
  pow,
  type Schema,
  type Settings,
} from '../../engine/index.ts';
import { AdaptiveWidth } from './adaptive-width.ts';
import { kernelRow, kernelsHeader, readKernels } from './kernels-file.ts';
import { NarrowKernels } from './narrow-kernels.ts';
import { checkSettings, checkWidths, firstWidths, writtenBy } from './opes-start.ts';
import { type OpesTarget, opesTarget } from './opes-target.ts';
import { SampledDensity } from './sampled-density.ts';
import { joined, reader } from './saved.ts';
import { intervalSchema, intervalSteps, perComponentSchema, positivePerComponent, readRestart } from './settings.ts';

const schema: Schema = {
  required: ['sigma', 'barrier'],
  properties: {
    sigma: perComponentSchema(
      'Standard deviation of the first kernel: how far the variable fluctuates in a minimum; "adaptive" measures that all along',
    ),
    sigmaMin: perComponentSchema('Kernels get no narrower than that'),
    adaptiveSteps: {
      type: 'integer',
      minimum: 10,
      description:
        'With "sigma": "adaptive": steps over which fluctuations are measured, and before the first kernel; ten intervals of kernels if absent.',
    },
    barrier: {
      quantity: 'energy',
      exclusiveMinimum: 0,
      description: 'The highest barrier that is to be overcome; the bias never exceeds it.',
    },
    ...intervalSchema('kernels'),
    biasFactor: {
      anyOf: [{ type: 'number', exclusiveMinimum: 1 }, { enum: ['infinite'] }],
      description: 'gamma: the target is p^(1/gamma); "infinite" is a flat one. barrier/kT if absent.',
    },
    file: { type: 'string', default: 'KERNELS', description: 'Name of the file of kernels.' },
    from: {
      reference: { stage: ['simulate'] },
      description:
        'An earlier stage with the same bias over the same variables (sigma, barrier and bias factor, too): begins with its whole state at the end.',
    },
    restart: {
      type: 'string',
      description:
        'A file KERNELS, also one of PLUMED, whose kernels are there from the start; of the same sigma, barrier and bias factor.',
    },
  },
};

/**
 * M. Invernizzi & M. Parrinello, J. Phys. Chem. Lett. 11, 2731 (2020). V(s) = (1 - 1/gamma) kT ln(P(s)/Z + eps), P being the density of what was
 * sampled, each kernel with the weight exp(V/kT) of its time, Z its mean over the region explored, eps = exp(-barrier/(kT (1 - 1/gamma))). Kernels
 * narrow as sigma [n_eff (d + 2)/4]^(-1/(d + 4)) and are compressed. The reweighting factor is exp(V/kT). An adaptive sigma is that of the
 * fluctuations about a moving average, over sqrt(gamma) since the bias widens them; there is no bias before it has first been measured.
 */
export const opes: BiasKind = {
  name: 'opes',
  summary: 'OPES: the bias follows from a density of all that was sampled, reweighted; converges fast and hardly changes later.',
  status: 'validated',
  weightColumn: 'bias',
  schema,
  compile: (settings, context) => begun(new Opes(settings, context, false), settings),
};

/**
 * M. Invernizzi & M. Parrinello, J. Chem. Theory Comput. 18, 3988 (2022). V(s) = (gamma - 1) kT ln(p(s)/Z + eps), p being the density of what was
 * sampled under the bias, without weights, eps = exp(-barrier/(kT (gamma - 1))); sigma is taken times sqrt(gamma).
 */
export const opesExplore: BiasKind = {
  name: 'opes-explore',
  summary: 'OPES with the density of the biased run: leaves what it knows sooner than `opes`, and converges later.',
  status: 'validated',
  weightColumn: 'bias',
  schema,
  compile: (settings, context) => begun(new Opes(settings, context, true), settings),
};

function begun(bias: Opes, settings: Settings): Opes | Promise<Opes> {
  return settings.from === undefined && settings.restart === undefined ? bias : bias.begin(settings).then(() => bias);
}

class Opes implements Bias {
  readonly columns = [
    { name: 'rct', dimension: 'energy' },
    { name: 'zed', dimension: 'dimensionless' },
    { name: 'neff', dimension: 'dimensionless' },
    { name: 'kernels', dimension: 'dimensionless' },
  ] as const;
  readonly layout = 2;
  private readonly context: BiasContext;
  private readonly target: OpesTarget;
  /** Of the first kernel; 0 as long as it is being measured. */
  private readonly sigma: Float64Array;
  private readonly adaptive: AdaptiveWidth | null;
  private readonly floor: Float64Array;
  private readonly every: number;
  private readonly sampled: SampledDensity;
  private readonly narrow: NarrowKernels;
  private readonly sink;
  private readonly scratch: Float64Array;
  private readonly slopes: Float64Array;
  private energy = 0;
  private work = 0;

  constructor(settings: Settings, context: BiasContext, explore: boolean) {
    const { components } = context;
    this.context = context;
    const target = opesTarget(settings, context, explore);
    const { biasFactor: factor } = target;
    this.target = target;
    this.every = intervalSteps(settings, context);
    this.adaptive = adaptiveWidth(settings, context, factor, this.every);
    this.sigma = this.adaptive ? new Float64Array(components.length) : firstWidths(settings, context, target);
    this.floor =
      settings.sigmaMin === undefined ? new Float64Array(components.length) : positivePerComponent(settings, 'sigmaMin', context);
    this.sampled = new SampledDensity(target, components);
    this.narrow = new NarrowKernels(components);
    this.scratch = new Float64Array(components.length);
    this.slopes = new Float64Array(components.length);
    this.sink = context.file(settings.file as string, kernelsHeader(target, components));
  }

  /**
   * Begins with what an earlier stage, or a file, says was sampled. The file of kernels holds these, too, so that it is whole.
   * @throws InputError where they are not there, or those of another bias
   */
  async begin(settings: Settings): Promise<void> {
    const { context, target, sampled, sink } = this;
    const { where, components, note } = context;
    const earlier = await context.earlier('from', this.layout);
    const path = settings.restart as string | undefined;
    if (earlier && path !== undefined) throw new InputError(where, 'found both "from" and "restart"; give one of them');
    let text: string;
    let name = path as string;
    if (earlier) {
      checkSettings(settings, earlier, context, target);
      text = await writtenBy(earlier, `${where}.from`);
      name = `${earlier.stage.name}/${earlier.settings.file as string}`;
    } else text = await readRestart(name, 'kernels', 'KERNELS', context);
    const kernels = readKernels(text, target, components, name);
    if (earlier) {
      this.load(earlier.state);
      this.work = 0;
      this.narrow.load(new NarrowKernels(components).save());
    } else {
      if (this.adaptive)
        throw new InputError(
          `${where}.sigma`,
          'cannot be adaptive with "restart": what was measured stands in no file of kernels; give a number, or use "from"',
        );
      checkWidths(kernels, this.sigma, target, name);
      sampled.replay(kernels);
    }
    for (const kernel of kernels) sink.line(kernelRow(kernel));
    note(`starts with ${kernels.length} kernels of ${name}, ${sampled.density.count} after merging`);
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { density, zed, norm } = this.sampled;
    const { epsilon, prefactor, kT } = this.target;
    const own = this.slopes.fill(0);
    const ratio = density.evaluate(values, own) / norm / zed + epsilon;
    const scale = (prefactor * kT) / (norm * zed * ratio);
    for (let c = 0; c < own.length; c++) slopes[c] += scale * own[c];
    this.energy = prefactor * kT * log(ratio);
    return this.energy;
  }

  update(step: number, values: Float64Array): void {
    this.adaptive?.add(values);
    this.narrow.step(values);
    if (step === 0 || step % this.every !== 0 || !this.hasWidth()) return;
    const before = this.energy;
    const logWeight = before / this.target.kT;
    this.addKernel(step, values, logWeight);
    this.work += this.evaluate(values, this.scratch) - before;
  }

  /** Takes an adaptive width for the first time once it is known; so far it is that without a bias. */
  private hasWidth(): boolean {
    const { adaptive, sigma, context } = this;
    const { explore, biasFactor } = this.target;
    if (!adaptive || sigma[0] > 0) return true;
    if (!adaptive.ready) return false;
    const still = adaptive.widths().findIndex((width) => !(width > 0));
    if (still >= 0)
      throw new InputError(
        `${context.where}.sigma`,
        `cannot be adaptive: "${context.components[still].name}" has not moved while its fluctuations were measured; give a number`,
      );
    adaptive.widen(biasFactor);
    const part = explore ? 1 : 1 / Math.sqrt(biasFactor);
    sigma.set(adaptive.widths().map((width) => width * part));
    return true;
  }

  private addKernel(step: number, values: Float64Array, logWeight: number): void {
    const { sampled, context } = this;
    const { explore, biasFactor } = this.target;
    const d = values.length;
    const weight = sampled.count(logWeight);
    const { size } = sampled;
    const narrowing = pow((size * (d + 2)) / 4, -1 / (4 + d));
    const part = explore ? 1 : 1 / Math.sqrt(biasFactor);
    const base = this.adaptive ? this.adaptive.widths().map((s) => s * part) : this.sigma;
    const sigma = base.map((s, c) => Math.max(this.floor[c], s * narrowing));
    // Relative to the first kernel: constant factors of the density are no part of the bias.
    let height = explore ? 1 : weight;
    for (let c = 0; c < d; c++) height /= sigma[c] === this.sigma[c] * narrowing ? narrowing : sigma[c] / this.sigma[c];
    sampled.add(values, sigma, height);
    this.narrow.kernel(sigma);
    this.sink.line(kernelRow({ time: step * context.timestep, centre: values, sigma, height, logWeight }));
  }

  reservoirEnergy(): number {
    return -this.work;
  }

  report(): readonly number[] {
    const { meanWeight, zed, effectiveSize, density } = this.sampled;
    return [this.target.kT * log(meanWeight), zed, effectiveSize, density.count];
  }

  remarks(): readonly string[] {
    return this.narrow.remarks();
  }

  save(): Float64Array {
    const { work, sampled } = this;
    const widths = [...this.sigma, ...(this.adaptive?.save() ?? []), ...this.narrow.save()];
    return joined(Float64Array.of(work, ...sampled.save(), ...widths), sampled.density.save());
  }

  load(state: Float64Array): void {
    const { sampled, sigma, adaptive, narrow } = this;
    const next = reader(state);
    [this.work] = next(1);
    sampled.load(next(6));
    sigma.set(next(sigma.length));
    adaptive?.load(next(1 + 2 * sigma.length));
    narrow.load(next(narrow.size));
    sampled.density.load(next());
  }
}

/** @throws InputError for a flat target, and for a measuring time without anything to measure */
function adaptiveWidth(
  settings: Settings,
  { components, where }: BiasContext,
  factor: number,
  every: number,
): AdaptiveWidth | null {
  if (settings.sigma !== 'adaptive') {
    if (settings.adaptiveSteps !== undefined)
      throw new InputError(`${where}.adaptiveSteps`, 'is for "sigma": "adaptive"; leave it out where sigma is a number');
    return null;
  }
  if (!Number.isFinite(factor))
    throw new InputError(
      `${where}.sigma`,
      'cannot be adaptive with a flat target: how far fluctuations are widened by the bias follows from "biasFactor"; give a number for one of them',
    );
  return new AdaptiveWidth(components, (settings.adaptiveSteps as number | undefined) ?? 10 * every);
}
