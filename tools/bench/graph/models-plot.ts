/** One plot of errors against speed, an SVG of its own. */
import type { DistributionError } from './distributions.ts';

export interface ModelPoint {
  readonly name: string;
  /** Weighted mean square force error on frames not trained on, and its standard error, (energy/length)^2. */
  readonly error: number;
  readonly uncertainty: number;
  readonly stepsPerSecond: number;
  readonly nanosecondsPerDay: number;
  readonly molecules: number;
  /** Of a run of the model; absent where none was made. */
  readonly distributions?: DistributionError | undefined;
}

/** One panel: what is drawn upwards. */
interface Panel {
  readonly title: string;
  readonly error: (point: ModelPoint) => number;
  readonly uncertainty: (point: ModelPoint) => number;
  /** A broken line: what noise alone would give. */
  readonly noise: number | null;
}

const [width, height] = [720, 440];
const margin = { left: 80, right: 150, top: 30, bottom: 50 };

/** Speed to the right on a logarithmic axis, errors upwards; what lies farthest to the lower right is best. Where models have distributions a second panel shows their errors. */
export function errorAgainstSpeed(points: readonly ModelPoint[]): string {
  const withRuns = points.filter((p) => p.distributions);
  const panels: [Panel, readonly ModelPoint[]][] = [
    [
      {
        title: 'weighted force error, not trained on, (kJ/mol/nm)²',
        error: (p) => p.error,
        uncertainty: (p) => p.uncertainty,
        noise: null,
      },
      points,
    ],
  ];
  if (withRuns.length > 0)
    panels.push([
      {
        title: 'difference of the distributions',
        error: (p) => p.distributions?.error ?? 0,
        uncertainty: (p) => p.distributions?.uncertainty ?? 0,
        noise: Math.max(...withRuns.map((p) => p.distributions?.noise ?? 0)),
      },
      withRuns,
    ]);
  const speeds = points.map((p) => p.nanosecondsPerDay);
  const [slow, fast] = [Math.min(...speeds) / 1.5, Math.max(...speeds) * 1.5];
  const middle = (margin.left + width - margin.right) / 2;
  const total = height * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="sans-serif" font-size="12">`,
    '<title>Errors of trained models against their speed</title>',
    `<rect width="${width}" height="${total}" fill="#fff"/>`,
    ...panels.map(([panel, shown], k) => `<g transform="translate(0 ${k * height})">${panelOf(panel, shown, slow, fast)}</g>`),
    label(middle, total - 8, 'middle', `simulated ns a day, ${points[0]?.molecules ?? 0} molecules, one thread`),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, error, uncertainty, noise }: Panel, points: readonly ModelPoint[], slow: number, fast: number): string {
  const bottom = Math.min(...points.map((p) => error(p) - uncertainty(p)), noise ?? Number.POSITIVE_INFINITY);
  const top = Math.max(...points.map((p) => error(p) + uncertainty(p)));
  const pad = 0.08 * (top - bottom || top);
  const [low, high] = [bottom - pad, top + pad];
  const x = (v: number): number =>
    margin.left + ((width - margin.left - margin.right) * Math.log(v / slow)) / Math.log(fast / slow);
  const y = (v: number): number => height - margin.bottom - ((height - margin.top - margin.bottom) * (v - low)) / (high - low);
  // Names keep off each other, and off the dots.
  const placed = points.map((p) => {
    const at = x(p.nanosecondsPerDay);
    return { left: at - 5, right: at + 5, y: y(error(p)) + 4 };
  });
  const dots = [...points]
    .sort((p, q) => p.nanosecondsPerDay - q.nanosecondsPerDay)
    .map((p) => {
      const [px, py] = [x(p.nanosecondsPerDay), y(error(p))];
      const name = clearOf(placed, px + 7, py + 4, p.name);
      const bar = `M${px.toFixed(1)} ${y(error(p) - uncertainty(p)).toFixed(1)}V${y(error(p) + uncertainty(p)).toFixed(1)}`;
      return (
        `<path d="${bar}" stroke="#888"/><path d="M${px.toFixed(1)} ${py.toFixed(1)}L${(px + 6).toFixed(1)} ${(name - 4).toFixed(1)}" stroke="#1f6fb4"/>` +
        `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="4" fill="#1f6fb4"/>` +
        `<text x="${(px + 7).toFixed(1)}" y="${name.toFixed(1)}">${escaped(p.name)}</text>`
      );
    });
  const right = width - margin.right;
  const broken =
    noise === null
      ? []
      : [
          `<path d="M${margin.left} ${y(noise).toFixed(1)}H${right}" stroke="#888" stroke-dasharray="4 4"/>`,
          label(margin.left + 6, y(noise) - 5, 'start', 'noise'),
        ];
  return [
    `<rect x="${margin.left}" y="${margin.top}" width="${right - margin.left}" height="${height - margin.top - margin.bottom}" fill="none" stroke="#444"/>`,
    ...decades(slow, fast).map((v) => label(x(v), height - margin.bottom + 18, 'middle', String(v))),
    ...ticks(low, high).map((v) => label(margin.left - 8, y(v) + 4, 'end', String(v))),
    ...broken,
    ...dots,
    `<text transform="translate(18 ${height / 2}) rotate(-90)" text-anchor="middle">${title}</text>`,
  ].join('\n');
}

/** The height at which a name to the right of its dot covers none that was placed before: as wanted, or as little above or below as will do. */
function clearOf(placed: { left: number; right: number; y: number }[], left: number, wanted: number, name: string): number {
  const right = left + 7 * name.length;
  const covers = (y: number): boolean =>
    placed.some((other) => other.left < right && left < other.right && Math.abs(other.y - y) < 14);
  let shift = 0;
  const inside = (y: number): boolean => y > margin.top + 12 && y < height - margin.bottom - 4;
  while (shift < height && [wanted - shift, wanted + shift].every((y) => covers(y) || !inside(y))) shift += 2;
  const y = [wanted - shift, wanted + shift].find((at) => !covers(at) && inside(at)) ?? wanted;
  placed.push({ left, right, y });
  return y;
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}

/** 1, 2 and 5 times the powers of ten between two positive numbers. */
function decades(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** power).toPrecision(3));
      if (value >= low && value <= high) found.push(value);
    }
  return found;
}

/** About five round numbers. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough) ?? rough;
  const found: number[] = [];
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) found.push(Number(v.toPrecision(10)));
  return found;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
}
