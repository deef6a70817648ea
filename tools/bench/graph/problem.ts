/** The network, sites and targets that the learning stacks are compared on: 1024 sites, 8192 directed edges, 64 features, 32 Gaussians, 2 layers. */
import seedrandom from 'seedrandom';
import { orthorhombic } from '../../../engine/index.ts';
import type { GraphArchitecture } from '../../../plugins/potentials/graph/architecture.ts';
import type { FilterShape } from '../../../plugins/potentials/graph/filters.ts';
import { emptyPairs, neighbourPairs } from '../../../plugins/potentials/neighbour-pairs.ts';

const sites = 1024;
const pairsWanted = 4096;

/** Sites of a jittered lattice, and the cut-off that leaves so many pairs within it. */
export function graphProblem() {
  const random = seedrandom('graph benchmark');
  const edge = 3;
  const perEdge = Math.ceil(Math.cbrt(sites));
  const spacing = edge / perEdge;
  const positions = Float64Array.from({ length: 3 * sites }, (_, k) => {
    const i = Math.floor(k / 3);
    const cell = [i % perEdge, Math.floor(i / perEdge) % perEdge, Math.floor(i / perEdge ** 2)][k % 3];
    return spacing * (cell + 0.6 * (random() - 0.5));
  });
  const box = orthorhombic(edge, edge, edge);
  const distances = neighbourPairs(positions, box, 0.6, null, emptyPairs());
  const sorted = distances.distance.slice(0, distances.count).sort();
  const cutoff = 0.5 * (sorted[pairsWanted - 1] + sorted[pairsWanted]);
  const grid = { cutoff, intervals: 256 };
  const architecture: GraphArchitecture = {
    species: 2,
    features: 64,
    layers: 2,
    nonbonded: grid,
    bonded: { cutoff: 0.4, intervals: 16 },
    energyScale: 1,
  };
  const shape: FilterShape = { grid, from: 0.1, to: cutoff, radialFunctions: 32, hidden: 64, scale: 0.35 };
  return {
    positions,
    box,
    architecture,
    filters: { nonbonded: shape, bonded: { ...shape, grid: architecture.bonded, to: 0.4 } },
    species: Int32Array.from({ length: sites }, (_, i) => i % 2),
    targets: Float64Array.from({ length: 3 * sites }, () => 10 * (random() - 0.5)),
    random,
  };
}
