/** Stochastic cell rescaling: the box follows the pressure at first order, with the noise that makes volumes isobaric. */
import { InputError } from '../errors.ts';
import { log } from '../math/functions.ts';
import { Noise } from '../random/noise.ts';
import { unitConstants } from '../scenario/units.ts';
import { volume } from '../system/box.ts';
import { axisGroups, type BarostatKind, type BarostatState, barostatProperties, extent, type Stretch } from './barostat.ts';
import { stretchOf } from './monte-carlo.ts';

/** Isothermal compressibility of water, 1/bar. */
const compressibilityOfWater = 4.5e-5;

/**
 * Bernetti & Bussi, J. Chem. Phys. 153, 114107 (2020), in y = sqrt(V), whose noise does not depend on it; anisotropic after Del Tatto,
 * Raiteri, Bernetti & Bussi, Appl. Sci. 12, 1139 (2022), for each extent S (of an axis, or of x and y) with y = sqrt(S) and the
 * others fixed. With Phi = K + U + P0 V - kT sum ln y and D = kT beta/(4 tau) at the starting volume's S/V:
 * dy = -(D/kT) dPhi/dy dt + sqrt(2 D dt) xi, where dPhi/dy = 2 y (V/S) (P0 - P) - kT/y and P is the pressure over molecules.
 * Centres of molecules are scaled, their velocities inversely, so that shapes and constraints stay.
 * Conserved: K + U + P0 V - kT sum ln y - kT sum over steps of ln[P(forward)/P(backward)].
 */
export const stochasticCellRescaling: BarostatKind = {
  name: 'stochastic-cell-rescaling',
  summary: 'Stochastic cell rescaling: first-order relaxation of the pressure with the right volume fluctuations.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['pressure', 'time'],
    properties: {
      ...barostatProperties,
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Relaxation time of the pressure, for example "1 ps".' },
      compressibility: {
        type: 'number',
        exclusiveMinimum: 0,
        description:
          'Isothermal compressibility, 1/bar (or reduced): an estimate, which scales the relaxation time; water, 4.5e-5 /bar, if absent.',
      },
      every: { type: 'integer', minimum: 1, default: 10, description: 'Steps between changes of the box.' },
    },
  },
  create(settings, { units, kT, timestep, seed, box }) {
    const groups = axisGroups(settings);
    const unit = unitConstants(units).pressure;
    const pressure = (settings.pressure as number) / unit;
    const compressibility =
      (settings.compressibility as number | undefined) ?? (units === 'md' ? compressibilityOfWater : undefined);
    if (compressibility === undefined)
      throw new InputError('dynamics.barostat.compressibility', 'is needed in lj units, for example 0.05 for a dense liquid');
    const every = (settings.every as number | undefined) ?? 10;
    const rate = (compressibility * unit) / (settings.time as number);
    const dt = every * timestep;
    const noise = new Noise(seed, 'stochastic-cell-rescaling');
    const diffusion = groups.map((group) => ((kT * rate) / 4) * (group.length / 3) * (extent(box, group) / volume(box)));
    const deviates = new Float64Array(3);
    let work = 0;

    /** -dPhi/dy of each group. */
    const drives = (state: BarostatState): number[] => {
      const tensor = state.pressureTensor();
      const v = volume(state.box);
      // The motion of all molecules together, where it is taken out, would add its ideal-gas part.
      const missing = state.momentumRemoved ? kT / v : 0;
      return groups.map((group) => {
        const s = extent(state.box, group);
        const y = Math.sqrt(s);
        const inside = group.reduce((sum, axis) => sum + tensor[4 * axis], 0) / group.length + missing;
        return -2 * y * (v / s) * (pressure - inside) + kT / y;
      });
    };

    return {
      every,
      apply(state) {
        const before = drives(state);
        noise.normals(state.step, 0, deviates, 0);
        const factors = [1, 1, 1];
        const moves = groups.map((group, g) => {
          const y = Math.sqrt(extent(state.box, group));
          const move = ((diffusion[g] * dt) / kT) * before[g] + Math.sqrt(2 * diffusion[g] * dt) * deviates[g];
          const ratio = 1 + move / y;
          if (!(ratio > 0.5 && ratio < 2)) throw tooFast(settings.time as number, compressibility);
          for (const axis of group) factors[axis] = stretchOf(ratio * ratio, group.length);
          return move;
        });
        state.stretch(factors as unknown as Stretch);
        drives(state).forEach((after, g) => {
          const a = (diffusion[g] * dt) / kT;
          work += 0.5 * (before[g] + after) * moves[g] + 0.25 * a * (after * after - before[g] * before[g]);
        });
      },
      reservoirEnergy(state) {
        const entropy = groups.reduce((sum, group) => sum + 0.5 * kT * log(extent(state.box, group)), 0);
        return pressure * volume(state.box) - entropy + work;
      },
      save: () => Float64Array.of(work),
      load(variables) {
        work = variables[0];
      },
    };
  },
};

function tooFast(time: number, compressibility: number): InputError {
  return new InputError(
    'dynamics.barostat',
    `would change the box by more than half at once: with a relaxation time of ${time} and a compressibility of ${compressibility} it is far too ` +
      'fast for this system, or the pressure of the start is enormous. Minimise first, use a longer time, or a smaller "every"',
  );
}
