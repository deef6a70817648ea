/** The engine's public index: all that plugins and tools may import. */

export type * from './dynamics/dynamics.ts';
export { InputError, Interrupted, nearest, SimulationError } from './errors.ts';
export type * from './forces/description.ts';
export type * from './forces/terms.ts';
export { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, sincos, tan } from './math/functions.ts';
export type * from './platforms/platform.ts';
export { derivedSeed, Noise } from './random/noise.ts';
export type { Described, Plugin, RegistryKind, RegistryKinds, Status } from './registry.ts';
export { Registry } from './registry.ts';
export type { Dimension, Schema, Settings } from './scenario/schema.ts';
export type { UnitConstants, UnitSystem } from './scenario/units.ts';
export { unitConstants } from './scenario/units.ts';
export type { FinishedStage, Progress, StageContext, StageFolder, StageKind } from './stages/stage.ts';
export type { Box } from './system/box.ts';
export { isOrthorhombic, minimumImage, openBox, orthorhombic, smallestWidth, volume } from './system/box.ts';
export type { BuildContext, SystemBuilder } from './system/builder.ts';
export type { Assembly, Structure, System } from './system/system.ts';
export type { Frame, FrameSink, Trajectory } from './trajectory/trajectory.ts';
