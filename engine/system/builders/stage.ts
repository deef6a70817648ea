/** The builder `stage`: a system from the result of an earlier stage, such as a trained potential. */
import { InputError } from '../../errors.ts';
import type { Registry } from '../../registry.ts';
import type { SystemBuilder } from '../builder.ts';

/** The registry is needed to ask the stage's kind for the system; kinds that are registered later count too. */
export function stageBuilder(registry: Registry): SystemBuilder {
  const kinds = () => registry.list('stage').filter((kind) => kind.assemble !== undefined);
  return {
    name: 'stage',
    summary: 'The system that an earlier stage left: its last configuration, or its model with the forces it learned.',
    status: 'validated',
    get schema() {
      return {
        type: 'object',
        properties: {
          from: {
            type: 'string',
            reference: { stage: kinds().map((kind) => kind.name) },
            description: 'Name of the stage, or path to the folder of a finished one.',
          },
          box: {
            enum: ['last', 'mean'],
            description:
              'Of a simulation: the box of its last configuration (if absent), or the mean over its frames, to which molecules are moved as the ' +
              'box is stretched; for a run at constant volume after one at constant pressure.',
          },
        },
        required: ['from'],
      } as const;
    },
    async build(settings, context) {
      const name = settings.from as string;
      const where = `${context.where}.from`;
      const finished = await context.stage(name);
      const kind = registry.get('stage', finished.kind, where);
      if (!kind.assemble)
        throw new InputError(
          where,
          `stage "${name}" is a ${finished.kind} stage, which makes no system; stages that do: ${
            kinds()
              .map((k) => k.name)
              .join(', ') || 'none'
          }`,
        );
      if (finished.units !== context.units)
        throw new InputError(where, `stage "${name}" is in ${finished.units} units, this scenario in ${context.units} units`);
      return kind.assemble(finished, registry, { box: settings.box === 'mean' ? 'mean' : 'last', where: `${context.where}.box` });
    },
  };
}
