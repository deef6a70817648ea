/** The exports of the platform's WebAssembly. */
export { allocate, arenaAddress, catchUp } from '../../../threads/assembly/memory';
export * from './state';
export { useCalls } from './calls';
export { times } from './clock';
export { joinTeam } from '../../../threads/assembly/threads';
export { buildLists } from './lists';
export { pruneLists } from './prunes';
export { moveOfSlot } from './records';
export {
  allocateTables, configurePotential, createSet, findInert, fixBuffers, setAllPrunes, setBlind, setBuffers, setBuilds, setBuiltAt, setCandidates, setCharge, setClusters, setCoulombTable,
  setCounters, setDangerous, setEnergy, setEntries, setEvaluations, setExcluded, setExcludedStart, setHorizon, setMargin, setMatrix, setOrder, setOuter, setOuterEntries, setPrunedAt, setPrunes,
  setRecordsAtPrune, setTable, setType, useSmoothForces,
} from './set';
export {
  bondedAtoms, bondedEnergy, bondedFailed, bondedFailedAt, bondedParameters, bondedStarts, createBonded,
} from './bonded';
export { chainStride, configureRun, configureThermostat, noiseKeys, prepareMasses, useConstraints, variables } from './dynamics';
export { addBondedSet, addPairSet, addPme, addSites, computeForces, createForces, placeSites, spreadSites, useForces } from './forces';
export { createSites, siteNumbers, siteParents, siteRecords, siteStarts, siteVirial } from './sites';
export {
  allFinite, beginStep, completed, drift, endStep, enter, kick, kineticEnergy, removeCenterOfMassMotion, run,
  scaleVelocities, useScripts,
} from './step';
export {
  constrainMove, constraintAtoms, constraintBefore, constraintFailure, constraintInverseMass, constraintShapes, constraintSquares, constraintStars, constraintStarts, constraintWaters, createConstraints,
  projectVelocities, rememberPositions,
} from './constraints';
export { createPme, finishPme, pmeCharge, pmeEnergy, pmeModuli } from './mesh';
