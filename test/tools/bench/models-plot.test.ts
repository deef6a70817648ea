/** The plot of error against speed: a dot a model, faster to the right, less error below. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errorAgainstSpeed } from '../../../tools/bench/graph/models-plot.ts';

const test = suite('plot of error against speed');

test('every model has a dot and its name; speed runs to the right and error upwards', () => {
  const point = (name: string, error: number, nanosecondsPerDay: number) => ({
    name,
    error,
    uncertainty: 10,
    stepsPerSecond: 1,
    nanosecondsPerDay,
    molecules: 512,
  });
  const svg = errorAgainstSpeed([point('slow & good', 8400, 300), point('fast', 10500, 2500)]);
  const dots = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) => [Number(match[1]), Number(match[2])]);
  assert.is(dots.length, 2);
  assert.ok(dots[0][0] < dots[1][0], 'the faster one is to the right');
  assert.ok(dots[0][1] > dots[1][1], 'the one with less error is below');
  assert.match(svg, />slow &#38; good</);
  for (const [x, y] of dots) assert.ok(x > 80 && x < 570 && y > 30 && y < 390, `${x}, ${y} lies within the frame`);
});

test('errors of distributions are a panel of their own, below, with a line at the noise', () => {
  const point = (name: string, error: number, nanosecondsPerDay: number) => ({
    name,
    error: 100,
    uncertainty: 1,
    stepsPerSecond: 1,
    nanosecondsPerDay,
    molecules: 128,
    distributions: { error, uncertainty: 0.01, noise: 0.02 },
  });
  const svg = errorAgainstSpeed([point('worse', 0.4, 100), point('better', 0.05, 400)]);
  const [, below] = svg.split('<g transform="translate(0 440)">');
  const dots = [...below.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) => [Number(match[1]), Number(match[2])]);
  assert.is(dots.length, 2);
  assert.ok(dots[0][1] < dots[1][1], 'the worse one is higher up');
  const line = Number(/M80 ([\d.]+)H570/.exec(below)?.[1]);
  assert.ok(line > dots[1][1] && line < 390, 'the noise is below both and within the frame');
});

test.run();
