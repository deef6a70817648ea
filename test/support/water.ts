/** Small boxes of rigid water (TIP3P, or four sites) and of rigid chains for tests, made without scenarios or files. */
import seedrandom from 'seedrandom';
import type { ForceDescription } from '../../engine/forces/description.ts';
import { openBox, orthorhombic } from '../../engine/system/box.ts';
import type { Constraints } from '../../engine/system/constraints.ts';
import { makeStructure } from '../../engine/system/structure.ts';
import type { System } from '../../engine/system/system.ts';
import { bondGraph, pairsByBonds } from '../../engine/system/topology.ts';
import type { VirtualSite } from '../../engine/system/virtual-sites.ts';

export interface WaterOptions {
  /** With the massless fourth site of TIP4P. */
  readonly fourSites?: boolean;
  /** Edge of the box per molecule along each axis, nm; 0.3104 is 1 g/cm3. */
  readonly spacing?: number;
  readonly cutoff?: number;
  /** Rigid (default), or with harmonic bonds and angle. */
  readonly flexible?: boolean;
}

const side = 0.09572;
const angle = (104.52 * Math.PI) / 180;
const base = 2 * side * Math.sin(angle / 2);
/** Distance of the fourth site from the oxygen over the height of the triangle. */
const lift = 0.015 / (side * Math.cos(angle / 2));

/** `edge`^3 molecules on a cubic lattice, turned at random; Lennard-Jones with a switch, reaction field with conducting surroundings. */
export function waterBox(edge: number, options: WaterOptions = {}): System {
  const { fourSites = false, spacing = 0.3104, cutoff = 0.45 * edge * spacing, flexible = false } = options;
  const n = edge ** 3;
  const sites = fourSites ? 4 : 3;
  const random = seedrandom(`water ${edge}`);
  const positions = new Float64Array(3 * sites * n);
  const height = side * Math.cos(angle / 2);
  for (let m = 0; m < n; m++) {
    const cell = [m % edge, Math.floor(m / edge) % edge, Math.floor(m / edge ** 2)];
    const turn = rotation(random);
    const local = [
      [0, 0, 0],
      [base / 2, height, 0],
      [-base / 2, height, 0],
      [0, 0.015, 0],
    ];
    for (let s = 0; s < sites; s++)
      for (let k = 0; k < 3; k++) {
        const turned = turn[k][0] * local[s][0] + turn[k][1] * local[s][1] + turn[k][2] * local[s][2];
        positions[3 * (sites * m + s) + k] = (cell[k] + 0.5) * spacing + turned;
      }
  }
  const each = <T>(values: readonly T[]) => Array.from({ length: n }, () => values).flat();
  const bonds = Array.from({ length: n }, (_, m) => [sites * m, sites * m + 1, sites * m, sites * m + 2]).flat();
  const structure = makeStructure({
    units: 'md',
    mass: each([15.9994, 1.008, 1.008, 0].slice(0, sites)),
    charge: each(fourSites ? [0, 0.52, 0.52, -1.04] : [-0.834, 0.417, 0.417]),
    type: each([0, 1, 1, 2].slice(0, sites)),
    typeNames: fourSites ? ['OW', 'HW', 'MW'] : ['OW', 'HW'],
    name: each(['O', 'H1', 'H2', 'M'].slice(0, sites)),
    element: each(['O', 'H', 'H', ''].slice(0, sites)),
    bonds,
    molecule: Array.from({ length: sites * n }, (_, i) => Math.floor(i / sites)),
    residueNames: new Array<string>(n).fill('HOH'),
  });
  const types = structure.typeNames.length;
  const parameters = new Float64Array(2 * types * types);
  for (let k = 0; k < types * types; k++) parameters.set(k === 0 ? [0.315061, 0.6364] : [0.1, 0], 2 * k);
  const exclusions = Array.from({ length: n }, (_, m) => {
    const pairs: number[] = [];
    for (let a = 0; a < sites; a++) for (let b = a + 1; b < sites; b++) pairs.push(sites * m + a, sites * m + b);
    return pairs;
  }).flat();
  const forces: ForceDescription[] = [
    {
      kind: 'nonbonded',
      cutoff,
      pair: { term: 'lennard-jones', parameters, width: 2, modifier: 'switch', switchDistance: 0.85 * cutoff },
      coulomb: { method: 'reaction-field', dielectric: Number.POSITIVE_INFINITY },
      exclusions: Int32Array.from(exclusions),
    },
  ];
  if (flexible) {
    const angles = Array.from({ length: n }, (_, m) => [sites * m + 1, sites * m, sites * m + 2]).flat();
    forces.push(
      {
        kind: 'bonded',
        term: 'harmonic-bond',
        atoms: structure.bonds,
        parameters: Float64Array.from(each([side, 462750.4, side, 462750.4])),
      },
      {
        kind: 'bonded',
        term: 'harmonic-angle',
        atoms: Int32Array.from(angles),
        parameters: Float64Array.from(each([angle, 836.8])),
      },
    );
  }
  const constraints: Constraints = {
    atoms: Int32Array.from(Array.from({ length: n }, (_, m) => [0, 1, 0, 2, 1, 2].map((s) => sites * m + s)).flat()),
    lengths: Float64Array.from(each([side, side, base])),
  };
  const virtualSites: VirtualSite[] = fourSites
    ? Array.from({ length: n }, (_, m) => ({
        kind: 'average3',
        site: 4 * m + 3,
        parents: [4 * m, 4 * m + 1, 4 * m + 2],
        weights: [1 - lift, lift / 2, lift / 2],
      }))
    : [];
  const box = orthorhombic(edge * spacing, edge * spacing, edge * spacing);
  return { structure, positions, velocities: null, box, forces, virtualSites, ...(flexible ? {} : { constraints }) };
}

/** `edge`^3 rings of six and as many chains of six beads, all bonds rigid, in lj units; purely repulsive pairs, harmonic angles. */
export function rigidRingsAndChains(edge: number): System {
  const n = edge ** 3;
  const spacing = 5;
  const positions: number[] = [];
  const bonds: number[] = [];
  const angles: number[] = [];
  for (let m = 0; m < 2 * n; m++) {
    const ring = m % 2 === 0;
    const cell = Math.floor(m / 2);
    const at = [cell % edge, Math.floor(cell / edge) % edge, Math.floor(cell / edge ** 2)].map((c) => (c + 0.5) * spacing);
    const first = 6 * m;
    for (let s = 0; s < 6; s++) {
      const turn = (s * Math.PI) / 3;
      const local = ring ? [Math.cos(turn), Math.sin(turn), 0.2 * (s % 2)] : [0.83 * (s - 2.5), 0.5 * (s % 2), 1.5];
      positions.push(...at.map((c, k) => c + local[k]));
      if (s < 5) bonds.push(first + s, first + s + 1);
      if (s < 4) angles.push(first + s, first + s + 1, first + s + 2);
    }
    if (ring) bonds.push(first, first + 5);
  }
  const structure = makeStructure({ units: 'lj', mass: Array.from({ length: 12 * n }, (_, i) => 1 + 0.5 * (i % 3)), bonds });
  const x = Float64Array.from(positions);
  const lengths = Float64Array.from({ length: structure.bonds.length / 2 }, (_, k) => {
    const [i, j] = [structure.bonds[2 * k], structure.bonds[2 * k + 1]];
    return Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);
  });
  return {
    structure,
    positions: x,
    velocities: null,
    box: orthorhombic(edge * spacing, edge * spacing, edge * spacing),
    forces: [
      {
        kind: 'nonbonded',
        cutoff: 1.5,
        pair: { term: 'lennard-jones', parameters: Float64Array.of(0.9, 1), width: 2, modifier: 'switch', switchDistance: 1.2 },
        coulomb: null,
        exclusions: pairsByBonds(bondGraph(12 * n, structure.bonds), 1, 2),
      },
      {
        kind: 'bonded',
        term: 'harmonic-angle',
        atoms: Int32Array.from(angles),
        parameters: Float64Array.from({ length: (2 * angles.length) / 3 }, (_, k) => (k % 2 ? 20 : 2)),
      },
    ],
    constraints: { atoms: structure.bonds, lengths },
  };
}

/** Nine stars each of one to four light particles around a heavy one, all bonds rigid and every second one given from its end, in lj units. */
export function rigidStars(): System {
  const positions: number[] = [];
  const bonds: number[] = [];
  const mass: number[] = [];
  const angles: number[] = [];
  const corners = [1, 1, 1, -1, -1, 1, -1, 1, -1, 1, -1, -1];
  for (let m = 0; m < 36; m++) {
    const at = [m % 4, Math.floor(m / 4) % 3, Math.floor(m / 12)].map((c) => 1.9 * c);
    const centre = mass.length;
    mass.push(12);
    positions.push(...at);
    for (let arm = 0; arm <= m % 4; arm++) {
      const end = mass.length;
      mass.push(1 + 0.1 * arm);
      positions.push(...at.map((c, k) => c + (0.3 + 0.02 * arm) * corners[3 * arm + k]));
      bonds.push(...(arm % 2 ? [end, centre] : [centre, end]));
      if (arm > 0) angles.push(end - 1, centre, end);
    }
  }
  const x = Float64Array.from(positions);
  const structure = makeStructure({ units: 'lj', mass, bonds });
  const lengths = Float64Array.from({ length: bonds.length / 2 }, (_, k) =>
    Math.hypot(...[0, 1, 2].map((c) => x[3 * bonds[2 * k] + c] - x[3 * bonds[2 * k + 1] + c])),
  );
  const bend: ForceDescription = {
    kind: 'bonded',
    term: 'harmonic-angle',
    atoms: Int32Array.from(angles),
    parameters: Float64Array.from({ length: (2 * angles.length) / 3 }, (_, k) => (k % 2 ? 20 : 1.91)),
  };
  return {
    structure,
    positions: x,
    velocities: null,
    box: openBox,
    forces: [bend],
    constraints: { atoms: Int32Array.from(bonds), lengths },
  };
}

/** A random rotation matrix. */
function rotation(random: () => number): number[][] {
  const q = Array.from({ length: 4 }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((c) => c / norm);
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}
