/** A learned variable as input of PLUMED's module `annfunc`: features and an ANN action, in PLUMED's default units (nm, rad). */
import { InputError, type Structure } from '../../../../engine/index.ts';
import { withStandardisation } from '../network/description.ts';
import type { VariableFile } from '../variable-file.ts';
import { exportedInputs } from './inputs.ts';

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
  const files: Record<string, string> = {};
  const lines = [
    '# A learned variable for the module annfunc of PLUMED; lengths in nm. Its components are xi.node-0, xi.node-1, ...',
  ];
  const inputs: string[] = [];
  for (const input of exportedInputs(file.features, structure)) {
    const label = input.name.replace(/\W/g, '_');
    switch (input.kind) {
      case 'distance':
      case 'angle':
      case 'gyration': {
        const action = input.kind === 'gyration' ? 'GYRATION' : input.kind.toUpperCase();
        lines.push(`${label}: ${action} ATOMS=${input.atoms.join(',')}`);
        inputs.push(label);
        break;
      }
      case 'dihedral':
        lines.push(`${label}: TORSION ATOMS=${input.atoms.join(',')}`);
        for (const f of ['cos', 'sin']) {
          lines.push(`${label}_${f}: CUSTOM ARG=${label} FUNC=${f}(x) PERIODIC=NO`);
          inputs.push(`${label}_${f}`);
        }
        break;
      case 'position':
        lines.push(`${label}_atom: POSITION ATOM=${input.atom} NOPBC`);
        inputs.push(`${label}_atom.${input.axis}`);
        break;
      case 'aligned': {
        const reference = `${label}.pdb`;
        files[reference] = pdb(input.atoms, input.reference);
        lines.push(`FIT_TO_TEMPLATE STRIDE=1 REFERENCE=${reference} TYPE=OPTIMAL`);
        input.atoms.forEach((atom, k) => {
          lines.push(`${label}_${k}: POSITION ATOM=${atom} NOPBC`);
          for (const axis of 'xyz') inputs.push(`${label}_${k}.${axis}`);
        });
        break;
      }
      default:
        input satisfies never;
    }
  }
  lines.push(
    'xi: ANN ...',
    `  ARG=${inputs.join(',')}`,
    `  NUM_LAYERS=${network.sizes.length}`,
    `  NUM_NODES=${network.sizes.join(',')}`,
    `  ACTIVATIONS=${network.activations.map((name) => activations[name]).join(',')}`,
    ...network.weights.map((rows, k) => `  WEIGHTS${k}=${rows.flat().join(',')}`),
    ...network.biases.map((row, k) => `  BIASES${k}=${row.join(',')}`),
    '...',
  );
  return { ...files, 'plumed.dat': `${lines.join('\n')}\n` };
}

/** Angstrom, three decimals, weights 1 for fitting and displacement. */
function pdb(atoms: readonly number[], reference: readonly number[]): string {
  const lines = atoms.map((atom, k) => {
    const [x, y, z] = [0, 1, 2].map((c) => (10 * reference[3 * k + c]).toFixed(3).padStart(8));
    return `ATOM  ${String(atom).padStart(5)}  X   REF A   1    ${x}${y}${z}  1.00  1.00`;
  });
  return `${[...lines, 'END'].join('\n')}\n`;
}
