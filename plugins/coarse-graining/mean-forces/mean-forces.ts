/** The stage `mean-forces`: frames of an atomistic run, each replaced by averages over a short run with its sites held. */
import {
  InputError,
  Interrupted,
  openTrajectory,
  type Schema,
  type Settings,
  type StageContext,
  type StageKind,
  TrajectoryRecorder,
  version,
} from '../../../engine/index.ts';
import { mapFrame } from '../apply.ts';
import { atomisticSystem } from '../atomistic-system.ts';
import { readMapping } from '../mapping.ts';
import { makeWhole, moleculeLayout } from '../molecules.ts';
import { RestrainedSampling, type SamplingOptions } from './restrained-sampling.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    from: {
      reference: { stage: ['simulate'] },
      description: 'The atomistic run whose frames are taken; without constraints, at one volume.',
    },
    mapping: { reference: { stage: ['train-mapping', 'train-jointly'] }, description: 'Whose sites are held.' },
    frames: { type: 'integer', minimum: 1, default: 200, description: 'Frames taken, evenly spaced.' },
    temperature: {
      quantity: 'temperature',
      exclusiveMinimum: 0,
      description: 'Of the short runs; that of the atomistic run when absent.',
    },
    friction: {
      quantity: 'rate',
      exclusiveMinimum: 0,
      description: 'Of the short runs; 5 /ps, or 1 in reduced units, when absent.',
    },
    timestep: { quantity: 'time', exclusiveMinimum: 0, description: 'That of the atomistic run when absent.' },
    equilibrate: { type: 'integer', minimum: 0, default: 50, description: 'Steps before the first sample.' },
    samples: { type: 'integer', minimum: 1, default: 40, description: 'Samples averaged.' },
    every: { type: 'integer', minimum: 1, default: 10, description: 'Steps from one sample to the next.' },
    stiffness: {
      quantity: 'force-constant',
      exclusiveMinimum: 0,
      description:
        'Of the restraints; 1e6 kJ/mol/nm^2, or 3000 in reduced units, when absent. Softer ones let bonds between sites go back to their minimum, stiffer ones need a shorter timestep.',
    },
  },
  required: ['from', 'mapping'],
};

export const meanForcesStage: StageKind = {
  name: 'mean-forces',
  summary:
    'Averages positions and forces of frames over short runs with their sites held: labels with less noise for force matching.',
  status: 'experimental',
  schema,
  async run(context) {
    const { inputs, settings, where, progress } = context;
    const mapping = await readMapping(inputs.mapping);
    checkSource(inputs.from.settings, where);
    const options = samplingOptions(context);
    const system = await atomisticSystem(inputs.from, context);
    const atoms = await openTrajectory(inputs.from.folder.path);
    try {
      const layout = moleculeLayout(atoms.structure, `${where}.from`);
      if (layout.atoms !== mapping.atomsPerMolecule)
        throw new InputError(
          `${where}.mapping`,
          `is for molecules of ${mapping.atomsPerMolecule} atoms; those of the run have ${layout.atoms}`,
        );
      const wanted = (settings.frames ?? 200) as number;
      const stride = Math.max(1, Math.floor(atoms.length / wanted));
      const frames = Math.min(wanted, Math.ceil(atoms.length / stride));
      if (frames === 0) throw new InputError(`${where}.from`, 'holds no frames; let it run longer');
      const { box } = atoms.frame(0);
      const sampling = new RestrainedSampling(system, box, mapping, options, context);
      const recorder = TrajectoryRecorder.create(context.folder.path, atoms.structure, {
        periodic: box.vectors !== null,
        velocities: false,
        forces: true,
        precision: 'f32',
        formats: [],
      });
      for (let f = 0; f < frames; f++) {
        await breathe(context, f, frames);
        const frame = atoms.frame(f * stride);
        if (box.vectors?.some((v, k) => v !== frame.box.vectors?.[k]))
          throw new InputError(`${where}.from`, `its box changes (frame ${f * stride}); take a run at constant volume`);
        const whole = new Float64Array(frame.positions.length);
        makeWhole(layout, box, frame.positions, whole);
        const sites = mapFrame({ ...frame, positions: whole, forces: null, velocities: null }, layout, mapping).positions;
        const { positions, forces } = await sampling.average(whole, sites);
        recorder.append({ step: f, time: frame.time, positions, velocities: null, forces, box });
      }
      await recorder.finish({ complete: true, version });
      progress.note(`${frames} frames, each averaged over ${options.samples} samples with its sites held`);
    } finally {
      atoms.close();
    }
  },
};

/** Forces that keep constraints are not among the stored ones, and the map of forces would have to know of them. */
function checkSource(settings: Settings, where: string): void {
  const { constraints } = settings.system as Settings;
  if (constraints !== undefined && constraints !== 'none')
    throw new InputError(`${where}.from`, `has rigid bonds ("constraints": ${JSON.stringify(constraints)}); take a run without`);
}

function samplingOptions({ settings, inputs, units, where }: StageContext): SamplingOptions {
  const dynamics = (inputs.from.settings.dynamics ?? {}) as Settings;
  const thermostat = (dynamics.thermostat ?? {}) as Settings;
  const temperature = settings.temperature ?? dynamics.temperature ?? thermostat.temperature;
  if (typeof temperature !== 'number')
    throw new InputError(
      `${where}.temperature`,
      `is missing, and "${inputs.from.name}" was not kept at one; give the temperature`,
    );
  return {
    temperature,
    timestep: (settings.timestep ?? dynamics.timestep) as number,
    friction: (settings.friction ?? (units === 'md' ? 5 : 1)) as number,
    stiffness: (settings.stiffness ?? (units === 'md' ? 1e6 : 3000)) as number,
    equilibration: (settings.equilibrate ?? 50) as number,
    samples: (settings.samples ?? 40) as number,
    every: (settings.every ?? 10) as number,
  };
}

async function breathe(context: StageContext, done: number, total: number): Promise<void> {
  context.progress.update(done, total, 'frames averaged');
  await new Promise((resolve) => setTimeout(resolve));
  if (context.signal.aborted) throw new Interrupted(`the stage "${context.name}" was stopped; run it again`);
}
