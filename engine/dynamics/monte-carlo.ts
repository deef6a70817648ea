/** Monte-Carlo barostat: trial changes of the box, accepted so that volumes have the isobaric distribution. */
import { exp, log, pow } from '../math/functions.ts';
import { Noise } from '../random/noise.ts';
import { unitConstants } from '../scenario/units.ts';
import { volume } from '../system/box.ts';
import { axisGroups, type BarostatKind, barostatProperties, type Stretch } from './barostat.ts';

/** Trials between two looks at how many were accepted. */
const trialsPerLook = 10;

/**
 * Chow & Ferguson, Comput. Phys. Commun. 91, 283 (1995); Åqvist et al., Chem. Phys. Lett. 384, 288 (2004). The logarithm of the extent S of the
 * chosen axes (volume, area or length) changes by a uniform random amount, molecules keep their shape, and with N of them the trial is
 * accepted with probability min(1, exp(-(dU + P dV)/kT + (N + 1) ln(S'/S))): all S are alike but for energy and work (Frenkel & Smit,
 * Understanding Molecular Simulation, section 5.4.1, for ln V). The largest change adapts so that about half of the trials are
 * accepted. Needs no virial. Conserved: total energy, less the changes of the potential energy in accepted trials.
 */
export const monteCarlo: BarostatKind = {
  name: 'monte-carlo',
  summary: 'Monte-Carlo barostat: exact volume distribution from energies alone; molecules are scaled by their centres.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['pressure'],
    properties: {
      ...barostatProperties,
      every: { type: 'integer', minimum: 1, default: 25, description: 'Steps between trials.' },
    },
  },
  create(settings, { units, kT, seed }) {
    const groups = axisGroups(settings);
    const pressure = (settings.pressure as number) / unitConstants(units).pressure;
    const noise = new Noise(seed, 'monte-carlo-barostat');
    const deviates = new Float64Array(4);
    /** Per group: largest change of ln S, trials and acceptances since the last look. */
    const widths = groups.map(() => 0.01);
    const tried = groups.map(() => 0);
    const accepted = groups.map(() => 0);
    let work = 0;
    return {
      every: (settings.every as number | undefined) ?? 25,
      apply(state) {
        noise.uniforms(state.step, 0, deviates, 0);
        const g = Math.min(groups.length - 1, Math.floor(deviates[0] * groups.length));
        const before = volume(state.box);
        const ratio = exp(widths[g] * (2 * deviates[1] - 1));
        const factor = stretchOf(ratio, groups[g].length);
        const factors = [0, 1, 2].map((axis) => (groups[g].includes(axis) ? factor : 1)) as unknown as Stretch;
        tried[g]++;
        state.attempt(factors, (energyChange) => {
          const weight = -(energyChange + pressure * before * (ratio - 1)) / kT + (state.molecules + 1) * log(ratio);
          const accept = weight >= 0 || log(deviates[2]) < weight;
          if (accept) {
            accepted[g]++;
            work += energyChange;
          }
          return accept;
        });
        if (tried[g] < trialsPerLook) return;
        if (accepted[g] < 0.25 * tried[g]) widths[g] /= 1.1;
        else if (accepted[g] > 0.75 * tried[g]) widths[g] = Math.min(1.1 * widths[g], 0.3);
        tried[g] = 0;
        accepted[g] = 0;
      },
      reservoirEnergy: () => -work,
      save: () => Float64Array.of(work, ...widths, ...tried, ...accepted),
      load(variables) {
        const n = groups.length;
        work = variables[0];
        for (let g = 0; g < n; g++) {
          widths[g] = variables[1 + g];
          tried[g] = variables[1 + n + g];
          accepted[g] = variables[1 + 2 * n + g];
        }
      },
    };
  },
};

/** The factor of each of so many edges whose product grows by `ratio`. */
export function stretchOf(ratio: number, edges: number): number {
  if (edges === 1) return ratio;
  return edges === 2 ? Math.sqrt(ratio) : pow(ratio, 1 / 3);
}
