/** A learned variable as input of Colvars: a `neuralNetwork` component an output, and its files of weights and biases. Lengths in nm, as with GROMACS, or in lj units. */
import { InputError, type Structure } from '../../../../engine/index.ts';
import { withStandardisation } from '../network/description.ts';
import type { VariableFile } from '../variable-file.ts';
import { type ExportedInput, exportedInputs } from './inputs.ts';

/** @throws InputError for what the component cannot compute */
export function checkColvars(softmax: boolean, where: string): void {
  if (softmax) throw new InputError(where, 'Colvars has no softmax; set "memberships": false, or export elsewhere');
}

/** @returns files by name: `colvars.in`, `layerN.weights` (a line an output) and `layerN.biases` (a line a number) */
export function colvarsFiles(file: VariableFile, structure: Structure): Record<string, string> {
  const { statistics, softmax } = file;
  checkColvars(softmax, 'export');
  const network = withStandardisation(file.network, statistics.mean, statistics.deviation);
  const files: Record<string, string> = {};
  const layers: string[] = [];
  network.weights.forEach((rows, k) => {
    const name = `layer${k + 1}`;
    files[`${name}.weights`] = `${rows.map((row) => row.join(' ')).join('\n')}\n`;
    files[`${name}.biases`] = `${network.biases[k].join('\n')}\n`;
    layers.push(
      `    ${name}_WeightsFile ${name}.weights`,
      `    ${name}_BiasesFile ${name}.biases`,
      `    ${name}_activation ${network.activations[k]}`,
    );
  });
  // Components are sorted by their names: numbers of four digits keep the order of the inputs.
  let count = 0;
  const next = (): string => `i${String(count++).padStart(4, '0')}`;
  const components = exportedInputs(file.features, structure).flatMap((input) => component(input, next));
  const outputs = network.sizes[network.sizes.length - 1];
  const text = [`# A learned variable for Colvars; lengths in ${file.units === 'lj' ? 'sigma (lj units)' : 'nm'}`];
  for (let o = 0; o < outputs; o++)
    text.push(
      'colvar {',
      `  name xi${outputs > 1 ? o : ''}`,
      '  neuralNetwork {',
      `    output_component ${o}`,
      ...layers,
      ...components,
      '  }',
      '}',
    );
  files['colvars.in'] = `${text.join('\n')}\n`;
  return files;
}

function component(input: ExportedInput, next: () => string): string[] {
  const groups = (atoms: readonly number[]): string => atoms.map((atom, k) => `group${k + 1} { atomNumbers ${atom} }`).join(' ');
  switch (input.kind) {
    case 'distance':
      return [`    distance { name ${next()} ${groups(input.atoms)} }`];
    case 'gyration':
      return [`    gyration { name ${next()} atoms { atomNumbers ${input.atoms.join(' ')} } }`];
    case 'angle':
      // Colvars has degrees.
      return [`    angle { name ${next()} componentCoeff ${Math.PI / 180} ${groups(input.atoms)} }`];
    case 'dihedral':
      return ['cos', 'sin'].map(
        (f) =>
          `    customColvar { name ${next()} customFunction ${f}(d*${Math.PI / 180}) dihedral { name d ${groups(input.atoms)} } }`,
      );
    case 'position': {
      const axis = [0, 1, 2].map((c) => ('xyz'[c] === input.axis ? 1 : 0)).join(', ');
      return [`    distanceZ { name ${next()} axis (${axis}) main { atomNumbers ${input.atom} } ref { dummyAtom (0, 0, 0) } }`];
    }
    case 'aligned': {
      const fit = (atom: number): string =>
        `main { atomNumbers ${atom} centerToReference yes rotateToReference yes ` +
        `fittingGroup { atomNumbers ${input.atoms.join(' ')} } refPositions ${points(input.reference)} }`;
      return input.atoms.flatMap((atom) =>
        [0, 1, 2].map((c) => {
          const axis = [0, 1, 2].map((k) => (k === c ? 1 : 0)).join(', ');
          return `    distanceZ { name ${next()} axis (${axis}) ${fit(atom)} ref { dummyAtom (0, 0, 0) } }`;
        }),
      );
    }
    default:
      return input satisfies never;
  }
}

function points(reference: readonly number[]): string {
  return Array.from({ length: reference.length / 3 }, (_, k) => `(${reference.slice(3 * k, 3 * k + 3).join(', ')})`).join(' ');
}
