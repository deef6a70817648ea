/** Stops a simulation that leaves what its potential was trained on: beads too close, or bonds too short or too long. */
import {
  type Box,
  type CustomForce,
  type CustomForceKind,
  minimumImage,
  SimulationError,
  type Structure,
} from '../../engine/index.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from './neighbour-pairs.ts';
import { bondedGroups, exclusionsAlongBonds, typeMatrix } from './topology.ts';
import type { Occurrence, TrainingRange } from './training-range.ts';

/** `data` of the force `training-range-watchdog`. */
export interface WatchdogData {
  readonly range: TrainingRange;
  /** Beads may come this fraction closer than the smallest distance of the training. */
  readonly pairMargin: number;
  /** Bonds may be this fraction of the width of their training range shorter or longer. */
  readonly bondMargin: number;
  /** Force evaluations from one check to the next. */
  readonly every: number;
}

export const defaultWatchdog = { pairMargin: 0.2, bondMargin: 0.5, every: 20 } as const;

/** The watchdog of a trained model as a force that exerts none. */
export function watchdogForce(range: TrainingRange, options: Partial<Omit<WatchdogData, 'range'>> = {}): CustomForce {
  const data: WatchdogData = { ...defaultWatchdog, ...options, range };
  return { kind: 'custom', term: 'training-range-watchdog', label: 'watchdog', data };
}

const d = new Float64Array(3);

function distance(positions: Float64Array, box: Box, i: number, j: number): number {
  for (let c = 0; c < 3; c++) d[c] = positions[3 * j + c] - positions[3 * i + c];
  minimumImage(box, d);
  return Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

function bead(structure: Structure, i: number): string {
  return `bead ${i} (${structure.name[i]}, ${structure.typeNames[structure.type[i]]}, molecule ${structure.molecule[i]})`;
}

function seen({ frame, time, sites }: Occurrence): string {
  return `sites ${sites.join(' and ')} in frame ${frame}${time === null ? '' : ` (time ${time})`} of the training run`;
}

const remedy =
  'The model knows nothing of such configurations. Use a shorter timestep or a softer start, or train on a run that contains them ' +
  '(longer, hotter or denser)';

/** Finds the close pairs itself: a list of the platform for so short a range would have to be rebuilt far more often than it is looked at. */
function checkPairs(data: WatchdogData, structure: Structure): (positions: Float64Array, box: Box) => void {
  const { range, pairMargin } = data;
  const limits = typeMatrix(structure, (a, b) => range.pairs.find((p) => p.types[0] === a && p.types[1] === b)?.minimum, 0).map(
    (minimum) => minimum * (1 - pairMargin),
  );
  const cutoff = Math.max(0, ...limits);
  const types = structure.typeNames.length;
  const excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, range.excludedBonds));
  const pairs = emptyPairs();
  return (positions, box) => {
    if (cutoff > 0) neighbourPairs(positions, box, cutoff, excluded, pairs);
    for (let n = 0; n < pairs.count; n++) {
      const [i, j, r] = [pairs.i[n], pairs.j[n], pairs.distance[n]];
      if (r >= limits[structure.type[i] * types + structure.type[j]]) continue;
      const names = [structure.typeNames[structure.type[i]], structure.typeNames[structure.type[j]]];
      const nearest = range.pairs.find((p) => p.types.join() === names.join() || p.types.toReversed().join() === names.join());
      throw new SimulationError(
        `${bead(structure, i)} and ${bead(structure, j)} are ${r.toPrecision(4)} apart, outside the training range: the closest ` +
          `example is ${nearest?.minimum.toPrecision(4)}, ${nearest ? seen(nearest.minimumAt) : 'none'}. ${remedy}`,
      );
    }
  };
}

function checkBonds(data: WatchdogData, structure: Structure): (positions: Float64Array, box: Box) => void {
  const groups = bondedGroups(structure)
    .filter((group) => group.coordinate === 'bond')
    .map((group) => ({
      sites: group.sites,
      range: data.range.bonded.find((r) => r.coordinate === 'bond' && r.types.join() === group.types.join()),
    }));
  return (positions, box) => {
    for (const { sites, range } of groups) {
      if (!range) continue;
      const slack = data.bondMargin * (range.maximum - range.minimum);
      for (let o = 0; o < sites.length; o += 2) {
        const r = distance(positions, box, sites[o], sites[o + 1]);
        if (r >= range.minimum - slack && r <= range.maximum + slack) continue;
        const [value, at] = r < range.minimum ? [range.minimum, range.minimumAt] : [range.maximum, range.maximumAt];
        throw new SimulationError(
          `the bond of ${bead(structure, sites[o])} and ${bead(structure, sites[o + 1])} is ${r.toPrecision(4)} long, outside the training ` +
            `range [${range.minimum.toPrecision(4)}, ${range.maximum.toPrecision(4)}]: the nearest example is ${value.toPrecision(4)}, ` +
            `${seen(at)}. ${remedy}`,
        );
      }
    }
  };
}

export const trainingRangeWatchdog: CustomForceKind = {
  name: 'training-range-watchdog',
  summary:
    'Exerts no force; stops the run when beads come closer, or bonds are shorter or longer, than a learned potential was trained on.',
  status: 'validated',
  schema: {},
  compile(description, context) {
    const data = description.data as WatchdogData;
    const pairs = checkPairs(data, context.system.structure);
    const bonds = checkBonds(data, context.system.structure);
    let calls = 0;
    return {
      label: description.label ?? 'watchdog',
      compute(positions, box) {
        if (calls++ % data.every === 0) {
          pairs(positions, box);
          bonds(positions, box);
        }
        return 0;
      },
    };
  },
};
