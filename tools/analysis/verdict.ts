/** A comparison in words: what agrees how well, and for what the candidate can be trusted. */
import type { ComparedNumber, Comparison } from './comparison.ts';

/**
 * Where "agrees" ends. Structure: the mean error of g(r) and the overlap of distributions that published coarse-grained models of simple
 * liquids reach. Numbers: within three standard errors of the two runs, or within the tolerance where errors are smaller than that.
 */
export const agreement = {
  rdf: 0.04,
  overlap: 0.93,
  map: 0.8,
  gyration: 0.05,
  diffusion: 0.1,
  /** Of autocorrelation times, which come without errors. */
  memory: 0.25,
  pressure: 0.1,
  errors: 3,
} as const;

/** What agrees how well, and what follows from it; says only what was compared. */
export function verdict(comparison: Comparison): string {
  const { rdf, bonds, gyration, gyrationMemory, diffusion, speed, rmax, units } = comparison;
  const parts: string[] = [];
  if (rdf.length > 0 && rmax !== null) {
    const worst = rdf.reduce((a, b) => (b.meanAbsoluteError > a.meanAbsoluteError ? b : a));
    const noise = worst.expectedFromNoise === null ? '' : ` (noise alone: ${worst.expectedFromNoise.toFixed(3)})`;
    parts.push(
      `g(r) differs by ${worst.meanAbsoluteError.toFixed(3)} on average${noise} for the worst of ${rdf.length} ` +
        `pair${rdf.length === 1 ? '' : 's'} (${worst.pair}) up to ${Number(rmax.toPrecision(3))} ${units === 'md' ? 'nm' : 'sigma'}`,
    );
  }
  if (bonds.length > 0) parts.push(`bond distributions overlap by at least ${lowest(bonds).overlap.toFixed(3)}`);
  if (gyration?.ratio != null)
    parts.push(`the mean square radius of gyration is ${gyration.ratio.toFixed(3)} times the reference's`);
  if (gyrationMemory?.ratio != null) parts.push(`size is remembered ${gyrationMemory.ratio.toPrecision(2)} times as long`);
  if (diffusion.ratio !== null) parts.push(motion(diffusion, diffusion.ratio));
  if (speed.ratio !== null) parts.push(`simulated time per molecule comes ${times(speed.ratio)}`);
  if (parts.length === 0) return 'There was nothing to compare.';
  const subject = `${comparison.candidate} against ${comparison.reference}`;
  return `${subject}: ${parts.join('; ')}. ${trust(comparison)}`;
}

/** What the candidate can be trusted for, what not, and what a wrong pressure means for its use. */
export function trust(comparison: Comparison): string {
  const good: string[] = [];
  const bad: string[] = [];
  const judge = (agrees: boolean, trusted: string, doubtful: string): void => {
    if (agrees) good.push(trusted);
    else bad.push(doubtful);
  };
  judgeStructure(comparison, judge);
  const { gyration, gyrationMemory, diffusion, pressure } = comparison;
  if (gyration?.ratio != null) judge(agree(gyration, agreement.gyration), 'the size of molecules', 'the size of molecules');
  const moves = diffusion.ratio !== null && Math.abs(diffusion.ratio) >= 1e-3 && diffusion.ratio < 1e3 ? diffusion : null;
  const clock = moves ?? (gyrationMemory?.ratio != null ? gyrationMemory : null);
  // An isolated molecule under friction diffuses as it must, whatever its own motion does.
  const remembers = gyrationMemory?.ratio == null || Math.abs(gyrationMemory.ratio - 1) <= agreement.memory;
  if (clock) judge(agree(clock, agreement.diffusion) && remembers, 'times', 'times (motion has another clock)');
  let atItsPressure = '';
  if (pressure && pressure.reference !== null && pressure.candidate !== null) {
    const { reference, candidate, unit } = pressure;
    const same = agree(pressure, agreement.pressure);
    judge(same, 'pressure', `pressure (${shown(candidate)} instead of ${shown(reference)} ${unit})`);
    if (!same)
      atItsPressure = ` Keep its volume: under a barostat at the reference's pressure it would ${candidate > reference ? 'expand' : 'shrink'}.`;
  }
  const trusted = good.length > 0 ? `Trust it for ${series(good)}` : 'Trust it for nothing that was compared';
  return `${bad.length > 0 ? `${trusted}, not for ${series(bad)}.` : `${trusted}.`}${atItsPressure}`;
}

function judgeStructure(comparison: Comparison, judge: (agrees: boolean, trusted: string, doubtful: string) => void): void {
  const { rdf, maps } = comparison;
  const far = rdf.filter((one) => one.meanAbsoluteError > Math.max(agreement.rdf, 2 * (one.expectedFromNoise ?? 0)));
  if (rdf.length > 0) judge(far.length === 0, 'g(r)', `g(r) of ${list(far.map((one) => one.pair))}`);
  for (const kind of ['bonds', 'angles', 'dihedrals'] as const) {
    const poor = comparison[kind].filter((one) => one.overlap < agreement.overlap);
    if (comparison[kind].length > 0) judge(poor.length === 0, kind, `the ${kind} ${list(poor.map((one) => one.name))}`);
  }
  const poor = maps.filter((one) => one.overlap < agreement.map);
  if (maps.length > 0) judge(poor.length === 0, 'joint torsions', `the joint torsions ${list(poor.map((one) => one.name))}`);
}

/** Within so many standard errors of both, or within a relative tolerance of the reference. */
function agree({ reference, candidate, referenceError, candidateError }: ComparedNumber, tolerance: number): boolean {
  const [a, b] = [reference ?? 0, candidate ?? 0];
  const error = Math.hypot(referenceError ?? 0, candidateError ?? 0);
  return Math.abs(a - b) <= Math.max(tolerance * Math.abs(a), agreement.errors * error);
}

function lowest<T extends { readonly overlap: number }>(items: readonly T[]): T {
  return items.reduce((a, b) => (b.overlap < a.overlap ? b : a));
}

/** Names of one kind; long lists are cut. */
function list(names: readonly string[]): string {
  return series(names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} more`] : names);
}

/** All of them, as a person says it. */
function series(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A thermostat that conserves momentum keeps a single molecule where it is: a ratio of numbers near zero says nothing. */
function motion(compared: ComparedNumber, ratio: number): string {
  if (Math.abs(ratio) < 1e-3) return 'molecules of the candidate do not diffuse';
  if (ratio > 1e3 || ratio < 0) return 'diffusion cannot be compared';
  if (Math.abs(ratio - 1) >= 0.05 && agree(compared, 0)) return `diffusion agrees within errors (${ratio.toPrecision(2)} times)`;
  return `molecules diffuse ${times(ratio)}`;
}

function times(ratio: number): string {
  if (Math.abs(ratio - 1) < 0.05) return 'as fast';
  return `${ratio > 1 ? ratio.toPrecision(2) : (1 / ratio).toPrecision(2)} times ${ratio > 1 ? 'faster' : 'slower'}`;
}
