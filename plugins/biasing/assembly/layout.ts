/** Where things lie in the memory of the kernel of extended variables, for both sides. Everything is f64 unless it is said otherwise. */

/** Numbers of an extended variable: its value, its velocity before the last half kick of the step, the forces of spring and bias on it. */
export const value = 0;
export const velocity = 8;
export const spring = 16;
export const force = 24;
/** One step before. */
export const forceBefore = 32;
export const valueBefore = 40;
/** Of the real variable: its value now, and the least and greatest so far (infinite where any is allowed). */
export const real = 48;
export const least = 56;
export const greatest = 64;
/** Constants: spring, mass, what the bath adds to the velocity in a step, beginning and length of the period (0: none). */
export const stiffness = 72;
export const mass = 80;
export const spread = 88;
export const periodFrom = 96;
export const periodLength = 104;
/** Of its value among the middles of bins: where those around it are (i32), how far it is from the first to the second, and 1/width or 0. */
export const low = 112;
export const high = 116;
export const along = 120;
export const scale = 128;
export const variableBytes = 136;

/**
 * Bins: addresses (i32) of counts by bin, and of sums by bin and axis, the first axis fastest; then the axes. Of the energy that is taken off: its
 * address in place of that of the counts.
 */
export const samples = 0;
export const sums = 4;
export const axes = 8;
/** Of an axis: start and width of its bins, and how many there are. */
export const axisStart = 0;
export const axisWidth = 8;
export const axisCount = 16;
export const axisBytes = 24;

/** Room that a fit of the energy needs: f64 a bin, then for each bin and axis of i32 and of f64. */
export const fitNumbersOfBin = 6;
export const fitIndicesOfEdge = 2;
export const fitNumbersOfEdge = 2;

/** What `begin` leaves to JavaScript: points lie outside their bins, or a fit of the energy is due. */
export const realOutside = 1;
export const extendedOutside = 2;
export const fitDue = 4;
/** The step is not begun before JavaScript has done what it has to do first. */
export const attentionDue = 8;

/** Of a component in the loop of steps of a platform, i32: addresses of its value and of its slope. */
export const componentValue = 0;
export const componentSlope = 4;
export const componentBytes = 8;

/** Steps whose noise is made at once: a multiple of four that divides 2^32. */
export const stepsAhead = 16;
/** Of the expanded key of the noise, i32. */
export const keyBytes = 96;
