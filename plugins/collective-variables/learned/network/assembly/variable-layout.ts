/** Where things lie in the block of a variable that is a network of superposed points: i32 unless it is said otherwise. */

/** Addresses of its superposition (alignment-layout.ts) and of its network (point.ts). */
export const ofSuperposition = 0;
export const ofNetwork = 4;
/** Rows of f64 like its inputs: bounds, and how often each input was outside them. */
export const low = 8;
export const high = 12;
export const outside = 16;
/** f64, positions and forces of a system, and (i32) where those of each point begin, in bytes. */
export const positions = 20;
export const forces = 24;
export const starts = 28;
/** f64: weights of the outputs, and their bytes. */
export const slopes = 32;
export const slopesBytes = 36;
/** Work space of the reverse pass: two rows of so many bytes. */
export const scratch = 40;
export const scratchBytes = 44;
/** f64: calls, and those in which an input was outside. */
export const evaluations = 48;
export const extrapolations = 56;
export const variableBytes = 64;
