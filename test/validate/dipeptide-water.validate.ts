/**
 * Alanine dipeptide in water: minima of the free energy by each bias, and the slowest implied times, beside published ones. Reads a run of
 * `scenarios/alanine-dipeptide-water-cv.json`; what is not finished is left out.
 *
 * `node dist/test/validate/dipeptide-water.validate.js [runs/alanine-dipeptide-water-cv]`
 *
 * Published (AMBER99SB-ILDN, TIP3P, 300 K): PII (-70, 150) 0, beta (-142, 158) 1.1, alpha_R (-76, -16) 2.0, alpha_L (54, 30) 5.2 kJ/mol; implied times
 * 1.6 ns, 73 ps, 34 ps.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generalisedEigen } from '../../plugins/collective-variables/learned/math.ts';
import { type Columns, readColumns } from '../../tools/report/read.ts';

const test = suite('alanine dipeptide in water');
const run = process.argv[2] ?? 'runs/alanine-dipeptide-water-cv';
if (!existsSync(run)) {
  console.log(`SKIPPED: ${run} is not there; npx md run scenarios/alanine-dipeptide-water-cv.json makes it`);
  test.skip('what its stages left');
}

/** Name, place in degrees, and free energy above the first. */
const published = [
  ['PII', [-70, 150], 0],
  ['beta', [-142, 158], 1.1],
  ['alpha-R', [-76, -16], 2.0],
  ['alpha-L', [54, 30], 5.2],
] as const;

interface Result {
  readonly regions: Readonly<Record<string, { readonly freeEnergy: number | null; readonly error: number | null }>>;
}

/** The lowest bin within 30 degrees of a place, in degrees. */
function minimum({ values, rows }: Columns, [phi, psi]: readonly [number, number]) {
  const apart = (radians: number, degrees: number) => {
    const d = (radians * 180) / Math.PI - degrees;
    return d - 360 * Math.round(d / 360);
  };
  const near = Array.from({ length: rows }, (_, k) => k).filter(
    (k) => Math.hypot(apart(values.phi[k], phi), apart(values.psi[k], psi)) < 30 && Number.isFinite(values.free_energy[k]),
  );
  if (near.length === 0) return null;
  const lowest = near.reduce((a, b) => (values.free_energy[b] < values.free_energy[a] ? b : a));
  const degrees = (radians: number) => Math.round((radians * 180) / Math.PI);
  return { at: `(${degrees(values.phi[lowest])}, ${degrees(values.psi[lowest])})`, energy: values.free_energy[lowest] };
}

for (const name of ['metadynamics', 'opes', 'eabf', 'abf', 'unbiased']) {
  const folder = join(run, `F-${name}`);
  if (!existsSync(join(folder, 'free-energy.json'))) continue;
  test(`minima by ${name}`, () => {
    const { regions } = JSON.parse(readFileSync(join(folder, 'free-energy.json'), 'utf8')) as Result;
    const table = readColumns(join(folder, 'free-energy.csv'));
    if (!table) throw new Error(`${folder} has no free-energy.csv`);
    const first = minimum(table, published[0][1]);
    for (const [region, place, energy] of published) {
      const { freeEnergy, error } = regions[region];
      const low = minimum(table, place);
      const lowest = low && first ? `lowest bin ${(low.energy - first.energy).toFixed(2)} at ${low.at}` : 'never there';
      console.log(`${name} ${region}: ${freeEnergy?.toFixed(2)} +- ${error?.toFixed(2)}, published ${energy}; ${lowest}`);
      // an unbiased run of this length need not have seen alpha_L
      if (name === 'unbiased' && region === 'alpha-L') continue;
      if (freeEnergy === null) throw new Error(`${region} was never visited`);
      // 1 kJ/mol, and two standard errors of so short a run
      assert.ok(Math.abs(freeEnergy - energy) < 1 + 2 * (error ?? 0), `${region}: ${freeEnergy}, published ${energy}`);
    }
  });
}

/** cos and sin of m phi + n psi, row by row. */
function harmonics({ values, rows }: Columns, most: number): Float64Array[] {
  const functions: Float64Array[] = [];
  for (let m = 0; m <= most; m++)
    for (let n = -most; n <= most; n++) {
      if (m === 0 && n <= 0) continue;
      const angle = (r: number) => m * values.phi[r] + n * values.psi[r];
      functions.push(Float64Array.from({ length: rows }, (_, r) => Math.cos(angle(r))));
      functions.push(Float64Array.from({ length: rows }, (_, r) => Math.sin(angle(r))));
    }
  return functions;
}

/** Implied times of the three slowest modes in the span of functions, from the rows between two. */
function impliedTimes(functions: readonly Float64Array[], from: number, to: number, shift: number, lag: number): number[] {
  const k = functions.length;
  const pairs = to - from - shift;
  const centred = functions.map((f) => {
    let sum = 0;
    for (let r = from; r < from + pairs; r++) sum += f[r] + f[r + shift];
    return f.map((v) => v - sum / (2 * pairs));
  });
  const [now, later] = [new Float64Array(k * k), new Float64Array(k * k)];
  for (let a = 0; a < k; a++)
    for (let b = 0; b <= a; b++) {
      let [same, next] = [0, 0];
      const [f, g] = [centred[a], centred[b]];
      for (let r = from; r < from + pairs; r++) {
        same += f[r] * g[r] + f[r + shift] * g[r + shift];
        next += f[r] * g[r + shift] + g[r] * f[r + shift];
      }
      now[a * k + b] = now[b * k + a] = same;
      later[a * k + b] = later[b * k + a] = next;
    }
  const { values } = generalisedEigen(later, now, k, 1e-3);
  return values
    .reverse()
    .slice(0, 3)
    .map((mu) => -lag / Math.log(mu));
}

const log = readColumns(join(run, 'unbiased', 'log.csv'));
if (log)
  test('implied times without a bias, in the span of harmonics of phi and psi', () => {
    const functions = harmonics(log, 2);
    const interval = log.values.time[1] - log.values.time[0];
    console.log(`unbiased, ${log.values.time[log.rows - 1].toFixed(0)} ps; published 1600, 73, 34 ps`);
    for (const lag of [2, 5, 10, 20]) {
      const shift = Math.round(lag / interval);
      const times = impliedTimes(functions, 0, log.rows, shift, lag);
      const parts = [0, 1, 2, 3].map((b) =>
        impliedTimes(functions, Math.floor((b * log.rows) / 4), Math.floor(((b + 1) * log.rows) / 4), shift, lag),
      );
      const shown = times.map((time, i) => {
        const own = parts.map((part) => part[i]);
        const mean = own.reduce((a, b) => a + b, 0) / 4;
        return `${time.toFixed(1)} +- ${Math.sqrt(own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 12).toFixed(1)}`;
      });
      console.log(`lag ${lag} ps: ${shown.join(', ')} ps`);
      assert.ok(times[0] >= times[1] && times[1] >= times[2]);
    }
  });

test.run();
