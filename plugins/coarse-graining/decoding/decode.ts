/** The stage `decode`: from frames of sites to frames of atoms. */
import {
  type Frame,
  InputError,
  Interrupted,
  openTrajectory,
  type StageContext,
  type StageKind,
  type Structure,
  type Trajectory,
  TrajectoryRecorder,
  version,
} from '../../../engine/index.ts';
import { mapFrame } from '../apply.ts';
import { readableJson } from '../describe.ts';
import { type Mapping, readMapping } from '../mapping.ts';
import { type MoleculeLayout, makeWhole, moleculeLayout } from '../molecules.ts';
import { fitAlignedDecoder } from './aligned-decoder.ts';
import { decodeSchema } from './decode-schema.ts';
import { type Decoder, linearDecoder } from './decoder.ts';
import { Relaxation, type RelaxOptions } from './relaxation.ts';

/** What `decode.json` holds. Lengths and energies in the units of the run. */
export interface DecodeReport {
  readonly decoder: 'aligned' | 'linear';
  readonly relaxed: boolean;
  readonly frames: number;
  readonly molecules: number;
  readonly sites: number;
  readonly mapping: string;
  /**
   * Mean square deviation from the true atoms, per atom and coordinate, as decoded and after relaxation; only where the frames are those
   * of the atomistic run. `trained` is what the mapping says of its own decoder.
   */
  readonly reconstruction: { readonly trained: number; readonly decoded: number; readonly relaxed: number | null } | null;
  /** Mean potential energy after relaxation, and frames in which the minimiser did not reach its tolerance. */
  readonly energy: number | null;
  readonly notConverged: number | null;
  /** Root mean square distance of the decoded atoms' sites from those given. */
  readonly siteDeviation: number;
}

/** Configurations that the aligned decoder is fitted to, at most. */
const mostSamples = 5000;

export const decodeStage: StageKind = {
  name: 'decode',
  summary: 'Turns frames of coarse-grained sites back into atoms, relaxed with the force field.',
  status: 'experimental',
  schema: decodeSchema,
  async run(context) {
    const { inputs, settings, where } = context;
    const mapping = await readMapping(inputs.mapping);
    const source = inputs.mapping.inputs.from;
    if (!source)
      throw new InputError(
        `${where}.mapping`,
        `the atomistic run that "${inputs.mapping.name}" was made from is not there any more, and the decoder is learned from it`,
      );
    const atoms = await openTrajectory(source.folder.path);
    const from = await openTrajectory(inputs.from.folder.path);
    try {
      const kind = (settings.decoder ?? 'aligned') as DecodeReport['decoder'];
      const decoder = kind === 'linear' ? linearDecoder(mapping) : await fit(atoms, mapping, context);
      const options = relaxOptions(context);
      const relaxation = options && (await Relaxation.create(source, mapping, options, context));
      const job = new DecodeJob(context, mapping, decoder, from, atoms.structure, relaxation);
      const report = await job.run(kind);
      await context.folder.write('decode.json', readableJson(report));
      context.progress.note(summaryLine(report));
    } finally {
      from.close();
      atoms.close();
    }
  },
};

/** Settings of the relaxation with what they leave open; `null` for none. */
function relaxOptions({ settings, units }: StageContext): RelaxOptions | null {
  if (settings.relax === false) return null;
  const wish = (typeof settings.relax === 'object' ? settings.relax : {}) as Partial<RelaxOptions>;
  // stiff beside what pulls on a site, and no stiffer than bonds are, so that the minimiser has no slow mode
  const stiffness = wish.stiffness ?? (units === 'md' ? 1e6 : 5000);
  return { tolerance: wish.tolerance ?? 10, maxSteps: wish.maxSteps ?? 2000, stiffness };
}

async function fit(atoms: Trajectory, mapping: Mapping, context: StageContext): Promise<Decoder> {
  const layout = moleculeLayout(atoms.structure, `${context.where}.mapping`);
  const stride = Math.max(1, Math.ceil((atoms.length * layout.count) / mostSamples));
  const samples = { sites: [] as Float64Array[], atoms: [] as Float64Array[] };
  for (let f = 0; f < atoms.length; f += stride) {
    if (f % (50 * stride) === 0) await breathe(context, f, atoms.length, 'reading frames');
    const frame = atoms.frame(f);
    const sites = mapFrame({ ...frame, forces: null, velocities: null }, layout, mapping).positions;
    const whole = new Float64Array(frame.positions.length);
    makeWhole(layout, frame.box, frame.positions, whole);
    for (let m = 0; m < layout.count; m++) {
      samples.sites.push(sites.slice(3 * m * mapping.sites, 3 * (m + 1) * mapping.sites));
      samples.atoms.push(whole.slice(3 * m * layout.atoms, 3 * (m + 1) * layout.atoms));
    }
  }
  return fitAlignedDecoder(samples, Float64Array.from(mapping.occupancy));
}

/** One pass over the frames to decode. */
class DecodeJob {
  private readonly context: StageContext;
  private readonly mapping: Mapping;
  private readonly decoder: Decoder;
  private readonly from: Trajectory;
  private readonly relaxation: Relaxation | null;
  /** Of the frames: atoms, or sites. */
  private readonly layout: MoleculeLayout;
  private readonly atomistic: boolean;
  private readonly structure: Structure;

  constructor(
    context: StageContext,
    mapping: Mapping,
    decoder: Decoder,
    from: Trajectory,
    atoms: Structure,
    relaxation: Relaxation | null,
  ) {
    const where = `${context.where}.from`;
    this.context = context;
    this.mapping = mapping;
    this.decoder = decoder;
    this.from = from;
    this.relaxation = relaxation;
    this.layout = moleculeLayout(from.structure, where);
    this.atomistic = this.layout.atoms === mapping.atomsPerMolecule;
    this.structure = atoms;
    if (!this.atomistic && this.layout.atoms !== mapping.sites)
      throw new InputError(
        where,
        `its molecules have ${this.layout.atoms} particles; expected the ${mapping.sites} sites of "${context.inputs.mapping.name}", or its ${mapping.atomsPerMolecule} atoms`,
      );
    if (this.layout.count * mapping.atomsPerMolecule !== atoms.mass.length)
      throw new InputError(
        where,
        `it holds ${this.layout.count} molecules, and the atomistic run ${atoms.mass.length / mapping.atomsPerMolecule}; decode a run of as many molecules`,
      );
  }

  async run(kind: DecodeReport['decoder']): Promise<DecodeReport> {
    const { context, from, mapping } = this;
    const wanted = (context.settings.frames ?? 1000) as number;
    const stride = Math.max(1, Math.floor(from.length / wanted));
    const frames = Math.min(wanted, Math.floor((from.length + stride - 1) / stride));
    if (frames === 0) throw new InputError(`${context.where}.from`, 'holds no frames to decode; let it run longer');
    const recorder = this.recorder();
    const sums = { decoded: 0, relaxed: 0, sites: 0, energy: 0, notConverged: 0 };
    for (let f = 0; f < frames; f++) {
      if (f % 10 === 0) await breathe(context, f, frames, 'frames decoded');
      const frame = from.frame(f * stride);
      const truth = this.whole(frame);
      const sites = this.atomistic
        ? mapFrame({ ...frame, forces: null, velocities: null }, this.layout, mapping).positions
        : truth;
      const atoms = this.decode(sites);
      if (this.atomistic) sums.decoded += meanSquare(atoms, truth);
      let forces: Float64Array | null = null;
      if (this.relaxation) {
        const { energy, converged, ...relaxed } = await this.relaxation.relax(atoms, sites, frame.box);
        if (this.atomistic) sums.relaxed += meanSquare(atoms, truth);
        sums.energy += energy;
        forces = relaxed.forces;
        if (!converged) sums.notConverged++;
      }
      sums.sites += this.siteDeviation(atoms, sites, frame);
      recorder.append({ step: f, time: frame.time, positions: atoms, velocities: null, forces, box: frame.box });
    }
    await recorder.finish({ complete: true, version });
    const relaxed = this.relaxation !== null;
    return {
      decoder: kind,
      relaxed,
      frames,
      molecules: this.layout.count,
      sites: mapping.sites,
      mapping: context.inputs.mapping.name,
      reconstruction: this.atomistic
        ? {
            trained: mapping.reconstruction,
            decoded: sums.decoded / frames,
            relaxed: relaxed ? sums.relaxed / frames : null,
          }
        : null,
      energy: relaxed ? sums.energy / frames : null,
      notConverged: relaxed ? sums.notConverged : null,
      siteDeviation: Math.sqrt(sums.sites / frames),
    };
  }

  private recorder(): TrajectoryRecorder {
    const periodic = this.from.frame(0).box.vectors !== null;
    const options = { periodic, velocities: false, forces: this.relaxation !== null, precision: 'f32', formats: [] } as const;
    return TrajectoryRecorder.create(this.context.folder.path, this.structure, options);
  }

  private whole({ positions, box }: Frame): Float64Array {
    const whole = new Float64Array(positions.length);
    makeWhole(this.layout, box, positions, whole);
    return whole;
  }

  private decode(sites: Float64Array): Float64Array {
    const { atomsPerMolecule: n, sites: s } = this.mapping;
    const atoms = new Float64Array(3 * n * this.layout.count);
    for (let m = 0; m < this.layout.count; m++)
      this.decoder.decode(sites.subarray(3 * m * s, 3 * (m + 1) * s), atoms.subarray(3 * m * n, 3 * (m + 1) * n));
    return atoms;
  }

  /** Mean square distance of the atoms' sites from those given. */
  private siteDeviation(atoms: Float64Array, sites: Float64Array, { box }: Frame): number {
    const frame = { step: 0, time: 0, positions: atoms, velocities: null, forces: null, box };
    return 3 * meanSquare(mapFrame(frame, moleculeLayout(this.structure), this.mapping).positions, sites);
  }
}

function meanSquare(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c] - b[c]) ** 2;
  return sum / a.length;
}

async function breathe(context: StageContext, done: number, total: number, text: string): Promise<void> {
  context.progress.update(done, total, text);
  await new Promise((resolve) => setTimeout(resolve));
  if (context.signal.aborted) throw new Interrupted(`the stage "${context.name}" was stopped; run it again`);
}

function summaryLine({ frames, sites, reconstruction, energy, notConverged, siteDeviation }: DecodeReport): string {
  const errors = reconstruction
    ? `; mean square error a coordinate ${reconstruction.decoded.toPrecision(4)} decoded` +
      (reconstruction.relaxed === null ? '' : `, ${reconstruction.relaxed.toPrecision(4)} relaxed`)
    : '';
  const relaxed =
    energy === null ? '' : `; mean energy ${energy.toPrecision(5)}, ${notConverged} frames not relaxed to the tolerance`;
  return `${frames} frames of ${sites} sites a molecule decoded${errors}${relaxed}; sites off by ${siteDeviation.toPrecision(2)}`;
}
