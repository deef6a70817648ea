/** The engine's public index: all that plugins and tools may import. */

export { registerEngine } from './builtin.ts';
export type * from './dynamics/barostat.ts';
export { axisGroups, barostatProperties, extent } from './dynamics/barostat.ts';
export { bathTemperature, describeDynamics } from './dynamics/describe.ts';
export type * from './dynamics/dynamics.ts';
export { InputError, Interrupted, nearest, SimulationError } from './errors.ts';
export type * from './forces/description.ts';
export type { FieldData } from './forces/field.ts';
export type * from './forces/terms.ts';
export { compileExpression } from './math/expression.ts';
export type { Expression } from './math/expression-program.ts';
export { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, sincos, tan } from './math/functions.ts';
export type { BlockAverage, LinearFit } from './math/statistics.ts';
export { blockAverage, linearFit } from './math/statistics.ts';
export type * from './platforms/platform.ts';
export { expandNoiseKey, Noise, noiseKey } from './random/noise.ts';
export type { Described, Plugin, RegistryKind, RegistryKinds, Status } from './registry.ts';
export { Registry } from './registry.ts';
export { publishedSchema } from './scenario/json-schema.ts';
export { describeQuantity, parseQuantity } from './scenario/quantity.ts';
export { parseScenario, resolveScenario } from './scenario/resolve.ts';
export type { ResolvedScenario, ResolvedStage } from './scenario/scenario.ts';
export type { Dimension, Schema, Settings } from './scenario/schema.ts';
export { applySet } from './scenario/set.ts';
export type { UnitConstants, UnitSystem } from './scenario/units.ts';
export { unitConstants, unitOf } from './scenario/units.ts';
export type { StageReferenceSetting } from './scenario/validate.ts';
export { wholeSteps } from './stages/schedule.ts';
export { prepareSimulation } from './stages/simulate.ts';
export type { AssemblyStart, FinishedStage, Progress, StageContext, StageFolder, StageKind } from './stages/stage.ts';
export { buildSystem } from './system/assemble.ts';
export type { Box } from './system/box.ts';
export { isOrthorhombic, minimumImage, openBox, orthorhombic, smallestWidth, volume } from './system/box.ts';
export type { BuildContext, SystemBuilder } from './system/builder.ts';
export type { ConstraintChoice, Constraints } from './system/constraints.ts';
export { constrainBonds, noConstraints, repartitionMasses, replicateConstraints, waters } from './system/constraints.ts';
export type { Element } from './system/elements.ts';
export { elementOf } from './system/elements.ts';
export type { BondSource, ReadOptions } from './system/formats/format.ts';
export { readStructure } from './system/formats/read.ts';
export type { BondableStructure } from './system/residue-bonds.ts';
export { addResidueBonds, isStandardResidue } from './system/residue-bonds.ts';
export type { StructureJson, StructureParts } from './system/structure.ts';
export {
  checkStructure,
  concatenate,
  makeStructure,
  moleculeCount,
  particleLabel,
  replicate,
  structureFromJson,
  structureToJson,
} from './system/structure.ts';
export type { Assembly, Structure, System, SystemDescription } from './system/system.ts';
export type { BondGraph } from './system/topology.ts';
export {
  anglesFromBonds,
  bondGraph,
  dihedralsFromBonds,
  makeWhole,
  moleculesFromBonds,
  pairsByBonds,
} from './system/topology.ts';
export type { VirtualSite } from './system/virtual-sites.ts';
export { checkVirtualSites, replicateSites } from './system/virtual-sites.ts';
export { type KernelMemory, OwnMemory } from './threads/kernel-memory.ts';
export { importsOf, lazyModule, requiredModule, type SharedKernel, sharedMemory } from './threads/module.ts';
export { startThreads } from './threads/start.ts';
export { KernelStopped, type Program, Threads } from './threads/threads.ts';
export type { LineSink } from './trajectory/appended-files.ts';
export type { Checkpoint, CheckpointMetadata } from './trajectory/checkpoint.ts';
export { readCheckpoint, removeCheckpoints, writeCheckpoint } from './trajectory/checkpoint.ts';
export type { DcdContents } from './trajectory/dcd.ts';
export { DcdWriter, openDcd } from './trajectory/dcd.ts';
export { ExtXyzWriter } from './trajectory/extxyz.ts';
export type { FieldsTable } from './trajectory/fields.ts';
export { fieldNumber, fieldsHeader, fieldsRow, parseFields, periodConstants } from './trajectory/fields.ts';
export type { H5mdMetadata } from './trajectory/h5md.ts';
export { writeH5md } from './trajectory/h5md.ts';
export { openH5md } from './trajectory/h5md-reader.ts';
export type { FrameContents, FrameRecord, FrameSource } from './trajectory/journal.ts';
export { JournalReader, JournalWriter } from './trajectory/journal.ts';
export type { LogContents, LogTable } from './trajectory/log.ts';
export { LogWriter, logFile, readLog } from './trajectory/log.ts';
export { copyFrames, journalFile, openTrajectory, structureFile, trajectoryFile, writeStructureFile } from './trajectory/open.ts';
export type { FinishOptions, RecorderOptions } from './trajectory/recorder.ts';
export { TrajectoryRecorder } from './trajectory/recorder.ts';
export type { Frame, FrameSink, Trajectory } from './trajectory/trajectory.ts';
export type * from './variables/bias.ts';
export { compileVariables, type VariableSet } from './variables/compile.ts';
export type { EarlierBias } from './variables/earlier-bias.ts';
export { strainsOf } from './variables/strain.ts';
export type * from './variables/variable.ts';
export { difference, hasPullBack, wrapped } from './variables/variable.ts';
export { version } from './version.ts';
