/** The biases `lower-walls` and `upper-walls`: nothing on one side of a point, a power of the distance on the other. */
import { type BiasKind, InputError } from '../../engine/index.ts';
import { perComponent, perComponentSchema, springDimension } from './settings.ts';

function walls(side: 'lower' | 'upper'): BiasKind {
  const sign = side === 'lower' ? -1 : 1;
  return {
    name: `${side}-walls`,
    summary: `Keeps variables ${side === 'lower' ? 'above' : 'below'} a point: V = k/2 d^2 for a distance d beyond it (d^power with another power).`,
    status: 'validated',
    stays: true,
    weightColumn: 'bias',
    schema: {
      required: ['at', 'k'],
      properties: {
        at: perComponentSchema('Where the wall begins'),
        k: perComponentSchema('Force constant'),
        power: { type: 'integer', minimum: 2, default: 2, description: 'Power of the distance: V = k/2 d^power.' },
      },
    },
    compile(settings, context) {
      const at = perComponent(settings, 'at', context);
      const k = perComponent(settings, 'k', context, springDimension);
      const power = settings.power as number;
      const periodic = context.components.find(({ period }) => period);
      if (periodic)
        throw new InputError(
          `${context.where}.variables`,
          `"${periodic.name}" is periodic and has no ${side} end; a wall needs a variable that is not, such as an expression of it`,
        );
      return {
        evaluate(values, slopes) {
          let energy = 0;
          for (let c = 0; c < at.length; c++) {
            const d = sign * (values[c] - at[c]);
            if (d <= 0) continue;
            let rest = 0.5 * k[c];
            for (let n = 1; n < power; n++) rest *= d;
            energy += rest * d;
            slopes[c] += sign * power * rest;
          }
          return energy;
        },
      };
    },
  };
}

export const lowerWalls = walls('lower');
export const upperWalls = walls('upper');
