/**
 * Operations of dense networks in SIMD (AssemblyScript, compiled by tools/build/assembly.mjs) for batches of points, whose numbers lie [unit][point] so
 * that four or two points share a vector. One point at a time: network/assembly.
 */
export * from './batch';

export function heapBase(): usize {
  return __heap_base;
}
