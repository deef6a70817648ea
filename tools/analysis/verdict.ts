/** A comparison in one sentence. */
import type { Comparison } from './compare.ts';

/** What agrees how well, in words; says only what was compared. */
export function verdict(comparison: Comparison): string {
  const { rdf, bonds, gyration, diffusion, speed, rmax, units } = comparison;
  const parts: string[] = [];
  if (rdf.length > 0 && rmax !== null) {
    const worst = rdf.reduce((a, b) => (b.meanAbsoluteError > a.meanAbsoluteError ? b : a));
    parts.push(
      `g(r) differs by ${worst.meanAbsoluteError.toFixed(3)} on average for the worst of ${rdf.length} ` +
        `pair${rdf.length === 1 ? '' : 's'} (${worst.pair}) up to ${Number(rmax.toPrecision(3))} ${units === 'md' ? 'nm' : 'sigma'}`,
    );
  }
  if (bonds.length > 0) {
    const worst = bonds.reduce((a, b) => (b.overlap < a.overlap ? b : a));
    parts.push(`bond distributions overlap by at least ${worst.overlap.toFixed(3)}`);
  }
  if (gyration?.ratio != null)
    parts.push(`the mean square radius of gyration is ${gyration.ratio.toFixed(3)} times the reference's`);
  if (diffusion.ratio !== null) parts.push(motion(diffusion.ratio));
  if (speed.ratio !== null) parts.push(`simulated time per molecule comes ${times(speed.ratio)}`);
  if (parts.length === 0) return 'There was nothing to compare.';
  const subject = `${comparison.candidate} against ${comparison.reference}`;
  return `${subject}: ${parts.join('; ')}.`;
}

/** A thermostat that conserves momentum keeps a single molecule where it is: a ratio of numbers near zero says nothing. */
function motion(ratio: number): string {
  if (Math.abs(ratio) < 1e-3) return 'molecules of the candidate do not diffuse';
  if (ratio > 1e3 || ratio < 0) return 'diffusion cannot be compared';
  return `molecules diffuse ${times(ratio)}`;
}

function times(ratio: number): string {
  if (Math.abs(ratio - 1) < 0.05) return 'as fast';
  return `${ratio > 1 ? ratio.toPrecision(2) : (1 / ratio).toPrecision(2)} times ${ratio > 1 ? 'faster' : 'slower'}`;
}
