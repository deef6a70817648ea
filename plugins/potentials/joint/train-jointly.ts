/** The stage `train-jointly`: a mapping goes on from where `train-mapping` left it, with the potential in its loss. */
import {
  InputError,
  Interrupted,
  openTrajectory,
  type Settings,
  type StageContext,
  type StageKind,
  smallestWidth,
  type Trajectory,
  unitConstants,
} from '../../../engine/index.ts';
import {
  type Covariances,
  covariances,
  describeMapping,
  type ForceTerm,
  type Mapping,
  moleculeLayout,
  readableJson,
  readMapping,
  reconstructionFraction,
  rigidPairs,
  rigidUnits,
} from '../../coarse-graining/index.ts';
import { temperatureOf, temperatureSchema } from '../train-potential.ts';
import { moved, movesOf } from './moves.ts';
import { type AtomisticFrame, type ForceParts, folds, type JointData, unexplainedForces } from './unexplained.ts';

interface JointSettings {
  readonly forceWeight: number;
  readonly forceTerm: ForceTerm;
  readonly frames: number;
  readonly maxMoves: number;
  readonly temperature?: number;
}

/** A mapping with its loss. */
interface Judged extends ForceParts {
  readonly assignment: readonly number[];
  readonly reconstruction: number;
  readonly loss: number;
}

/** What `joint.json` holds: fractions of the atoms' variance and of their mean square force, from the mapping that was given to the one that was found. */
export interface JointReport {
  readonly forceWeight: number;
  readonly forceTerm: ForceTerm;
  readonly frames: number;
  readonly tried: number;
  readonly course: readonly (Judged & { readonly moved: readonly string[] })[];
}

async function run(context: StageContext): Promise<void> {
  const { inputs, where, progress, folder } = context;
  const settings = context.settings as unknown as JointSettings;
  const start = await readMapping(inputs.mapping);
  const trajectory = await openTrajectory(inputs.from.folder.path);
  try {
    const { structure } = trajectory;
    const layout = moleculeLayout(structure, `${where}.from`);
    if (layout.atoms !== start.atomsPerMolecule)
      throw new InputError(
        `${where}.mapping`,
        `is of molecules of ${start.atomsPerMolecule} atoms, and those of "${inputs.from.name}" have ${layout.atoms}; name a mapping of the same molecule`,
      );
    const read = await covariances(trajectory, `${where}.from (${inputs.from.name})`, () => breathe(context));
    const system = inputs.from.settings.system as Settings | undefined;
    const units = rigidUnits(layout.atoms, rigidPairs(structure, system?.constraints));
    const moments: Covariances = { ...read, units };
    const data = jointData(trajectory, moments, settings, context);
    const search = new JointSearch(context, settings, moments, data, start);
    const course = await search.run();
    const { assignment } = course[course.length - 1];
    const mapping = describeMapping(moments, structure, layout, assignment, {
      sitesRequested: start.sites,
      origin: 'joint',
      forceWeight: settings.forceWeight,
      seeds: [],
      backend: null,
      typesBy: start.typesBy,
    });
    await folder.write('mapping.json', readableJson(mapping));
    const { forceWeight, forceTerm } = settings;
    const report: JointReport = { forceWeight, forceTerm, frames: data.frames.length, tried: search.tried, course };
    await folder.write('joint.json', readableJson(report));
    const [first, last] = [course[0], course[course.length - 1]];
    progress.note(
      `${course.length - 1} of ${search.tried} moves tried were made: loss ${figure(first.loss)} to ${figure(last.loss)}, reconstruction ` +
        `${figure(first.reconstruction)} to ${figure(last.reconstruction)}, forces ${figure(first.total)} to ${figure(last.total)}, of them not explained ` +
        `${figure(first.unexplained)} to ${figure(last.unexplained)}`,
    );
  } finally {
    trajectory.close();
  }
}

const figure = (value: number): string => value.toPrecision(4);

function jointData(trajectory: Trajectory, moments: Covariances, settings: JointSettings, context: StageContext): JointData {
  const where = `${context.where}.from`;
  const stride = Math.max(1, Math.floor(trajectory.length / settings.frames));
  const frames: AtomisticFrame[] = [];
  for (let f = 0; f < trajectory.length && frames.length < settings.frames; f += stride) {
    const { positions, forces, box } = trajectory.frame(f);
    if (!forces) throw new InputError(where, 'the run stored no forces; run it again with forces in the output');
    frames.push({ positions, forces, box });
  }
  if (frames.length < 10 * folds)
    throw new InputError(where, `holds ${frames.length} frames, and ${10 * folds} are the least; run longer or write more often`);
  const { structure } = trajectory;
  const overMasses = settings.forceTerm === 'frequency';
  let atomistic = 0;
  for (let i = 0; i < moments.atoms; i++)
    atomistic += (3 * (moments.forces as Float64Array)[i * moments.atoms + i]) / (overMasses ? moments.masses[i] : 1);
  const lj = structure.units === 'lj';
  const temperature = settings.temperature ?? temperatureOf(context.inputs.from, context);
  if (!(unitConstants(structure.units).boltzmann * temperature > 0))
    throw new InputError(`${context.where}.temperature`, `is ${temperature}; it has to be above zero`);
  return {
    structure,
    layout: moleculeLayout(structure, where),
    frames,
    temperature,
    overMasses,
    atomistic,
    // coarser than those of a potential: hundreds of fits are made, and small differences of mappings do not hang on fine detail
    splines: {
      cutoff: Math.min(lj ? 3 : 1, 0.499 * Math.min(...frames.map(({ box }) => smallestWidth(box)))),
      pairSpacing: lj ? 0.15 : 0.05,
      bondIntervals: 6,
      angleIntervals: 8,
      dihedralIntervals: 12,
      excludedBonds: 2,
      orientation: 0,
    },
  };
}

/** Steepest descent over assignments: of all moves the one that lowers the loss most, until none lowers it by more than its error. */
class JointSearch {
  tried = 0;
  private readonly context: StageContext;
  private readonly settings: JointSettings;
  private readonly moments: Covariances;
  private readonly data: JointData;
  private readonly start: Mapping;
  private readonly known = new Map<string, Judged>();

  constructor(context: StageContext, settings: JointSettings, moments: Covariances, data: JointData, start: Mapping) {
    this.context = context;
    this.settings = settings;
    this.moments = moments;
    this.data = data;
    this.start = start;
  }

  async run(): Promise<JointReport['course']> {
    let now = await this.judge(this.start.assignment);
    const course = [{ ...now, moved: [] as string[] }];
    const { name } = this.data.structure;
    while (course.length <= this.settings.maxMoves) {
      const moves = movesOf(now.assignment, this.data.layout, this.moments.units);
      let best: Judged | null = null;
      let which = -1;
      for (const [k, move] of moves.entries()) {
        this.context.progress.update(k, moves.length, `moves tried, ${course.length - 1} made`);
        const trial = await this.judge(moved(now.assignment, move));
        this.tried++;
        if (trial.loss < (best ?? now).loss && this.certain(trial, now)) [best, which] = [trial, k];
      }
      if (!best) break;
      const names = moves[which].atoms.map((i) => name[i]);
      this.context.progress.note(
        `${names.join(' ')} to site ${moves[which].to}: loss ${figure(now.loss)} to ${figure(best.loss)}, reconstruction ` +
          `${figure(best.reconstruction)}, forces not explained ${figure(best.unexplained)} of ${figure(best.total)}`,
      );
      now = best;
      course.push({ ...now, moved: names });
    }
    return course;
  }

  /** Whether the difference of the losses is more than twice its standard error over blocks of frames; the two mappings see the same frames. */
  private certain(trial: Judged, now: Judged): boolean {
    const differences = trial.blocks.map((value, k) => this.settings.forceWeight * (value - now.blocks[k]));
    const mean = differences.reduce((sum, d) => sum + d, 0) / folds;
    const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (folds - 1) / folds;
    return now.loss - trial.loss > 2 * Math.sqrt(variance);
  }

  private async judge(assignment: readonly number[]): Promise<Judged> {
    const key = assignment.join(' ');
    const found = this.known.get(key);
    if (found) return found;
    await breathe(this.context);
    const { sites, atomsPerMolecule, typesBy } = this.start;
    const parts = await unexplainedForces({ sites, atomsPerMolecule, assignment, typesBy }, this.data);
    const reconstruction = reconstructionFraction(this.moments, assignment, sites);
    const judged = { assignment, reconstruction, loss: reconstruction + this.settings.forceWeight * parts.unexplained, ...parts };
    this.known.set(key, judged);
    return judged;
  }
}

async function breathe({ signal, name }: StageContext): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (signal.aborted) throw new Interrupted(`the joint training "${name}" was stopped; run it again`);
}

export const trainJointly: StageKind = {
  name: 'train-jointly',
  summary: 'Moves atoms between the sites of a mapping while the potential is fitted anew for every move: both share one loss.',
  status: 'experimental',
  schema: {
    properties: {
      from: {
        reference: { stage: ['simulate'] },
        description: 'the atomistic run that both learn from; it must have stored forces',
      },
      mapping: { reference: { stage: ['train-mapping', 'train-jointly'] }, description: 'where the sites start' },
      forceWeight: {
        type: 'number',
        minimum: 0,
        default: 0.2,
        description:
          'weight of the forces that the potential does not explain against the reconstruction, both as in train-mapping',
      },
      forceTerm: {
        enum: ['frequency', 'square'],
        default: 'frequency',
        description: 'whether squares of forces are divided by the mass of their site, as in train-mapping',
      },
      frames: {
        type: 'integer',
        minimum: 10 * folds,
        default: 500,
        description: 'frames that potentials are fitted to, evenly spaced',
      },
      maxMoves: {
        type: 'integer',
        minimum: 0,
        default: 50,
        description: 'most moves that are made; 0 judges the mapping as it is',
      },
      temperature: temperatureSchema,
    },
    required: ['from', 'mapping'],
  },
  run,
};
