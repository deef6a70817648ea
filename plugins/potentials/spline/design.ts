/** The design matrix of force matching: how the force on each site depends on each spline coefficient, frame by frame. */
import type { Box, Structure } from '../../../engine/index.ts';
import { coordinateFunctions } from '../coordinates.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import { loneBonds } from '../oriented/bonds.ts';
import { BondPairDesign } from '../oriented/design.ts';
import { arity, bondedGroups, exclusionsAlongBonds, type InternalCoordinate } from '../topology.ts';
import { type SplineGrid, splineColumns, splineDerivatives } from './b-spline.ts';

/** One spline: the coordinate and types it acts on, and where its coefficients are. */
export interface Channel {
  readonly coordinate: InternalCoordinate | 'pair' | 'bond-pair';
  readonly types: readonly string[];
  readonly grid: SplineGrid;
  /** Of a `bond-pair`: the degree of its angular functions. There is a channel for each of them, one after the other, on one grid. */
  readonly degree?: number;
}

interface PlacedChannel extends Channel {
  readonly offset: number;
  readonly columns: number;
  /** How many samples fell into each interval, over all frames that were counted. */
  readonly counts: Float64Array;
}

/** Fills design matrices for frames of one structure. The unknowns are the coefficients of all channels, one after the other. */
export class Design {
  readonly columns: number;
  readonly channels: readonly PlacedChannel[];
  readonly cutoff: number;
  /** Row-major, 3 sites x columns; the last frame's. */
  readonly matrix: Float64Array;
  /** For each site the columns that can be non-zero in its rows, flat [begin, end). */
  readonly ranges: readonly (readonly number[])[];
  private readonly bonded: readonly { readonly channel: PlacedChannel; readonly sites: Int32Array }[];
  private readonly pairChannel: readonly (PlacedChannel | undefined)[];
  private readonly type: Int32Array;
  private readonly types: number;
  private readonly excluded: ExcludedPairs;
  private readonly pairs = emptyPairs();
  private readonly bondPairs: { readonly design: BondPairDesign; readonly first: PlacedChannel } | null;

  constructor(structure: Structure, channels: readonly Channel[], excludedBonds: number) {
    let offset = 0;
    this.channels = channels.map((channel) => {
      const placed = {
        ...channel,
        offset,
        columns: splineColumns(channel.grid),
        counts: new Float64Array(channel.grid.intervals),
      };
      offset += placed.columns;
      return placed;
    });
    this.columns = offset;
    this.matrix = new Float64Array(3 * structure.mass.length * offset);
    this.type = structure.type;
    this.types = structure.typeNames.length;
    this.excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, excludedBonds));
    const find = (coordinate: string, types: readonly string[]) =>
      this.channels.find((c) => c.coordinate === coordinate && c.types.join(' ') === types.join(' '));
    this.bonded = bondedGroups(structure).flatMap(({ coordinate, types, sites }) => {
      const channel = find(coordinate, types);
      return channel ? [{ channel, sites }] : [];
    });
    const names = structure.typeNames;
    this.pairChannel = names.flatMap((a) => names.map((b) => find('pair', [a, b]) ?? find('pair', [b, a])));
    this.cutoff = Math.max(0, ...this.channels.map((c) => (c.coordinate === 'pair' ? gridEnd(c.grid) : 0)));
    const first = this.channels.find((c) => c.coordinate === 'bond-pair');
    const bonds = first ? loneBonds(structure) : null;
    this.bondPairs = first && bonds ? { design: new BondPairDesign(bonds, first.degree ?? 0, first.grid), first } : null;
    this.ranges = this.activeRanges(structure);
  }

  /** Columns that can be non-zero for each site: the bonded channels it takes part in and the pair channels of its type. */
  private activeRanges(structure: Structure): number[][] {
    const active = Array.from(structure.type, (t) => new Set(this.pairChannel.slice(t * this.types, (t + 1) * this.types)));
    for (const { channel, sites } of this.bonded) for (const site of sites) active[site].add(channel);
    return active.map((set) => {
      const ranges: number[] = [];
      for (const channel of this.channels) {
        if (!set.has(channel) && channel.coordinate !== 'bond-pair') continue;
        if (ranges.at(-1) === channel.offset) ranges[ranges.length - 1] += channel.columns;
        else ranges.push(channel.offset, channel.offset + channel.columns);
      }
      return ranges;
    });
  }

  /**
   * Fills `matrix` for a frame: force on site i along c = sum over k of matrix[(3 i + c) * columns + k] * coefficient k.
   * @param counting whether the samples of this frame count (those of the fit do, those of a look at its errors do not)
   */
  fill(positions: Float64Array, box: Box, counting = false): void {
    this.matrix.fill(0);
    const basis = new Float64Array(4);
    const gradient = new Float64Array(12);
    for (const { channel, sites } of this.bonded) {
      const width = arity[channel.coordinate as InternalCoordinate];
      const evaluate = coordinateFunctions[channel.coordinate as InternalCoordinate];
      for (let o = 0; o < sites.length; o += width) {
        const x = evaluate(positions, box, sites, o, gradient);
        const m = splineDerivatives(channel.grid, x, basis);
        if (counting) channel.counts[m]++;
        for (let k = 0; k < 4; k++) {
          const column = channel.grid.end === 'periodic' ? (m + k) % channel.columns : m + k;
          for (let a = 0; a < width; a++) {
            const at = 3 * sites[o + a] * this.columns + channel.offset + column;
            for (let c = 0; c < 3; c++) this.matrix[at + c * this.columns] -= basis[k] * gradient[3 * a + c];
          }
        }
      }
    }
    if (this.cutoff > 0) this.fillPairs(positions, box, basis, counting);
    if (!this.bondPairs) return;
    const { design, first } = this.bondPairs;
    const { matrix, columns } = this;
    design.fill({ matrix, columns, offset: first.offset }, positions, box, counting ? first.counts : null);
  }

  /** Adds the forces of `coefficients` on the frame that `matrix` was last filled for. */
  addForces(coefficients: Float64Array, forces: Float64Array): void {
    const { columns, matrix } = this;
    this.ranges.forEach((ranges, site) => {
      for (let row = 3 * site; row < 3 * site + 3; row++)
        for (let a = 0; a < ranges.length; a += 2)
          for (let k = ranges[a]; k < ranges[a + 1]; k++) forces[row] += matrix[row * columns + k] * coefficients[k];
    });
  }

  private fillPairs(positions: Float64Array, box: Box, basis: Float64Array, counting: boolean): void {
    const { matrix, columns, pairs } = this;
    neighbourPairs(positions, box, this.cutoff, this.excluded, pairs);
    for (let n = 0; n < pairs.count; n++) {
      const i = pairs.i[n];
      const j = pairs.j[n];
      const channel = this.pairChannel[this.type[i] * this.types + this.type[j]];
      if (!channel) continue;
      const r = pairs.distance[n];
      const m = splineDerivatives(channel.grid, r, basis);
      if (counting) channel.counts[m]++;
      const ux = pairs.vector[3 * n] / r;
      const uy = pairs.vector[3 * n + 1] / r;
      const uz = pairs.vector[3 * n + 2] / r;
      const last = Math.min(4, channel.columns - m);
      let p = 3 * i * columns + channel.offset + m;
      let q = 3 * j * columns + channel.offset + m;
      for (let k = 0; k < last; k++, p++, q++) {
        const b = basis[k];
        matrix[p] += b * ux;
        matrix[p + columns] += b * uy;
        matrix[p + 2 * columns] += b * uz;
        matrix[q] -= b * ux;
        matrix[q + columns] -= b * uy;
        matrix[q + 2 * columns] -= b * uz;
      }
    }
  }
}

/** Ranges for rows that mix the sites of molecules of n sites each: the columns of any of them. */
export function mixedRanges(ranges: readonly (readonly number[])[], n: number): number[][] {
  return ranges.map((_, site) => {
    const first = site - (site % n);
    const columns = new Set<number>();
    for (const own of ranges.slice(first, first + n))
      for (let a = 0; a < own.length; a += 2) for (let k = own[a]; k < own[a + 1]; k++) columns.add(k);
    const merged: number[] = [];
    for (const k of [...columns].sort((a, b) => a - b)) {
      if (merged.at(-1) === k) merged[merged.length - 1] = k + 1;
      else merged.push(k, k + 1);
    }
    return merged;
  });
}

/** Where a grid ends (a pair's cut-off). */
export function gridEnd(grid: SplineGrid): number {
  return grid.start + grid.intervals * grid.spacing;
}
