/** Histograms of all internal coordinates and pair distances of sites, on the nodes of the tables that act along them. */
import type { Box, Structure } from '../../../engine/index.ts';
import { coordinateFunctions } from '../coordinates.ts';
import type { TrainingSet } from '../model.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import type { TableKey } from '../tables.ts';
import { arity, bondedGroups, exclusionsAlongBonds } from '../topology.ts';
import { measureTrainingRange, straightens } from '../training-range.ts';

/** Nodes start, start + spacing, ...; a periodic channel has its last node one spacing before its first. */
export interface HistogramChannel extends TableKey {
  readonly start: number;
  readonly spacing: number;
  readonly nodes: number;
  readonly periodic: boolean;
  /** Index of its first node among those of all channels. */
  readonly offset: number;
}

export interface HistogramOptions {
  readonly cutoff: number;
  readonly excludedBonds: number;
  /** Spacing of the nodes of pairs, length. */
  readonly pairSpacing: number;
  /** Nodes over the observed range of a bond or angle, and over the full turn of a dihedral. */
  readonly bondedNodes: number;
}

/** Counts each sample on its two nearest nodes by its distance from them (linear weights): the derivative of the energy with respect to node values. */
export class SiteHistogram {
  readonly channels: readonly HistogramChannel[];
  /** Nodes of all channels together. */
  readonly nodes: number;
  private readonly structure: Structure;
  private readonly cutoff: number;
  private readonly excluded: ExcludedPairs;
  private readonly bonded: readonly { readonly channel: HistogramChannel; readonly sites: Int32Array }[];
  /** Channel of a pair of types, row-major; null for types that never met. */
  private readonly pairChannel: readonly (HistogramChannel | null)[];
  private readonly pairs = emptyPairs();
  private readonly gradient = new Float64Array(12);

  /** @param structure of the configurations that are counted: that of the set, or another size of the same system */
  constructor(set: TrainingSet, options: HistogramOptions, structure: Structure = set.structure) {
    this.structure = structure;
    this.cutoff = options.cutoff;
    this.excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, options.excludedBonds));
    this.channels = channelsOf(set, options);
    this.nodes = this.channels.reduce((sum, channel) => sum + channel.nodes, 0);
    const find = (coordinate: string, types: readonly string[]): HistogramChannel | null =>
      this.channels.find((c) => c.coordinate === coordinate && c.types.join(' ') === types.join(' ')) ?? null;
    this.bonded = bondedGroups(structure).flatMap(({ coordinate, types, sites }) => {
      const channel = find(coordinate, types);
      return channel ? [{ channel, sites }] : [];
    });
    const names = structure.typeNames;
    this.pairChannel = names.flatMap((a) => names.map((b) => find('pair', [a, b]) ?? find('pair', [b, a])));
  }

  /** Adds one configuration to `counts` (length `nodes`). */
  add(positions: Float64Array, box: Box, counts: Float64Array): void {
    const { structure, pairs, gradient } = this;
    for (const { channel, sites } of this.bonded) {
      if (channel.coordinate === 'pair') continue;
      const width = arity[channel.coordinate];
      const evaluate = coordinateFunctions[channel.coordinate];
      for (let o = 0; o < sites.length; o += width) count(channel, evaluate(positions, box, sites, o, gradient), counts);
    }
    neighbourPairs(positions, box, this.cutoff, this.excluded, pairs);
    const types = structure.typeNames.length;
    for (let n = 0; n < pairs.count; n++) {
      const channel = this.pairChannel[structure.type[pairs.i[n]] * types + structure.type[pairs.j[n]]];
      if (channel) count(channel, pairs.distance[n], counts);
    }
  }
}

function count({ start, spacing, nodes, periodic, offset }: HistogramChannel, x: number, counts: Float64Array): void {
  const u = (x - start) / spacing;
  const m = Math.floor(u);
  const t = u - m;
  const at = (k: number): number => (periodic ? ((k % nodes) + nodes) % nodes : Math.max(0, Math.min(nodes - 1, k)));
  counts[offset + at(m)] += 1 - t;
  counts[offset + at(m + 1)] += t;
}

/** Bonds and angles from their smallest to their largest value in training with a margin of two nodes, dihedrals all round (none where chains straighten), pairs from closest approach to cut-off. */
function channelsOf(set: TrainingSet, options: HistogramOptions): HistogramChannel[] {
  const { cutoff, pairSpacing, bondedNodes, excludedBonds } = options;
  const range = measureTrainingRange(set, excludedBonds);
  const straight = straightens(range);
  const channels: HistogramChannel[] = [];
  let offset = 0;
  const push = (channel: Omit<HistogramChannel, 'offset'>): void => {
    channels.push({ ...channel, offset });
    offset += channel.nodes;
  };
  for (const { coordinate, types, minimum, maximum } of range.bonded) {
    if (coordinate === 'dihedral') {
      if (straight) continue;
      push({ coordinate, types, start: -Math.PI, spacing: (2 * Math.PI) / bondedNodes, nodes: bondedNodes, periodic: true });
      continue;
    }
    const spacing = Math.max(maximum - minimum, 1e-6 * maximum) / (bondedNodes - 5);
    push({ coordinate, types, start: minimum - 2 * spacing, spacing, nodes: bondedNodes, periodic: false });
  }
  for (const { types, minimum } of range.pairs) {
    const nodes = Math.floor((cutoff - minimum) / pairSpacing) + 1;
    if (nodes < 4) continue;
    push({ coordinate: 'pair', types, start: cutoff - (nodes - 1) * pairSpacing, spacing: pairSpacing, nodes, periodic: false });
  }
  return channels;
}
