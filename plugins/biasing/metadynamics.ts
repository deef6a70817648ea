/** The bias `metadynamics`: hills where the system has been, of constant height or well-tempered. */
import { type Bias, type BiasContext, type BiasKind, exp, InputError, type Settings } from '../../engine/index.ts';
import { mostAxes } from './grid.ts';
import { type HillForm, isPlain, plainForm, widthsAlong } from './hill-form.ts';
import { gridForHills, type Hill, HillGrid, HillList, type HillSum } from './hills.ts';
import { beforeStart, type HillsOfFile, hillLine, hillsHeader, readHills } from './hills-file.ts';
import { ReweightingConstant } from './reweighting-constant.ts';
import {
  intervalSchema,
  intervalSteps,
  perComponent,
  perComponentSchema,
  positivePerComponent,
  readRestart,
  thermalEnergy,
} from './settings.ts';
import { Walkers, walkersSchema } from './walkers.ts';

/** In sigma: what a variable commonly goes through, hills being as wide as it fluctuates in a minimum. */
const domainWidth = 20;

/**
 * Laio & Parrinello, PNAS 99, 12562 (2002); well-tempered: Barducci, Bussi & Parrinello, Phys. Rev. Lett. 100, 020603 (2008): the hill at s has
 * the height w exp(-V(s)/(kT (gamma - 1))), and V tends to -(1 - 1/gamma) F + constant. c(t) and the reweighting bias V - c(t): Tiwary &
 * Parrinello, J. Phys. Chem. B 119, 736 (2015). Hills are plain Gaussians, or of the form of those that the run began with.
 */
export const metadynamics: BiasKind = {
  name: 'metadynamics',
  summary:
    'Metadynamics: Gaussian hills where the system has been, constant or well-tempered (`biasFactor`), on a grid that grows with them.',
  status: 'validated',
  weightColumn: 'rbias',
  schema: {
    required: ['sigma', 'height'],
    properties: {
      sigma: perComponentSchema('Standard deviation of the hills'),
      height: { quantity: 'energy', exclusiveMinimum: 0, description: 'Height of the first hill.' },
      ...intervalSchema('hills'),
      biasFactor: {
        type: 'number',
        exclusiveMinimum: 1,
        description: 'gamma of well-tempered metadynamics; hills keep their height if absent.',
      },
      grid: {
        anyOf: [
          { type: 'boolean' },
          {
            type: 'object',
            properties: {
              spacing: perComponentSchema('Largest distance of points; a fifth of sigma if absent'),
              from: perComponentSchema('Where it begins, at first; for components that are not periodic'),
              to: perComponentSchema('Where it ends, at first'),
            },
          },
        ],
        default: true,
        description: 'The grid that holds the sum of the hills; it is extended as they come. false: hills are summed one by one.',
      },
      restart: {
        type: 'string',
        description: 'A file HILLS whose hills are there from the start; the new file begins with them.',
      },
      from: {
        reference: { stage: ['simulate'] },
        description:
          'An earlier stage whose hills are there from the start; it must have a bias of the same variables and file name.',
      },
      file: { type: 'string', default: 'HILLS', description: 'Name of the file of hills.' },
      walkers: walkersSchema,
    },
  },
  async compile(settings, context) {
    return new Metadynamics(settings, context, await inheritedHills(settings, context));
  },
};

class Metadynamics implements Bias {
  readonly columns;
  private readonly context: BiasContext;
  private readonly sigma: Float64Array;
  private readonly height: number;
  private readonly every: number;
  private readonly biasFactor: number | null;
  private readonly kT: number;
  private readonly hills: HillSum;
  private readonly sink;
  private readonly walkers: Walkers | null;
  private readonly scratch: Float64Array;
  private energy = 0;
  /** Energy that hills have put into the system. */
  private work = 0;
  private readonly reweighting: ReweightingConstant;
  private constant: number | null = null;

  /** Hills are of the form of those that are there from the start. */
  constructor(settings: Settings, context: BiasContext, { form, hills: inherited }: HillsOfFile) {
    const { components, where } = context;
    this.context = context;
    const sigma = positivePerComponent(settings, 'sigma', context);
    this.sigma = widthsAlong(form, sigma);
    this.height = settings.height as number;
    this.every = intervalSteps(settings, context);
    this.biasFactor = (settings.biasFactor as number | undefined) ?? null;
    this.kT = this.biasFactor === null ? (context.kT ?? 0) : thermalEnergy(context);
    this.hills = hillSum(settings, context, sigma, form);
    this.reweighting = new ReweightingConstant(this.kT, this.biasFactor, domainOf(this.hills, settings, sigma));
    this.sink = context.file(settings.file as string, hillsHeader(components, form));
    this.walkers = settings.walkers
      ? new Walkers(settings.walkers as Settings, components, form, `${where}.walkers`, context.note)
      : null;
    for (const hill of beforeStart(inherited, this.every * context.timestep)) this.take(hill, hill.time);
    this.scratch = new Float64Array(components.length);
    const tempered = this.hills.grid && this.kT > 0;
    this.columns = tempered
      ? ([
          { name: 'rbias', dimension: 'energy' },
          { name: 'rct', dimension: 'energy' },
        ] as const)
      : [];
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    this.energy = this.hills.evaluate(values, slopes);
    return this.energy;
  }

  update(step: number, values: Float64Array): void {
    const { walkers, every } = this;
    const before = this.energy;
    let changed = false;
    if (step > 0 && step % every === 0) {
      this.deposit(step, values);
      changed = true;
    }
    if (walkers && step % walkers.every === 0) {
      const time = step * this.context.timestep;
      for (const hill of step === 0 ? walkers.begin() : walkers.read()) this.take(hill, time);
      changed = true;
    }
    if (!changed) return;
    this.constant = null;
    this.work += this.hills.evaluate(values, this.scratch) - before;
  }

  /** A hill that counts from now on, whoever made it: HILLS has all that the bias is made of. */
  private take(hill: Hill, time: number): void {
    this.hills.add(hill);
    this.sink.line(hillLine(time, hill, this.biasFactor));
  }

  private deposit(step: number, values: Float64Array): void {
    const { biasFactor, kT, sigma, context } = this;
    const height = biasFactor === null ? this.height : this.height * exp(-this.energy / (kT * (biasFactor - 1)));
    const hill = { centre: values, sigma, height };
    const time = step * context.timestep;
    this.take(hill, time);
    this.walkers?.write(time, hill, biasFactor);
  }

  reservoirEnergy(): number {
    return -this.work;
  }

  report(): readonly number[] {
    const { grid } = this.hills;
    if (!grid || this.columns.length === 0) return [];
    this.constant ??= this.reweighting.of(grid);
    return [this.energy - this.constant, this.constant];
  }

  save(): Float64Array {
    const [sum, offsets] = [this.hills.save(), this.walkers?.save() ?? new Float64Array(0)];
    const state = new Float64Array(1 + offsets.length + sum.length);
    state[0] = this.work;
    state.set(offsets, 1);
    state.set(sum, 1 + offsets.length);
    return state;
  }

  load(state: Float64Array): void {
    this.work = state[0];
    const at = 1 + (this.walkers?.save().length ?? 0);
    this.walkers?.load(state.slice(1, at));
    this.hills.load(state.slice(at));
    this.constant = null;
  }
}

/** Points of the domain of c(t): of the grid as it was given, or without ends `domainWidth` sigma along each component that is not periodic. */
function domainOf({ grid }: HillSum, settings: Settings, sigma: Float64Array): number {
  if (!grid) return 0;
  const given = typeof settings.grid === 'object' && (settings.grid as Settings).from !== undefined;
  return grid.axes.reduce(
    (product, { spacing, points, periodic }, c) =>
      product * (given || periodic ? points : Math.ceil((domainWidth * sigma[c]) / spacing)),
    1,
  );
}

function hillSum(settings: Settings, context: BiasContext, sigma: Float64Array, form: HillForm): HillSum {
  const { components, where, note } = context;
  if (settings.grid === false) return new HillList(components, form);
  if (components.length > mostAxes)
    throw new InputError(
      `${where}.grid`,
      `a grid is for at most ${mostAxes} components, and there are ${components.length}; use fewer variables, or "grid": false`,
    );
  const given = (typeof settings.grid === 'object' ? settings.grid : {}) as Settings;
  const here = { ...context, where: `${where}.grid` };
  const spacing = given.spacing === undefined ? sigma.map((s) => s / 5) : positivePerComponent(given, 'spacing', here);
  // Without ends it lies around the first hill, and is extended by every one that reaches farther.
  const from = given.from === undefined ? spacing.map((h) => -h) : perComponent(given, 'from', here);
  const to = given.to === undefined ? spacing.slice() : perComponent(given, 'to', here);
  components.forEach(({ name, period }, c) => {
    if (!period && !(to[c] > from[c]))
      throw new InputError(`${here.where}.to`, `of "${name}" is ${to[c]}; it must be greater than "from", ${from[c]}`);
  });
  if ((given.from === undefined) !== (given.to === undefined))
    throw new InputError(here.where, 'has one of "from" and "to"; give both, or neither');
  const grid = gridForHills(components, spacing, { from, to }, here.where);
  return new HillGrid(components, grid, here.where, given.from === undefined ? null : note, form);
}

/** The hills of an earlier run, as they stand in its file. @throws InputError if they are not there */
async function inheritedHills(settings: Settings, context: BiasContext): Promise<HillsOfFile> {
  const { components, where, stage, note } = context;
  const finished = await stage('from');
  const path = settings.restart as string | undefined;
  if (finished && path !== undefined) throw new InputError(where, 'found both "from" and "restart"; give one of them');
  const file = settings.file as string;
  if (finished && !finished.folder.exists(file))
    throw new InputError(
      `${where}.from`,
      `the stage "${finished.name}" has left no hills: there is no ${file} in its folder; name the stage that had the bias, or its "file"`,
    );
  const text = finished
    ? await finished.folder.readText(file)
    : path !== undefined
      ? await readRestart(path, 'hills', 'HILLS', context)
      : null;
  if (text === null) return { form: plainForm, hills: [] };
  const found = readHills(text, components, path ?? `${finished?.name}/${file}`);
  note(`starts with ${found.hills.length} hills of ${path ?? finished?.name}`);
  const { kernel, multivariate } = found.form;
  if (!isPlain(found.form)) note(`its own hills are of their form: ${kernel}${multivariate ? ', multivariate' : ''}`);
  return found;
}
