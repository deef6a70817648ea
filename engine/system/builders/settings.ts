/** Pieces of schema that builders share, and how a box follows from edges or from a density. */
import { InputError } from '../../errors.ts';
import { pow } from '../../math/functions.ts';
import type { Schema } from '../../scenario/schema.ts';
import { type Box, orthorhombic } from '../box.ts';
import { boxFromNumbers } from '../formats/box-vectors.ts';

export const boxSchema: Schema = {
  type: 'array',
  description: 'The periodic box: three edges, or nine components [ax, 0, 0, bx, by, 0, cx, cy, cz].',
  items: { quantity: 'length' },
  minItems: 3,
  maxItems: 9,
};

export const densitySchema: Schema = {
  quantity: 'density',
  exclusiveMinimum: 0,
  description: 'Density from which a cubic box follows: mass density, or particles per volume in lj units.',
};

export const particleSchema: Schema = {
  type: 'object',
  description: 'What each particle is.',
  properties: {
    type: { type: 'string', description: 'Name of its type.', default: 'A' },
    mass: {
      quantity: 'mass',
      exclusiveMinimum: 0,
      description: 'In md units it has to be given unless `element` is; 1 in lj units if absent.',
    },
    charge: { quantity: 'charge', description: 'Charge.', default: 0 },
    element: { type: 'string', description: 'Element symbol, from which the mass follows in md units.' },
  },
};

export interface ParticleSettings {
  readonly type?: string;
  readonly mass?: number;
  readonly charge?: number;
  readonly element?: string;
}

export interface BoxSettings {
  readonly box?: readonly number[];
  readonly density?: number;
}

/** A cubic box in which this amount (mass in md units, particles in lj units) has the density. */
export function cubeForDensity(amount: number, density: number, where: string): Box {
  if (!(density > 0)) throw new InputError(`${where}.density`, `the density is ${density}; it must be positive`);
  const edge = cubeRoot(amount / density);
  return orthorhombic(edge, edge, edge);
}

/** The cube root, equal on every machine (Math.cbrt need not be): pow, then one Newton step. */
export function cubeRoot(x: number): number {
  const y = pow(x, 1 / 3);
  return y - (y * y * y - x) / (3 * y * y);
}

/** The box that the settings ask for, or `null` if they ask for none. Throws InputError if they ask for two. */
export function boxFromSettings(settings: BoxSettings, amount: number, where: string): Box | null {
  if (settings.box && settings.density !== undefined) throw new InputError(where, 'give either box or density, not both');
  if (settings.box) return boxFromNumbers(settings.box, `${where}.box`);
  if (settings.density !== undefined) return cubeForDensity(amount, settings.density, where);
  return null;
}
