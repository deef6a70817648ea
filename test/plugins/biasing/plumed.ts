/** A grid in PLUMED's format by the rules that PLUMED reads one with, in code that shares nothing with the engine's. */

export interface PlumedGrid {
  readonly points: number;
  valueAt(at: readonly number[]): number;
  slopesAt(at: readonly number[]): readonly number[];
}

/**
 * Of a periodic argument the ends have to be those of its domain, as text, and nbins intervals are (max - min)/nbins long; of an open one nbins points
 * run from min to max. A row belongs to the point whose interval its coordinates are in, half an interval on.
 * @throws Error for what PLUMED stops at: derivatives or a column that are missing, other ends, what is no number, points outside, twice, or not there
 */
export function readAsPlumed(
  text: string,
  column: string,
  args: readonly string[],
  domains: Readonly<Record<string, readonly [string, string]>>,
): PlumedGrid {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const fields = lines[0].slice(2);
  const set = Object.fromEntries(lines.filter(([a, b]) => a === '#!' && b === 'SET').map(([, , name, value]) => [name, value]));
  const real = (word: string): number => {
    const value = word === 'pi' ? Math.PI : word === '-pi' ? -Math.PI : Number(word);
    if (!Number.isFinite(value)) throw new Error(`"${word}" is no number`);
    return value;
  };
  for (const name of [...args, column, ...args.map((arg) => `der_${arg}`)])
    if (!fields.includes(name)) throw new Error(`no column ${name}`);
  const axes = args.map((arg) => {
    const [from, to, n] = ['min', 'max', 'nbins'].map((what) => set[`${what}_${arg}`]);
    const domain = domains[arg];
    if (set[`periodic_${arg}`] !== String(domain !== undefined)) throw new Error(`periodic_${arg}`);
    if (domain && (domain[0] !== from || domain[1] !== to)) throw new Error(`ends of ${arg}: ${from} ${to}`);
    const count = Number(n);
    return { min: real(from), step: (real(to) - real(from)) / (domain ? count : count - 1), count };
  });
  const indexOf = (at: readonly number[]): number => {
    const places = axes.map(({ min, step, count }, k) => {
      const place = Math.floor((at[k] + step / 2 - min) / step);
      if (place < 0 || place >= count) throw new Error(`${args[k]} ${at[k]} is outside`);
      return place;
    });
    return places.reduceRight((index, place, k) => index * axes[k].count + place, 0);
  };
  const total = axes.reduce((product, { count }) => product * count, 1);
  const found = new Map<number, number[]>();
  for (const words of lines) {
    if (words[0] === '' || words[0].startsWith('#')) continue;
    const row = words.map(real);
    const at = args.map((arg) => row[fields.indexOf(arg)]);
    const index = indexOf(at);
    axes.forEach(({ min, step, count }, k) => {
      const before = axes.slice(0, k).reduce((product, axis) => product * axis.count, 1);
      const point = min + (Math.floor(index / before) % count) * step;
      if (Math.abs(point - at[k]) > 1e-9 * step) throw new Error(`${args[k]} ${at[k]} stands for the point ${point}`);
    });
    if (found.has(index)) throw new Error(`two rows for ${at.join(', ')}`);
    found.set(index, row);
  }
  if (found.size !== total) throw new Error(`${found.size} rows for ${total} points`);
  const rowAt = (at: readonly number[]) => found.get(indexOf(at)) as number[];
  return {
    points: total,
    valueAt: (at) => rowAt(at)[fields.indexOf(column)],
    slopesAt: (at) => args.map((arg) => rowAt(at)[fields.indexOf(`der_${arg}`)]),
  };
}
