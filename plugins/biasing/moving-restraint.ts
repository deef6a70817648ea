/** The bias `moving-restraint`: a spring whose point and strength move along a schedule; steered dynamics. */
import { type BiasKind, difference, InputError, type Settings, wholeSteps } from '../../engine/index.ts';
import { perComponent, perComponentSchema, springDimension } from './settings.ts';

/**
 * Between two points of the schedule centre and force constant change linearly in time (periodic components by the shortest way), after
 * the last they stay. The work of the change at fixed values, W = sum V(s, next) - V(s, now), is what Jarzynski's equality averages
 * (Phys. Rev. Lett. 78, 2690 (1997)).
 */
export const movingRestraint: BiasKind = {
  name: 'moving-restraint',
  summary: 'A harmonic restraint whose centre and force constant move with time; the log has the work it does.',
  status: 'validated',
  schema: {
    required: ['schedule'],
    properties: {
      schedule: {
        type: 'array',
        minItems: 2,
        description: 'Points in time order; the first at time 0.',
        items: {
          type: 'object',
          required: ['time', 'centre', 'k'],
          properties: {
            time: { quantity: 'time', minimum: 0, description: 'Time of production.' },
            centre: perComponentSchema('Centre then'),
            k: perComponentSchema('Force constant then'),
          },
        },
      },
    },
  },
  compile(settings, context) {
    const { components, timestep, where } = context;
    const points = (settings.schedule as readonly Settings[]).map((point, n) => {
      const here = { ...context, where: `${where}.schedule[${n}]` };
      return {
        step: wholeSteps(point.time as number, timestep, `${here.where}.time`),
        centre: perComponent(point, 'centre', here),
        k: perComponent(point, 'k', here, springDimension),
      };
    });
    points.forEach(({ step }, n) => {
      if (n === 0 ? step !== 0 : step <= points[n - 1].step)
        throw new InputError(`${where}.schedule[${n}].time`, 'times must increase, the first being 0');
    });
    const centre = points[0].centre.slice();
    const k = points[0].k.slice();
    let work = 0;

    function moveTo(step: number): void {
      const next = points.findIndex((point) => point.step > step);
      const [a, b] = next < 0 ? [points[points.length - 1], points[points.length - 1]] : [points[next - 1], points[next]];
      const part = b === a ? 0 : (step - a.step) / (b.step - a.step);
      for (let c = 0; c < centre.length; c++) {
        centre[c] = a.centre[c] + part * difference(b.centre[c], a.centre[c], components[c].period);
        k[c] = a.k[c] + part * (b.k[c] - a.k[c]);
      }
    }

    function energyAt(values: Float64Array): number {
      let energy = 0;
      for (let c = 0; c < centre.length; c++) {
        const d = difference(values[c], centre[c], components[c].period);
        energy += 0.5 * k[c] * d * d;
      }
      return energy;
    }

    return {
      evaluate(values, slopes) {
        for (let c = 0; c < centre.length; c++) slopes[c] += k[c] * difference(values[c], centre[c], components[c].period);
        return energyAt(values);
      },
      update(step, values) {
        const before = energyAt(values);
        moveTo(step + 1);
        work += energyAt(values) - before;
      },
      reservoirEnergy: () => -work,
      columns: [
        ...components.map(({ name, dimension }) => ({ name: `${name}_centre`, dimension })),
        { name: 'work', dimension: 'energy' },
      ],
      report: () => [...centre, work],
      save: () => Float64Array.of(work, ...centre, ...k),
      load(state) {
        work = state[0];
        centre.set(state.subarray(1, 1 + centre.length));
        k.set(state.subarray(1 + centre.length));
      },
    };
  },
};
