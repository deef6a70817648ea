/** What a compiled graph network does: energies and forces, and the gradient that trains it. */
import type { Box } from '../../../engine/index.ts';

/**
 * A network on a fixed set of sites.
 *
 * The passes are written once (`network.ts`) over operations on features. The reference (`reference.ts`) does these in f64 TypeScript,
 * written to be read; the fast one (`simd.ts`) in f32 WebAssembly with SIMD, on several threads, and must agree. A kernel owns its buffers and allocates
 * nothing in `evaluate` once its edge arrays have grown to the size needed.
 */
export interface GraphKernel {
  /** Dense parameters (`parameterLayout`) and filter tables [layer][row][feature]. */
  setNetwork(parameters: Float64Array, tables: Float64Array): void;
  /** Whether it finds the pairs of the non-bonded graph by itself; then there is no need to give it any. */
  readonly findsPairs: boolean;
  /** Candidate pairs of the non-bonded graph, each once: site i has `neighbours[start[i] .. start[i + 1]]`. */
  setPairs(start: Int32Array, neighbours: Int32Array): void;
  /** Adds forces and virial (sum over pairs of r_ij (x) f_ij); returns the network's energy. */
  evaluate(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number;
  /**
   * The gradient of u . grad V with respect to all parameters, for a constant direction u (3N) at the positions of the last
   * `evaluate`; added to `parameters` and `tables`, laid out as in `setNetwork`.
   *
   * This is all that force matching needs: with F = -grad V and the residual u = F - F_target held constant,
   * d|F - F_target|^2 = -2 d(u . grad V). It is computed as the derivative along u (a forward pass of tangents) of the ordinary
   * reverse pass, so no second reverse pass is needed.
   */
  addGradient(direction: Float64Array, parameters: Float64Array, tables: Float64Array): void;
  /** From the last `evaluate`: [r, i, j] of the closest non-bonded, the shortest bonded, the longest bonded pair; i = -1: none. */
  readonly extremes: Float64Array;
}

/** The sites that a kernel is compiled for. */
export interface GraphSites {
  /** Species of each site. */
  readonly species: Int32Array;
  /** Bonded edges, flat pairs. */
  readonly bonded: Int32Array;
  /** Pairs that are no non-bonded edges, flat, for kernels that find pairs; the bonded ones if absent. */
  readonly excluded?: Int32Array;
}
