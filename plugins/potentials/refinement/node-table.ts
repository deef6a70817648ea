/** From values at the nodes of a channel to a smooth table. */
import type { Table } from '../../../engine/index.ts';
import type { HistogramChannel } from './histogram.ts';

/**
 * The table through `values` at the nodes: slopes by central differences (Catmull-Rom). At the cut-off a pair table ends at zero with zero
 * slope; a periodic table closes on itself with one more node.
 */
export function nodeTable(channel: HistogramChannel, values: ArrayLike<number>): Table {
  const { nodes, spacing, periodic, coordinate } = channel;
  const shift = coordinate === 'pair' ? values[nodes - 1] : 0;
  const at = (k: number): number =>
    periodic ? values[((k % nodes) + nodes) % nodes] : values[Math.max(0, Math.min(nodes - 1, k))] - shift;
  const count = periodic ? nodes + 1 : nodes;
  const slope = (k: number): number => {
    if (periodic || (k > 0 && k < nodes - 1)) return (at(k + 1) - at(k - 1)) / (2 * spacing);
    if (k === 0) return (at(1) - at(0)) / spacing;
    return coordinate === 'pair' ? 0 : (at(k) - at(k - 1)) / spacing;
  };
  return {
    start: channel.start,
    spacing,
    values: Float64Array.from({ length: count }, (_, k) => at(k)),
    derivatives: Float64Array.from({ length: count }, (_, k) => slope(k)),
  };
}

/** One pass of a 1-2-1 filter over node values, the ends kept; removes what alternates from node to node. */
export function smoothed(channel: HistogramChannel, values: Float64Array): Float64Array {
  const { nodes, periodic } = channel;
  return values.map((value, k) => {
    if (!periodic && (k === 0 || k === nodes - 1)) return value;
    return 0.25 * values[(k + nodes - 1) % nodes] + 0.5 * value + 0.25 * values[(k + 1) % nodes];
  });
}
