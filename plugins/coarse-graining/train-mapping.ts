/** The stage `train-mapping`: learns which atoms of a molecule belong together and writes `mapping.json`. */
import {
  InputError,
  Interrupted,
  openTrajectory,
  type Settings,
  type StageContext,
  type StageKind,
  type Structure,
} from '../../engine/index.ts';
import { type Covariances, covariances } from './covariance.ts';
import { describeMapping, readableJson, summaryLine } from './describe.ts';
import { rigidPairs, rigidUnits } from './force-map.ts';
import { type AtomInMolecule, assignmentByRule, assignmentFromLists } from './given.ts';
import { checkAssignment, type Mapping, type TypesBy } from './mapping.ts';
import { type MoleculeLayout, moleculeLayout } from './molecules.ts';
import { type Choice, type ScanOptions, scanMappings } from './scan.ts';
import { type ForceTerm, searchMapping, trainingTable } from './search.ts';
import { trainMappingSchema } from './train-mapping-schema.ts';

export const trainMapping: StageKind = {
  name: 'train-mapping',
  summary:
    'Learns which atoms of a molecule form a coarse-grained site with a Gumbel-softmax autoencoder (Wang & Gomez-Bombarelli 2019).',
  status: 'validated',
  schema: trainMappingSchema,
  async run(context) {
    const { folder, inputs, progress } = context;
    checkMode(context);
    const trajectory = await openTrajectory(inputs.from.folder.path);
    const { structure } = trajectory;
    let data: Covariances;
    try {
      data = await covariances(trajectory, `${context.where}.from (${inputs.from.name})`, async (done) => {
        await breathe(context);
        progress.update(done, trajectory.length, 'reading frames');
      });
    } finally {
      trajectory.close();
    }
    const layout = moleculeLayout(structure);
    const system = inputs.from.settings.system as Settings | undefined;
    const rigid = rigidPairs(structure, system?.constraints);
    if (rigid.length > 0 && (context.settings.keepRigid ?? true)) data = { ...data, units: rigidUnits(data.atoms, rigid) };
    const mapping = given(context, data, structure, layout) ?? (await learn(context, data, structure, layout));
    await folder.write('mapping.json', readableJson(mapping));
    progress.note(summaryLine(mapping));
  },
};

/** What decides the assignment: exactly one of three settings. `assignment` may say beside it how many sites there are. */
function checkMode({ settings, where }: StageContext): void {
  const { sitesPerMolecule, assignment, rule } = settings;
  if (sitesPerMolecule === undefined && assignment === undefined && rule === undefined)
    throw new InputError(
      where,
      'needs "sitesPerMolecule" (to learn a mapping), "assignment" (to give it by hand) or "rule" (such as "2:1")',
    );
  if (rule !== undefined && (assignment !== undefined || sitesPerMolecule !== undefined))
    throw new InputError(`${where}.rule`, 'decides all by itself; leave out "assignment" and "sitesPerMolecule", or the rule');
}

/** The mapping that the settings give; `null` if it is to be learned. */
function given(context: StageContext, data: Covariances, structure: Structure, layout: MoleculeLayout): Mapping | null {
  const { settings, where } = context;
  const { rule, assignment, sitesPerMolecule } = settings as {
    rule?: string;
    assignment?: readonly (number | readonly AtomInMolecule[])[];
    sitesPerMolecule?: number | readonly number[];
  };
  const describe = (found: readonly number[], sites: number, origin: string) => {
    checkAssignment(found, sites, data.atoms, `${where}.${origin === 'given' ? 'assignment' : 'rule'}`);
    return describeMapping(data, structure, layout, found, {
      sitesRequested: sites,
      origin,
      forceWeight: null,
      seeds: [],
      backend: null,
      typesBy: settings.typesBy as TypesBy,
    });
  };
  if (rule !== undefined) {
    const found = assignmentByRule(rule, structure, layout, `${where}.rule`);
    return describe(found, Math.max(...found) + 1, rule);
  }
  if (!assignment) return null;
  const lists = assignment.filter((item) => typeof item !== 'number');
  if (lists.length > 0 && lists.length < assignment.length)
    throw new InputError(`${where}.assignment`, 'mixes numbers and lists; give a number for each atom, or a list for each site');
  const found =
    lists.length > 0 ? assignmentFromLists(lists, structure, layout, `${where}.assignment`) : (assignment as readonly number[]);
  return describe(found, typeof sitesPerMolecule === 'number' ? sitesPerMolecule : Math.max(...found) + 1, 'given');
}

async function learn(context: StageContext, data: Covariances, structure: Structure, layout: MoleculeLayout): Promise<Mapping> {
  const { progress } = context;
  const options = scanOptions(context);
  checkLearnable(data, options);
  const { sites, forceWeights } = options;
  const total = sites.length * forceWeights.length * options.seeds * options.epochs;
  const listener = {
    update: async (run: number, epoch: number, loss: number) => {
      await breathe(context);
      progress.update(run * options.epochs + epoch, total, `training ${run}, loss ${loss.toFixed(4)}`);
    },
    note: (line: string) => progress.note(line),
  };
  const scanned =
    sites.length * forceWeights.length > 1 ? await scanMappings(data, layout.bonds, options, context.seed, listener) : null;
  const found =
    scanned?.chosen ??
    (await searchMapping(
      data,
      layout.bonds,
      { ...options, sites: sites[0], forceWeight: forceWeights[0] },
      context.seed,
      listener,
    ));
  if (scanned) {
    const { sitesPerMolecule, forceWeight, because } = scanned.scan.chosen;
    progress.note(`chosen: ${sitesPerMolecule} sites, force weight ${forceWeight} (${because})`);
  }
  await context.folder.write('training.csv', trainingTable(found.rows, data));
  await context.folder.write('encoder-course.json', readableJson(found.course));
  return describeMapping(data, structure, layout, found.best.assignment, {
    sitesRequested: scanned?.scan.chosen.sitesPerMolecule ?? sites[0],
    origin: 'trained',
    forceWeight: scanned?.scan.chosen.forceWeight ?? forceWeights[0],
    seeds: found.seeds,
    backend: found.backend,
    typesBy: context.settings.typesBy as TypesBy,
    ...(scanned ? { scan: scanned.scan } : {}),
  });
}

function checkLearnable(data: Covariances, { where, sites, forceWeights }: ScanOptions): void {
  const most = Math.max(...sites);
  const units = new Set(data.units ?? [...data.masses.keys()]).size;
  if (most > units)
    throw new InputError(
      `${where}.sitesPerMolecule`,
      units === data.atoms
        ? `is ${most}, but a molecule has ${data.atoms} atoms; ask for at most as many sites as atoms`
        : `is ${most}, but a molecule has ${units} units of atoms that rigid bonds hold together, and a site cannot cut such a bond, whose force is not ` +
            'stored; ask for fewer sites, set "keepRigid": false for maps that only decode, or run the atoms without "constraints"',
    );
  if (data.atoms === 1)
    throw new InputError(where, 'the molecules have one atom each: there is nothing to learn; give "assignment": [0] instead');
  const weight = Math.max(...forceWeights);
  if (!data.forces && weight > 0)
    throw new InputError(
      `${where}.forceWeight`,
      `is ${weight}, but the run stored no forces; repeat it with "output": {"forces": true} or set "forceWeight": 0`,
    );
}

function scanOptions({ settings, where }: StageContext): ScanOptions {
  const epochs = (settings.epochs ?? 2000) as number;
  const annealing = (settings.annealing ?? {}) as { start?: number; decay?: number; floor?: number };
  const increasing = (value: unknown): number[] =>
    [...new Set(typeof value === 'number' ? [value] : (value as readonly number[]))].sort((a, b) => a - b);
  return {
    where,
    sites: increasing(settings.sitesPerMolecule),
    forceWeights: increasing(settings.forceWeight ?? 0.2),
    choose: { tolerance: 0.06, ...(settings.choose as Partial<Choice> | undefined) },
    seeds: (settings.seeds ?? 5) as number,
    allowEmptySites: (settings.allowEmptySites ?? false) as boolean,
    polish: (settings.polish ?? true) as boolean,
    forceTerm: (settings.forceTerm ?? 'frequency') as ForceTerm,
    epochs,
    learningRate: (settings.learningRate ?? 0.05) as number,
    annealing: { start: annealing.start ?? 4, decay: annealing.decay ?? 0.16 * epochs, floor: annealing.floor ?? 0.2 },
  };
}

/** Lets signals arrive, and stops if one has. */
async function breathe(context: StageContext): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (context.signal.aborted)
    throw new Interrupted(`the training of the mapping "${context.name}" was stopped; it takes seconds to run again`);
}
