/** How many ions a solution needs, and putting them in place of random water molecules. */
import { InputError } from '../../errors.ts';
import { elementOf } from '../elements.ts';
import { makeStructure } from '../structure.ts';
import type { Structure } from '../system.ts';
import type { RandomSource } from './random.ts';

/** Ions by name: element and charge. */
export const cations: Readonly<Record<string, readonly [string, number]>> = {
  'Li+': ['Li', 1],
  'Na+': ['Na', 1],
  'K+': ['K', 1],
  'Rb+': ['Rb', 1],
  'Cs+': ['Cs', 1],
  'Mg2+': ['Mg', 2],
  'Ca2+': ['Ca', 2],
  'Zn2+': ['Zn', 2],
};
export const anions: Readonly<Record<string, readonly [string, number]>> = {
  'F-': ['F', -1],
  'Cl-': ['Cl', -1],
  'Br-': ['Br', -1],
  'I-': ['I', -1],
};

export interface IonSettings {
  readonly positive?: string;
  readonly negative?: string;
  /** Formula units of salt, mol/L. */
  readonly concentration?: number;
  readonly neutralise?: boolean;
}

/** One ion; its residue and atom are called by its element in capitals, as in PDB files. */
export function ionStructure([symbol]: readonly [string, number]): Structure {
  const element = elementOf(symbol);
  if (!element) throw new RangeError(`no element ${symbol}`);
  const name = symbol.toUpperCase();
  return makeStructure({
    units: 'md',
    mass: [element.weight],
    typeNames: [name],
    name: [name],
    element: [symbol],
    residueNames: [name],
  });
}

/**
 * Numbers of cations and anions: first as many as make the charge zero, then formula units of the salt for the concentration in the volume of
 * the water (at 1 g/cm3).
 *
 * @param charge of what is not water
 * @throws InputError at `where` for a charge that is no whole number, or that these ions cannot balance
 */
export function ionCounts(
  settings: IonSettings,
  charge: number,
  waters: number,
  where: string,
): { cations: number; anions: number } {
  const [, plus] = cations[settings.positive ?? 'Na+'];
  const [, minus] = anions[settings.negative ?? 'Cl-'];
  const whole = Math.round(charge);
  let [positive, negative] = [0, 0];
  if (settings.neutralise !== false && charge !== 0) {
    if (Math.abs(charge - whole) > 0.01)
      throw new InputError(
        where,
        `the solute has the charge ${charge.toPrecision(6)}, which is no whole number: ions cannot balance it`,
      );
    const size = whole > 0 ? -minus : plus;
    if (whole % size !== 0)
      throw new InputError(
        where,
        `the solute has the charge ${whole}, which ions of charge ${whole > 0 ? minus : plus} cannot balance; choose others`,
      );
    if (whole > 0) negative += whole / size;
    else positive -= whole / size;
  }
  const units = Math.round(((settings.concentration ?? 0) * (waters - positive - negative)) / molarityOfWater);
  // A salt of M2+ has two anions.
  return { cations: positive + units * -minus, anions: negative + units * plus };
}

/** mol/L of liquid water of 1 g/cm3. */
const molarityOfWater = 1000 / 18.015;

/** Draws `count` different numbers below `from`, each set equally likely. */
export function draw(count: number, from: number, random: RandomSource): number[] {
  const deck = Array.from({ length: from }, (_, i) => i);
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(random() * (from - k));
    [deck[k], deck[other]] = [deck[other], deck[k]];
  }
  return deck.slice(0, count);
}
