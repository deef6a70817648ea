/** Rigid water models by name: their geometry, and molecules of it put where molecules of another are. */
import { cos, sin } from '../../math/functions.ts';
import { makeStructure } from '../structure.ts';
import type { Structure } from '../system.ts';

export interface WaterModel {
  /** O-H distance (nm) and H-O-H angle (degrees). */
  readonly bond: number;
  readonly angle: number;
  /** Distance (nm) of a fourth site from the oxygen, on the bisector; the force field says more exactly where it is. */
  readonly site?: number;
}

/**
 * TIP3P, TIP4P: Jorgensen et al., J. Chem. Phys. 79, 926 (1983); SPC: Berendsen et al. 1981; SPC/E: J. Phys. Chem. 91, 6269 (1987);
 * TIP4P-Ew: Horn et al., J. Chem. Phys. 120, 9665 (2004); TIP4P/2005: Abascal & Vega, J. Chem. Phys. 123, 234505 (2005);
 * OPC3, OPC: Izadi & Onufriev 2016, 2014.
 */
export const waterModels: Readonly<Record<string, WaterModel>> = {
  tip3p: { bond: 0.09572, angle: 104.52 },
  spc: { bond: 0.1, angle: 109.47122063449069 },
  spce: { bond: 0.1, angle: 109.47122063449069 },
  opc3: { bond: 0.097888, angle: 109.47122063449069 },
  tip4p: { bond: 0.09572, angle: 104.52, site: 0.015 },
  tip4pew: { bond: 0.09572, angle: 104.52, site: 0.0125 },
  tip4p2005: { bond: 0.09572, angle: 104.52, site: 0.01546 },
  opc: { bond: 0.08724, angle: 103.6, site: 0.01594 },
};

/** One molecule: O, H1, H2 and, with four sites, M without mass; residue HOH. */
export function waterStructure(model: WaterModel): Structure {
  const sites = model.site === undefined ? 0 : 1;
  const names = ['O', 'H1', 'H2', 'M'].slice(0, 3 + sites);
  return makeStructure({
    units: 'md',
    mass: [15.999, 1.008, 1.008, 0].slice(0, names.length),
    type: names.map((_, k) => [0, 1, 1, 2][k]),
    typeNames: ['O', 'H', 'M'].slice(0, 2 + sites),
    name: names,
    element: ['O', 'H', 'H', ''].slice(0, names.length),
    molecule: new Int32Array(names.length),
    residueNames: ['HOH'],
    bonds: [0, 1, 0, 2],
  });
}

/**
 * A molecule of the model with its oxygen at `x[o..]` in the plane and along the bisector of the water molecule there (O, H, H).
 * @returns 3 coordinates an atom
 */
export function placeWater(model: WaterModel, x: Float64Array, o: number, shift: readonly number[]): Float64Array {
  const [a, b] = [3, 6].map((h) => [0, 1, 2].map((c) => x[o + h + c] - x[o + c]));
  const bisector = unit(a.map((value, c) => value + b[c]));
  const across = a.map((value, c) => value - b[c]);
  const along = across.reduce((sum, value, c) => sum + value * bisector[c], 0);
  const side = unit(across.map((value, c) => value - along * bisector[c]));
  const half = ((model.angle / 2) * Math.PI) / 180;
  const [p, q] = [model.bond * cos(half), model.bond * sin(half)];
  const sites = [[0, 0], [p, q], [p, -q], ...(model.site === undefined ? [] : [[model.site, 0]])];
  return Float64Array.from(sites.flatMap(([f, s]) => [0, 1, 2].map((c) => x[o + c] + shift[c] + f * bisector[c] + s * side[c])));
}

function unit(v: readonly number[]): number[] {
  const size = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  return v.map((c) => c / size);
}
