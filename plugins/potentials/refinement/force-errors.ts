/** Force errors of tables on top of priors, frame by frame: what inversion does not minimise, but everyone asks for. */
import type { Table } from '../../../engine/index.ts';
import { coordinateFunctions } from '../coordinates.ts';
import { evaluateTable } from '../hermite-table.ts';
import type { ForceErrors, TrainingSet } from '../model.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import { compilePriors, type Priors } from '../priors.ts';
import type { TableKey } from '../tables.ts';
import { arity, bondedGroups, exclusionsAlongBonds, typeMatrix } from '../topology.ts';

/** Frames looked at, at most, on each side of the split. */
const mostFrames = 300;

export function tableForceErrors(
  set: TrainingSet,
  priors: Priors,
  cutoff: number,
  tables: readonly { readonly key: TableKey; readonly table: Table }[],
): ForceErrors {
  const add = compileTables(set, priors.excludedBonds, cutoff, tables);
  const addPriors = compilePriors(priors, set.structure);
  const predicted = new Float64Array(3 * set.structure.mass.length);
  const over = (among: readonly number[]): { meanSquare: number; meanAbsolute: number } => {
    const frames = among.filter((_, k) => k % Math.max(1, Math.floor(among.length / mostFrames)) === 0);
    let [square, absolute] = [0, 0];
    for (const frame of frames) {
      addPriors(set.positions(frame), set.box(frame), predicted.fill(0));
      add(frame, predicted);
      const forces = set.forces(frame);
      for (let k = 0; k < predicted.length; k++) {
        const error = predicted[k] - forces[k];
        square += error * error;
        absolute += Math.abs(error);
      }
    }
    const count = frames.length * predicted.length;
    return { meanSquare: square / count, meanAbsolute: absolute / count };
  };
  const validation = over(set.validation);
  return {
    training: over(set.training).meanSquare,
    validation: validation.meanSquare,
    validationMeanAbsolute: validation.meanAbsolute,
  };
}

/** Adds the forces of the tables at a frame. */
function compileTables(
  set: TrainingSet,
  excludedBonds: number,
  cutoff: number,
  tables: readonly { readonly key: TableKey; readonly table: Table }[],
): (frame: number, forces: Float64Array) => void {
  const { structure } = set;
  const find = (coordinate: string, types: readonly string[]): Table | undefined =>
    tables.find(({ key }) => key.coordinate === coordinate && key.types.join(' ') === types.join(' '))?.table;
  const bonded = bondedGroups(structure).map((group) => ({ ...group, table: find(group.coordinate, group.types) }));
  const ofPair = typeMatrix<Table | null>(structure, (a, b) => find('pair', [a, b]), null);
  const excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, excludedBonds));
  const types = structure.typeNames.length;
  const pairs = emptyPairs();
  const gradient = new Float64Array(12);
  const out = new Float64Array(2);
  return (frame, forces) => {
    const positions = set.positions(frame);
    const box = set.box(frame);
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
