/** Tabulated potentials as plain functions of stored frames, for training and for judging. */
import type { Box, Structure, Table } from '../../engine/index.ts';
import { coordinateFunctions } from './coordinates.ts';
import { evaluateTable } from './hermite-table.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from './neighbour-pairs.ts';
import type { TableKey } from './tables.ts';
import { arity, bondedGroups, exclusionsAlongBonds, typeMatrix } from './topology.ts';

export interface CompiledTables {
  readonly excludedBonds: number;
  /** Largest distance of a pair. */
  readonly cutoff: number;
  readonly tables: readonly { readonly key: TableKey; readonly table: Table }[];
}

/** The tables as a plain function that adds their forces: the same that `tableForces` describes for the engine. */
export function compileTables(
  structure: Structure,
  { excludedBonds, cutoff, tables }: CompiledTables,
): (positions: Float64Array, box: Box, forces: Float64Array) => void {
  const find = (coordinate: string, types: readonly string[]): Table | undefined =>
    tables.find(({ key }) => key.coordinate === coordinate && key.types.join(' ') === types.join(' '))?.table;
  const bonded = bondedGroups(structure).map((group) => ({ ...group, table: find(group.coordinate, group.types) }));
  const ofPair = typeMatrix<Table | null>(structure, (a, b) => find('pair', [a, b]), null);
  const excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, excludedBonds));
  const types = structure.typeNames.length;
  const pairs = emptyPairs();
  const gradient = new Float64Array(12);
  const out = new Float64Array(2);
  return (positions, box, forces) => {
    for (const { coordinate, sites, table } of bonded) {
      if (!table) continue;
      const width = arity[coordinate];
      for (let o = 0; o < sites.length; o += width) {
        evaluateTable(table, coordinateFunctions[coordinate](positions, box, sites, o, gradient), out);
        for (let a = 0; a < width; a++) for (let c = 0; c < 3; c++) forces[3 * sites[o + a] + c] -= out[1] * gradient[3 * a + c];
      }
    }
    neighbourPairs(positions, box, cutoff, excluded, pairs);
    for (let n = 0; n < pairs.count; n++) {
      const [i, j] = [pairs.i[n], pairs.j[n]];
      const table = ofPair[structure.type[i] * types + structure.type[j]];
      if (!table) continue;
      evaluateTable(table, pairs.distance[n], out);
      const scale = out[1] / pairs.distance[n];
      for (let c = 0; c < 3; c++) {
        forces[3 * i + c] += scale * pairs.vector[3 * n + c];
        forces[3 * j + c] -= scale * pairs.vector[3 * n + c];
      }
    }
  };
}
