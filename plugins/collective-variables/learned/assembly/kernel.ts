/**
 * Operations of dense networks in SIMD (AssemblyScript, compiled by tools/build/assembly.mjs): for batches of points (`batch.ts`),
 * whose numbers lie [unit][point] so that four or two points share a vector, and for one point at a time (`point.ts`).
 */
export * from './batch';
export * from './point';

export function heapBase(): usize {
  return __heap_base;
}
