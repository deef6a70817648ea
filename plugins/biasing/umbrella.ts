/** The bias `umbrella`: a spring to a point, V = sum_i k_i/2 (s_i - c_i)^2. */
import { type BiasKind, difference } from '../../engine/index.ts';
import { perComponent, perComponentSchema, springDimension } from './settings.ts';

/** Torrie & Valleau, J. Comput. Phys. 23, 187 (1977). Periodic components take the shortest way round. */
export const umbrella: BiasKind = {
  name: 'umbrella',
  summary:
    'A harmonic restraint to a point, V = sum_i k_i/2 (s_i - centre_i)^2; windows of these give free energies by WHAM or MBAR.',
  status: 'validated',
  stays: true,
  weightColumn: 'bias',
  schema: {
    required: ['centre', 'k'],
    properties: {
      centre: perComponentSchema('Where the restraint is zero'),
      k: perComponentSchema('Force constant, energy/unit^2'),
    },
  },
  compile(settings, context) {
    const { components } = context;
    const centre = perComponent(settings, 'centre', context);
    const k = perComponent(settings, 'k', context, springDimension);
    return {
      evaluate(values, slopes) {
        let energy = 0;
        for (let c = 0; c < centre.length; c++) {
          const d = difference(values[c], centre[c], components[c].period);
          energy += 0.5 * k[c] * d * d;
          slopes[c] += k[c] * d;
        }
        return energy;
      },
    };
  },
};
