/**
 * Operations of dense networks in SIMD (AssemblyScript, compiled by tools/build/assembly.mjs): for batches of points (`batch.ts`),
 * whose numbers lie [unit][point] so that four or two points share a vector, for one point at a time (`point.ts`), and
 * superposition of points (`alignment.ts`).
 */
export { alignPoints, pullBackPoints } from './alignment';
export * from './batch';
export * from './point';

export function heapBase(): usize {
  return __heap_base;
}
