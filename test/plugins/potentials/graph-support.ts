/** Small random systems for the tests of the graph potential. */
import seedrandom from 'seedrandom';
import { type Box, minimumImage, orthorhombic } from '../../../engine/index.ts';
import { type GraphArchitecture, parameterSize, tableSize } from '../../../plugins/potentials/graph/architecture.ts';

export interface RandomSystem {
  readonly box: Box;
  readonly positions: Float64Array;
  readonly species: Int32Array;
  readonly bonded: Int32Array;
}

/** Dimers, 0.2 to 0.26 long, whose sites keep 0.3 from those of other dimers. */
export function randomDimers(molecules: number, box: Box, seed: string): RandomSystem {
  const random = seedrandom(seed);
  const v = box.vectors ?? Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2);
  const placed: number[] = [];
  const d = new Float64Array(3);
  while (placed.length < 6 * molecules) {
    const [a, b, c] = [random(), random(), random()];
    const first = [a * v[0] + b * v[3] + c * v[6], b * v[4] + c * v[7], c * v[8]];
    const axis = [random() - 0.5, random() - 0.5, random() - 0.5];
    const length = Math.hypot(...axis);
    const bond = 0.2 + 0.06 * random();
    const second = first.map((x, k) => x + (bond * axis[k]) / length);
    const free = [first, second].every((site) => {
      for (let p = 0; p < placed.length; p += 3) {
        for (let k = 0; k < 3; k++) d[k] = site[k] - placed[p + k];
        minimumImage(box, d);
        if (Math.hypot(d[0], d[1], d[2]) < 0.3) return false;
      }
      return true;
    });
    if (free) placed.push(...first, ...second);
  }
  return {
    box,
    positions: Float64Array.from(placed),
    species: Int32Array.from({ length: 2 * molecules }, (_, i) => i % 2),
    bonded: Int32Array.from({ length: 2 * molecules }, (_, i) => i),
  };
}

/** Every pair that is not bonded, as a pair list. */
export function allPairs(sites: number, bonded: Int32Array): { start: Int32Array; neighbours: Int32Array } {
  const excluded = new Set<number>();
  for (let k = 0; k < bonded.length; k += 2) excluded.add(bonded[k] * sites + bonded[k + 1]);
  const start = new Int32Array(sites + 1);
  const neighbours: number[] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) if (!excluded.has(i * sites + j)) neighbours.push(j);
    start[i + 1] = neighbours.length;
  }
  return { start, neighbours: Int32Array.from(neighbours) };
}

export function testArchitecture(overrides: Partial<GraphArchitecture> = {}): GraphArchitecture {
  return {
    species: 2,
    features: 16,
    layers: 2,
    nonbonded: { cutoff: 0.6, intervals: 48 },
    bonded: { cutoff: 0.4, intervals: 32 },
    energyScale: 3,
    ...overrides,
  };
}

/** Random parameters, and smooth random tables that end at zero at the cut-off. */
export function randomNetwork(a: GraphArchitecture, seed: string): { parameters: Float64Array; tables: Float64Array } {
  const random = seedrandom(seed);
  const scale = 1.5 / Math.sqrt(a.features);
  const parameters = Float64Array.from({ length: parameterSize(a) }, () => scale * 2 * (random() - 0.5));
  const tables = new Float64Array(tableSize(a));
  let at = 0;
  for (let layer = 0; layer < a.layers; layer++)
    for (const grid of [a.nonbonded, a.bonded]) {
      const phase = Array.from({ length: a.features }, () => [6 * random(), 3 + 12 * random()]);
      for (let row = 0; row < grid.intervals + 3; row++)
        for (let f = 0; f < a.features; f++) {
          const u = (row - 1) / (grid.intervals - 2);
          const envelope = u < 1 ? (1 - u * u) ** 2 : 0;
          tables[at++] = 0.5 * envelope * Math.sin(phase[f][0] + phase[f][1] * u);
        }
    }
  return { parameters, tables };
}

export const smallBoxes: Readonly<Record<string, Box>> = {
  open: { vectors: null },
  orthorhombic: orthorhombic(1.3, 1.4, 1.5),
  triclinic: { vectors: Float64Array.of(1.5, 0, 0, 0.3, 1.5, 0, -0.25, 0.35, 1.45) },
};
