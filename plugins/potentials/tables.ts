/** Tabulated potentials of sites: how they are stored in a model, and as forces of the engine. */
import {
  type BondedForce,
  type ForceDescription,
  InputError,
  type NonbondedForce,
  type Structure,
  type Table,
} from '../../engine/index.ts';
import type { TrainedModel } from './model.ts';
import { arity, type BondedGroup, bondedGroups, exclusionsAlongBonds, type InternalCoordinate, typeMatrix } from './topology.ts';

/** The coordinate and the types of the sites that a table acts on. */
export interface TableKey {
  readonly coordinate: InternalCoordinate | 'pair';
  readonly types: readonly string[];
}

/** A table of a model, in its JSON part. Its numbers are the tensors `<tensor>.values` and `<tensor>.derivatives`. */
export interface TableEntry extends TableKey {
  readonly start: number;
  readonly spacing: number;
  readonly tensor: string;
}

export type Weights = Record<string, TrainedModel['weights'][string]>;

/** Puts the numbers of a table among the weights; returns its entry. `prefix` tells apart several tables of one coordinate. */
export function storeTable({ coordinate, types }: TableKey, table: Table, weights: Weights, prefix = ''): TableEntry {
  const tensor = `${prefix}${coordinate}.${types.join('.')}`;
  weights[`${tensor}.values`] = { shape: [table.values.length], data: table.values };
  weights[`${tensor}.derivatives`] = { shape: [table.derivatives.length], data: table.derivatives };
  return { coordinate, types, start: table.start, spacing: table.spacing, tensor };
}

/** The table of an entry, from the weights of its model. */
export function tableOf({ start, spacing, tensor }: TableEntry, weights: TrainedModel['weights']): Table {
  return {
    start,
    spacing,
    values: Float64Array.from(weights[`${tensor}.values`].data),
    derivatives: Float64Array.from(weights[`${tensor}.derivatives`].data),
  };
}

/** Tables that act together. */
export interface TableSet {
  /** What the energy table calls them: `<label>-bond`, `<label>-pair`. */
  readonly label: string;
  /** Largest distance of a pair. */
  readonly cutoff: number;
  /** Pairs up to so many bonds apart have no pair interaction. */
  readonly excludedBonds: number;
  readonly tables: readonly TableEntry[];
  /** On top of a complete model: a kind of bonded coordinate without any table has no force. */
  readonly partial?: boolean;
  /** Of a model that leaves dihedrals out because its chains straighten. */
  readonly withoutDihedrals?: boolean;
}

/**
 * One force a kind of coordinate.
 * @throws InputError for a bonded group that the tables do not know
 */
export function tableForces(set: TableSet, weights: TrainedModel['weights'], structure: Structure): ForceDescription[] {
  const result: ForceDescription[] = [];
  for (const coordinate of ['bond', 'angle', 'dihedral'] as const) {
    const groups = bondedGroups(structure).filter((group) => group.coordinate === coordinate);
    const entries = set.tables.filter((entry) => entry.coordinate === coordinate);
    const leftOut = set.partial || (coordinate === 'dihedral' && set.withoutDihedrals);
    if (groups.length > 0 && (entries.length > 0 || !leftOut))
      result.push(bondedTables(set.label, coordinate, groups, entries, weights));
  }
  const pairs = set.tables.filter((entry) => entry.coordinate === 'pair');
  if (pairs.length > 0) result.push(pairTables(set, structure, pairs, weights));
  return result;
}

function bondedTables(
  label: string,
  coordinate: InternalCoordinate,
  groups: readonly BondedGroup[],
  entries: readonly TableEntry[],
  weights: TrainedModel['weights'],
): BondedForce {
  const indices = groups.map(({ types }) => entries.findIndex((entry) => entry.types.join(' ') === types.join(' ')));
  const missing = indices.indexOf(-1);
  if (missing >= 0)
    throw new InputError(
      'system',
      `the model knows no ${coordinate} ${groups[missing].types.join('-')}; it was trained on ` +
        `${entries.map((e) => e.types.join('-')).join(', ') || 'none'}. Use it for the molecules it was trained on`,
    );
  return {
    kind: 'bonded',
    term: `tabulated-${coordinate}`,
    label: `${label}-${coordinate}`,
    atoms: Int32Array.from(groups.flatMap((group) => [...group.sites])),
    parameters: Float64Array.from(
      groups.flatMap((group, g) => new Array<number>(group.sites.length / arity[coordinate]).fill(indices[g])),
    ),
    tables: entries.map((entry) => tableOf(entry, weights)),
  };
}

function pairTables(
  { label, cutoff, excludedBonds }: TableSet,
  structure: Structure,
  entries: readonly TableEntry[],
  weights: TrainedModel['weights'],
): NonbondedForce {
  const tables = entries.map((entry) => tableOf(entry, weights));
  // Pairs of types that never met in training get a table of zeros.
  const none = tables.push({ start: 0, spacing: cutoff, values: new Float64Array(2), derivatives: new Float64Array(2) }) - 1;
  const index = (a: string, b: string): number | undefined => {
    const found = entries.findIndex((entry) => entry.types[0] === a && entry.types[1] === b);
    return found < 0 ? undefined : found;
  };
  return {
    kind: 'nonbonded',
    label: `${label}-pair`,
    cutoff,
    pair: {
      term: 'tabulated-pair',
      parameters: Float64Array.from(typeMatrix(structure, index, none)),
      width: 1,
      modifier: 'none',
      tables,
    },
    coulomb: null,
    exclusions: exclusionsAlongBonds(structure, excludedBonds),
  };
}
