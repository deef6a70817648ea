/**
 * A learned variable as input of PLUMED's module `annfunc`: features and an ANN action, in PLUMED's default units (nm, rad), or natural ones where the
 * variable was learned in lj units.
 */
import { InputError, type Structure } from '../../../../engine/index.ts';
import { withStandardisation } from '../network/description.ts';
import type { VariableFile } from '../variable-file.ts';
import { type ExportedInput, exportedInputs, moleculesOf } from './inputs.ts';

/** Our names of activations, and PLUMED's. */
const activations: Readonly<Record<string, string>> = { tanh: 'Tanh', linear: 'Linear' };

/** @throws InputError for what the ANN action cannot compute */
export function checkPlumed(activation: string, softmax: boolean, where: string): void {
  if (!(activation in activations))
    throw new InputError(
      where,
      `PLUMED's ANN knows the activations Tanh and Linear, not ${activation}; train with "activation": "tanh"`,
    );
  if (softmax) throw new InputError(where, 'PLUMED\'s ANN has no softmax; set "memberships": false, or export elsewhere');
}

/** @returns files by name: `plumed.dat`, and a reference structure where one is needed */
export function plumedFiles(file: VariableFile, structure: Structure): Record<string, string> {
  const { statistics, softmax } = file;
  for (const activation of file.network.activations) checkPlumed(activation, softmax, 'export');
  const network = withStandardisation(file.network, statistics.mean, statistics.deviation);
  const natural = file.units === 'lj';
  const inputs = exportedInputs(file.features, structure);
  const written = inputs.map((input) => writeInput(input, natural));
  // Superposition turns and moves all that comes after it.
  const lines = [false, true].flatMap((last) => written.filter((_, k) => (inputs[k].kind === 'aligned') === last));
  const whole = moleculesOf(inputs, structure);
  const text = [
    `# A learned variable for the module annfunc of PLUMED; lengths in ${natural ? 'sigma (lj units)' : 'nm'}. Its components are xi.node-0, xi.node-1, ...`,
    ...(natural ? ['UNITS NATURAL'] : []),
    ...(whole.length > 0 ? [`WHOLEMOLECULES ENTITY0=${ranges(whole)}`] : []),
    ...lines.flatMap((each) => each.lines),
    'xi: ANN ...',
    `  ARG=${written.flatMap((each) => each.values).join(',')}`,
    `  NUM_LAYERS=${network.sizes.length}`,
    `  NUM_NODES=${network.sizes.join(',')}`,
    `  ACTIVATIONS=${network.activations.map((name) => activations[name]).join(',')}`,
    ...network.weights.map((rows, k) => `  WEIGHTS${k}=${rows.flat().join(',')}`),
    ...network.biases.map((row, k) => `  BIASES${k}=${row.join(',')}`),
    '...',
  ];
  return { ...Object.assign({}, ...written.map((each) => each.files)), 'plumed.dat': `${text.join('\n')}\n` };
}

/** Actions of an input, the values that the network takes of them, and files that they read. */
interface Written {
  readonly lines: readonly string[];
  readonly values: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

function writeInput(input: ExportedInput, natural: boolean): Written {
  const label = input.name.replace(/\W/g, '_');
  const actions = (lines: readonly string[], values: readonly string[], files = {}): Written => ({ lines, values, files });
  switch (input.kind) {
    case 'distance':
    case 'angle':
      return actions([`${label}: ${input.kind.toUpperCase()} ATOMS=${input.atoms.join(',')}`], [label]);
    case 'gyration': {
      const weights = input.massWeighted ? ' MASS_WEIGHTED' : '';
      return actions([`${label}: GYRATION ATOMS=${input.atoms.join(',')}${weights} NOPBC`], [label]);
    }
    case 'dihedral': {
      const parts = ['cos', 'sin'].map((f) => [`${label}_${f}`, `CUSTOM ARG=${label} FUNC=${f}(x) PERIODIC=NO`]);
      const torsion = `${label}: TORSION ATOMS=${input.atoms.join(',')}`;
      return actions(
        [torsion, ...parts.map((part) => part.join(': '))],
        parts.map(([name]) => name),
      );
    }
    case 'position':
      return actions([`${label}_atom: POSITION ATOM=${input.atom} NOPBC`], [`${label}_atom.${input.axis}`]);
    case 'aligned': {
      const reference = `${label}.pdb`;
      return actions(
        [
          `FIT_TO_TEMPLATE STRIDE=1 REFERENCE=${reference} TYPE=OPTIMAL NOPBC`,
          ...input.atoms.map((atom, k) => `${label}_${k}: POSITION ATOM=${atom} NOPBC`),
        ],
        input.atoms.flatMap((_, k) => ['x', 'y', 'z'].map((axis) => `${label}_${k}.${axis}`)),
        { [reference]: pdb(input.atoms, input.reference, natural ? 1 : 10) },
      );
    }
    default:
      return input satisfies never;
  }
}

/** Numbers as PLUMED lists them: `1-22,30`. */
function ranges(numbers: readonly number[]): string {
  const starts = numbers.filter((n, k) => k === 0 || n !== numbers[k - 1] + 1);
  return starts
    .map((start, k) => {
      const end = numbers[(k + 1 < starts.length ? numbers.indexOf(starts[k + 1]) : numbers.length) - 1];
      return end > start ? `${start}-${end}` : String(start);
    })
    .join(',');
}

/** Weights 1 for fitting and displacement. Columns are filled with digits: a reference rounded to 0.001 Angstrom would be another one. */
function pdb(atoms: readonly number[], reference: readonly number[], scale: number): string {
  const lines = atoms.map((atom, k) => {
    const [x, y, z] = [0, 1, 2].map((c) => column(scale * reference[3 * k + c]));
    return `ATOM  ${String(atom).padStart(5)}  X   REF A   1    ${x}${y}${z}  1.00  1.00`;
  });
  return `${[...lines, 'END'].join('\n')}\n`;
}

/** Eight characters, the first a blank wherever three decimals leave one. */
function column(x: number): string {
  for (let decimals = 6; decimals > 3; decimals--) {
    const text = x.toFixed(decimals);
    if (text.length < 8) return text.padStart(8);
  }
  return x.toFixed(3).padStart(8);
}
