/** Numbers of a component in settings: in its unit, or with one. */
import { type Component, parseQuantity, type Structure } from '../../engine/index.ts';

/** @throws InputError at `where` for a unit that does not fit */
export function numberOf(
  value: number | string,
  { dimension }: Pick<Component, 'dimension'>,
  units: Structure['units'],
  where: string,
): number {
  return parseQuantity(value, dimension, units, where);
}
