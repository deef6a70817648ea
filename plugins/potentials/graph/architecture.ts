/** The shape of a graph network: its sizes, and where each of its parameters lies in one flat array. */

/** Filters of one kind of edge live on a uniform grid of distances: `intervals` intervals from 0 to `cutoff` (length). */
export interface RadialGrid {
  readonly cutoff: number;
  readonly intervals: number;
}

export interface GraphArchitecture {
  /** Number of kinds of sites. */
  readonly species: number;
  /** Width of every layer; a multiple of 16 for the SIMD kernel. */
  readonly features: number;
  /** Interaction layers. */
  readonly layers: number;
  readonly nonbonded: RadialGrid;
  readonly bonded: RadialGrid;
  /** What the network's output is multiplied with, energy units. */
  readonly energyScale: number;
}

/** A named part of the flat array of dense parameters; matrices are row-major [inputs, outputs]. */
export interface ParameterSlice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Coefficients of a cubic B-spline on a grid: two more than nodes. */
export function gridRows(grid: RadialGrid): number {
  return grid.intervals + 3;
}

/** Rows of the combined filter table of one layer: non-bonded rows first, bonded rows after. */
export function tableRows(architecture: GraphArchitecture): number {
  return gridRows(architecture.nonbonded) + gridRows(architecture.bonded);
}

/** Length of the filter tables of all layers, laid out [layer][row][feature]. */
export function tableSize(architecture: GraphArchitecture): number {
  return architecture.layers * tableRows(architecture) * architecture.features;
}

/**
 * The dense parameters in the order in which they lie in one flat array:
 * embedding; for each layer `send`, `update`, `updateBias`, `output`, `outputBias`; `readout`, `readoutBias`, `readoutOutput`.
 */
export function parameterLayout(architecture: GraphArchitecture): ParameterSlice[] {
  const { species, features: f, layers } = architecture;
  const slices: ParameterSlice[] = [];
  let offset = 0;
  const add = (name: string, ...shape: number[]): void => {
    const size = shape.reduce((product, n) => product * n, 1);
    slices.push({ name, shape, offset, size });
    offset += size;
  };
  add('embedding', species, f);
  for (let layer = 0; layer < layers; layer++) {
    add(`layer${layer}.send`, f, f);
    add(`layer${layer}.update`, f, f);
    add(`layer${layer}.updateBias`, f);
    add(`layer${layer}.output`, f, f);
    add(`layer${layer}.outputBias`, f);
  }
  add('readout', f, f);
  add('readoutBias', f);
  add('readoutOutput', f);
  return slices;
}

/** Length of the flat array of dense parameters. */
export function parameterSize(architecture: GraphArchitecture): number {
  const last = parameterLayout(architecture).at(-1);
  return last ? last.offset + last.size : 0;
}

/** Offsets of one layer's matrices in the flat array. */
export interface LayerOffsets {
  readonly send: number;
  readonly update: number;
  readonly updateBias: number;
  readonly output: number;
  readonly outputBias: number;
}

export interface ParameterOffsets {
  readonly embedding: number;
  readonly layers: readonly LayerOffsets[];
  readonly readout: number;
  readonly readoutBias: number;
  readonly readoutOutput: number;
}

export function parameterOffsets(architecture: GraphArchitecture): ParameterOffsets {
  const { species, features: f, layers } = architecture;
  const layerSize = 3 * f * f + 2 * f;
  const at = (layer: number): LayerOffsets => {
    const o = species * f + layer * layerSize;
    return {
      send: o,
      update: o + f * f,
      updateBias: o + 2 * f * f,
      output: o + 2 * f * f + f,
      outputBias: o + 3 * f * f + f,
    };
  };
  const end = species * f + layers * layerSize;
  return {
    embedding: 0,
    layers: Array.from({ length: layers }, (_, layer) => at(layer)),
    readout: end,
    readoutBias: end + f * f,
    readoutOutput: end + f * f + f,
  };
}
