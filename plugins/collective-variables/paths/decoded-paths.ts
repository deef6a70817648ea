/** The stage `decoded-paths`: paths that decoders of autoencoders draw in the plane of a model potential, held against its minimum-energy path. */
import {
  buildSystem,
  type FieldData,
  type FinishedStage,
  InputError,
  type StageContext,
  type StageKind,
} from '../../../engine/index.ts';
import { measurePath, type PathMeasures } from './measures.ts';
import { minimumEnergyPath, type PlanePath, type PlanePotential } from './string.ts';

export const decodedPaths: StageKind = {
  name: 'decoded-paths',
  summary:
    'Paths that the decoders of variables draw in a model potential, beside the minimum-energy path: distances, highest energies, how near they pass to saddles.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['from', 'between'],
    properties: {
      from: {
        type: 'array',
        minItems: 1,
        items: { reference: { stage: ['train-variable'] } },
        description:
          'Autoencoders of one component that were trained on positions in the plane (`plane`) of one model potential.',
      },
      between: {
        type: 'array',
        minItems: 2,
        maxItems: 2,
        items: { type: 'array', items: { quantity: 'length' }, minItems: 2, maxItems: 2 },
        description: 'Points near the two minima that the minimum-energy path joins.',
      },
    },
  },
  run,
};

async function run(stage: StageContext): Promise<void> {
  const { where, folder, progress } = stage;
  const between = stage.settings.between as [number, number][];
  const variables = (stage.settings.from as string[]).map((name, k) => ({ name, stage: stage.inputs[`from[${k}]`] }));
  const potential = await potentialOf(stage, variables[0].stage);
  const reference = minimumEnergyPath(potential, between[0], between[1]);
  const paths: Record<string, PathMeasures> = {};
  for (const [k, variable] of variables.entries()) {
    const measures = measurePath(await pathOf(variable.stage, `${where}.from[${k}]`), reference, potential);
    paths[variable.name] = measures;
    progress.note(
      `${variable.name}: ${short(measures.fromMinimumEnergyPath)} rms from the minimum-energy path, which is ${short(measures.ofMinimumEnergyPath)} from it; ` +
        `highest energy ${short(measures.aboveSaddle)} above the saddle; ${measures.fromSaddles.map(short).join(', ')} from the saddles`,
    );
  }
  const { x, y, energy, saddles } = reference;
  await folder.write(
    'paths.json',
    `${JSON.stringify({ minima: [energy[0], energy[energy.length - 1]], saddles, paths }, null, 1)}\n`,
  );
  await folder.write('path.csv', `${['x,y,energy', ...Array.from(x, (u, k) => `${u},${y[k]},${energy[k]}`)].join('\n')}\n`);
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** The sum of the fields of the model that the variable's frames are of. */
async function potentialOf(stage: StageContext, variable: FinishedStage): Promise<PlanePotential> {
  const source = variable.inputs.from ?? variable.inputs['from[0]'];
  const settings = source?.settings.system as Record<string, unknown> | undefined;
  const wrong = (problem: string): InputError =>
    new InputError(
      `${stage.where}.from`,
      `${problem}; paths are judged in potentials in the plane (a system with "build": "model")`,
    );
  if (settings?.build !== 'model') throw wrong(`"${variable.name}" was not learned of a model`);
  const system = await buildSystem(
    settings,
    {
      units: stage.units,
      seed: stage.seed,
      where: stage.where,
      readText: (path) => stage.readText(path),
      stage: () => Promise.reject(wrong('its system is made from another stage')),
    },
    stage.registry,
  );
  const terms = system.forces.map((force) => {
    if (force.kind !== 'custom' || force.term !== 'field') throw wrong('its forces are not all external potentials');
    const { field, parameters, expression } = force.data as FieldData;
    return { evaluate: field.compile ? field.compile(expression) : field.evaluate, parameters };
  });
  const out = new Float64Array(4);
  return (x, y, gradient) => {
    let energy = 0;
    gradient.fill(0);
    for (const { evaluate, parameters } of terms) {
      evaluate(x, y, 0, parameters, 0, out);
      energy += out[0];
      gradient[0] += out[1];
      gradient[1] += out[2];
    }
    return energy;
  };
}

/** `decoded.csv`, in the features of the plane. */
async function pathOf(variable: FinishedStage, where: string): Promise<PlanePath> {
  const plane = (variable.settings.plane as string[] | undefined) ?? [];
  if (!variable.folder.exists('decoded.csv'))
    throw new InputError(where, `"${variable.name}" has no decoded path: it is no autoencoder of one component`);
  const [head, ...rows] = (await variable.folder.readText('decoded.csv'))
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const columns = plane.map((name) => head.indexOf(name));
  if (columns.length !== 2 || columns.includes(-1))
    throw new InputError(
      where,
      `"${variable.name}" has no "plane" of two of its inputs; the decoded path has ${head.slice(1).join(', ')}`,
    );
  const column = (k: number): Float64Array => Float64Array.from(rows, (row) => Number(row[columns[k]]));
  return { x: column(0), y: column(1) };
}
