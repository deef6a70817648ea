/**
 * A dense network at one point and the superposition of points, as a simulation asks for them in every step (AssemblyScript, compiled by
 * tools/build/assembly.mjs): for one instance on a memory of its own, or on that of a platform, whose loop of steps then calls `variable.ts`.
 */
export { alignPoints, pullBackPoints } from './alignment';
export { evaluatePoint, forwardPoint, reversePoint } from './point';
export { forwardVariable, gradientOf, reverseVariable, valuesOfRows } from './variable';

export function heapBase(): usize {
  return __heap_base;
}
