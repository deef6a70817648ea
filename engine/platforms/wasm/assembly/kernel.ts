/** The exports of the platform's WebAssembly. */
export { allocate } from './memory';
export * from './state';
export { buildLists, pruneList, updateLists } from './lists';
export { updateRecords } from './sort';
export {
  allocateTables, configurePotential, createSet, fixBuffers, setBuffers, setBuilds, setBuiltAt, setCharge, setCoulombTable, setCounters, setEnergy,
  setEvaluations, setExcluded, setExcludedStart, setInner, setIsBuilt, setListed, setMatrix, setOuter, setPrunedAt, setPrunes, setTable,
  setType,
} from './set';
export {
  bondedAtoms, bondedEnergy, bondedFailed, bondedFailedAt, bondedParameters, createBonded,
} from './bonded';
export { chainStride, configureRun, configureThermostat, noiseKeys, prepareMasses, variables } from './dynamics';
export {
  addBondedSet, addPairSet, addPme, allFinite, beginStep, completed, computeForces, createForces, drift, endStep, kick, kineticEnergy,
  removeCenterOfMassMotion, run, scaleVelocities, times,
} from './step';
export {
  constrainMove, constraintAtoms, constraintBefore, constraintInverseMass, constraintShapes, constraintSquares, constraintStarts, constraintWaters, createConstraints,
  projectVelocities, rememberPositions,
} from './constraints';
export { createPme, finishPme, pmeCharge, pmeEnergy, pmeModuli, pmeVirial } from './mesh';
