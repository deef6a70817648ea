/** The variable `coordination`: how many atoms of one group are near those of another, counted smoothly. */
import { InputError, minimumImage, type VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';

export const coordination: VariableKind = {
  name: 'coordination',
  summary:
    'Number of pairs between two groups within a distance, by the rational switching function (1 - x^n)/(1 - x^m), x = (r - d0)/r0; 1 below d0.',
  status: 'validated',
  schema: {
    required: ['atoms', 'around', 'distance'],
    properties: {
      atoms: atomsSchema(null, 'the atoms of the first group'),
      around: atomsSchema(null, 'the atoms of the second group'),
      distance: { quantity: 'length', exclusiveMinimum: 0, description: 'r0, with which a pair counts n/m at d0 + r0' },
      d0: { quantity: 'length', minimum: 0, default: 0, description: 'up to which a pair counts 1' },
      cutoff: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description:
          'beyond which a pair counts nothing; the function is shifted and stretched so that it ends there at 0 and still begins at 1. None if absent',
      },
      n: { type: 'integer', minimum: 1, default: 6, description: 'power of the numerator' },
      m: { type: 'integer', minimum: 2, default: 12, description: 'power of the denominator, larger than n' },
    },
  },
  compile(name, settings, { structure, where }) {
    const first = findAtoms(settings.atoms as AtomName[], structure, `${where}.atoms`);
    const second = findAtoms(settings.around as AtomName[], structure, `${where}.around`);
    const n = (settings.n as number | undefined) ?? 6;
    const m = (settings.m as number | undefined) ?? 12;
    if (m <= n) throw new InputError(`${where}.m`, `is ${m} and must be larger than n = ${n}`);
    const r0 = settings.distance as number;
    const d0 = (settings.d0 as number | undefined) ?? 0;
    const cutoff = (settings.cutoff as number | undefined) ?? Number.POSITIVE_INFINITY;
    if (cutoff <= d0) throw new InputError(`${where}.cutoff`, `is ${cutoff} and must be larger than d0 = ${d0}`);
    switching((cutoff - d0) / r0, n, m);
    const rest = cutoff === Number.POSITIVE_INFINITY ? 0 : switched;
    const stretch = 1 / (1 - rest);
    const atoms = Int32Array.from(new Set([...first, ...second]));
    const place = new Map(Array.from(atoms, (i, k) => [i, k]));
    const d = new Float64Array(3);
    const strain = new Float64Array(9);
    return {
      name,
      components: [{ name, dimension: 'dimensionless', period: null }],
      atoms,
      strain,
      evaluate(positions, box, values, gradients) {
        gradients.fill(0, 0, 3 * atoms.length);
        strain.fill(0);
        let sum = 0;
        for (const i of first) {
          for (const j of second) {
            if (i === j) continue;
            for (let c = 0; c < 3; c++) d[c] = positions[3 * j + c] - positions[3 * i + c];
            minimumImage(box, d);
            const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            if (r >= cutoff) continue;
            if (r <= d0) {
              sum += 1;
              continue;
            }
            const slope = (stretch * switching((r - d0) / r0, n, m)) / (r0 * r);
            sum += stretch * (switched - rest);
            const [a, b] = [3 * (place.get(i) as number), 3 * (place.get(j) as number)];
            for (let c = 0; c < 3; c++) {
              gradients[a + c] -= slope * d[c];
              gradients[b + c] += slope * d[c];
              for (let k = 0; k < 3; k++) strain[3 * c + k] += slope * d[c] * d[k];
            }
          }
        }
        values[0] = sum;
      },
    };
  },
};

let switched = 0;

/** Sets `switched` to the function at x and returns its derivative; both by their limit n/m at x = 1. */
function switching(x: number, n: number, m: number): number {
  if (Math.abs(x - 1) < 1e-4) {
    const slope = (n * (n - m)) / (2 * m);
    switched = n / m + slope * (x - 1);
    return slope;
  }
  const xn = x ** n;
  const xm = x ** m;
  switched = (1 - xn) / (1 - xm);
  return (-n * xn) / (x * (1 - xm)) + (switched * m * xm) / (x * (1 - xm));
}
