/** Schema fragments that several integrators and thermostats share, and how their settings are read. */
import type { Schema, Settings } from '../scenario/schema.ts';

export const timestep: Schema = {
  quantity: 'time',
  exclusiveMinimum: 0,
  description: 'Timestep, for example "1 fs"; 0.005 in lj units.',
};

export const temperature: Schema = { quantity: 'temperature', exclusiveMinimum: 0, description: 'Temperature of the heat bath.' };

export const removeCenterOfMass: Schema = {
  type: 'integer',
  minimum: 0,
  description: 'Steps between removals of the centre-of-mass motion; 0: never.',
};

/** A number that the schema has guaranteed. */
export function number(settings: Settings, key: string): number {
  return settings[key] as number;
}
