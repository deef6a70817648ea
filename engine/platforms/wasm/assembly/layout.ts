/**
 * Codes and sizes that both sides of the memory agree on: imported by the AssemblyScript kernels and by the TypeScript that drives
 * them. Addresses are handed out by `allocate` alone (threads/assembly/memory.ts); no other file computes where a region begins.
 */

/** Particles of a cluster: the lanes of a 128-bit vector of f32. */
export const clusterSize = 4;

/**
 * Bytes of a cluster in arrays of f32: a vector each of x, y, z and charge, or of forces, or of the four parameters of a row; twice as many in
 * f64. List entries are multiples of it, and their low bits say which particles of the cluster are meant.
 */
export const recordBytes = 64;

/** Clusters of a block: parts of a pair set clear and sum their results block by block. */
export const clusterBlock = 32;

/** Pair potentials a set can have, by evaluator (evaluators/). */
export const pairNone = 0;
export const pairLennardJonesUniform = 1;
export const pairLennardJones = 2;
export const pairLennardJonesForceShift = 3;
export const pairLennardJonesSwitch = 4;
export const pairWcaUniform = 5;
export const pairWca = 6;
export const pairTable = 7;
export const pairLennardJonesForceSwitch = 8;

/** Numbers a type pair in a row of pair parameters: a vector each, contiguous for the four particles of a cluster. */
export const rowWidth = 4;

/** Coulomb pair functions. */
export const coulombNone = 0;
export const coulombReactionField = 1;
export const coulombEwald = 2;
export const coulombEwaldPolynomial = 3;

/**
 * Of `coulombEwaldPolynomial`: coefficients of the polynomial for the energy, the number of lines for the force up to the cut-off, and behind
 * how many numbers of the table they begin (one line more is in front of them, one behind: what masked lanes may meet).
 */
export const ewaldCoefficients = 15;
export const ewaldCells = 1024;
export const ewaldLinesAt = 18;

/** Numbers of an interval of a table: the coefficients of its cubic. */
export const tableWidth = 4;

/** Bonded terms (bonded.ts). */
export const bondHarmonic = 0;
export const bondFene = 1;
export const angleHarmonic = 2;
export const angleCosine = 3;
export const angleCosineSquared = 4;
export const torsionPeriodic = 5;
export const torsionRyckaertBellemans = 6;
export const listedPairs = 7;
export const bondTable = 8;
export const angleTable = 9;
export const torsionTable = 10;
export const excludedCharges = 11;

/** The table of erf(x)/x in s = x^2, for excluded charges: cells per unit of s, and how many; beyond s = 28 erf is 1 to 1e-13. */
export const excludedCellsPerUnit = 256;
export const excludedCells = 28 * 256;

/** Virtual sites (sites.ts): weighted averages, out of the plane of three particles, in a frame of axes. */
export const siteAverage = 0;
export const siteOutOfPlane = 1;
export const siteInFrame = 2;

/** Integrators whose loop runs in wasm from start to end (step.ts). */
export const velocityVerlet = 0;
export const langevin = 1;
export const overdampedLangevin = 2;

/** Thermostats of velocity Verlet (thermostats.ts). */
export const thermostatNone = 0;
export const thermostatBerendsen = 1;
export const thermostatVelocityRescaling = 2;
export const thermostatNoseHoover = 3;
export const thermostatMassiveNoseHoover = 4;

/** Numbers that a range of particles keeps for sums: two cache lines. */
export const sumWidth = 16;
/** Which of them: of the first and the second half of a step, kinetic energies, a number for all threads, momenta (4), lists (7). */
export const sumBegin = 0;
export const sumEnd = 1;
export const sumKinetic = 2;
export const sumScalar = 3;
export const sumMomentum = 4;
export const sumLists = 8;

/** Bytes of a virial: f64 xx, yy, zz, xy, xz, yz. It is symmetric, for no term of ours exerts a torque. */
export const virialBytes = 48;

/** What `run` and `computeForces` return. */
export const statusDone = 0;
export const statusUndefinedTerm = 1;
export const statusNotFinite = 2;
/** A particle has moved further than the cut-off within a step. */
export const statusMovedFar = 3;
/** A constraint cannot be met. */
export const statusConstraint = 4;

/** Tasks whose time is taken. */
export const taskPairs = 0;
export const taskList = 1;
export const taskBonded = 2;
export const taskIntegrate = 3;
export const taskMesh = 4;
export const taskCount = 5;

/**
 * A function of another module that the loop of steps calls (calls.ts): its place in the table and the address it is given (i32), the first step in
 * which it is called, and the milliseconds it took (f64).
 */
export const callFunction = 0;
export const callBlock = 4;
export const callFrom = 8;
export const callTime = 16;
export const callBytes = 24;
