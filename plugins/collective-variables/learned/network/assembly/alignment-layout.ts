/**
 * Where things lie in the block of a superposition, for the kernel and for those who fill it: sizes, addresses of rows of coordinates (all x, all y, all
 * z, each padded to an even number), and what `alignPoints` leaves.
 */

/** i32. */
export const blockAtoms = 0;
/** Bytes of a row. */
export const blockRow = 4;
/** Addresses: `points` and `slopes` are written by whoever calls. */
export const blockPoints = 8;
/** About its centre. */
export const blockReference = 12;
export const blockCentred = 16;
export const blockAligned = 20;
/** Derivative by the aligned points. */
export const blockSlopes = 24;
/** Derivative by the points, x, y, z of one after the other; room for an even number of points. */
export const blockGradient = 28;
/** f64: sum of squares of the reference. */
export const blockSpread = 32;
/** f64, and behind it the quaternion. */
export const blockEigenvalue = 40;
export const blockQuaternion = 48;
/** 4 x 4, row-major. */
export const blockKey = 80;
/** 3 x 3, row-major. */
export const blockRotation = 208;
/** f64: 1 over the number of atoms. */
export const blockShare = 280;
/** Of a 4 x 4 matrix: six below its diagonal, row by row of columns, then four inverses. */
export const blockFactors = 288;
/** 32 numbers. */
export const blockWork = 368;
/** Address of rows: work space for the derivative by the points. */
export const blockGradientRows = 624;
export const blockBytes = 632;
