/** Claims about what a run prints: lines with the time that is left, key figures, numbers that people can read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { duration, figure, table } from '../../../tools/cli/format.ts';
import { keyFigures } from '../../../tools/cli/key-figures.ts';
import { Lines } from '../../../tools/cli/progress.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('output');

test('without a terminal a stage says how far it is at most every five seconds, with the time left at its own rate', () => {
  const lines: string[] = [];
  let now = 0;
  const display = new Lines(
    (line) => lines.push(line),
    () => now,
  );
  display.stageStarted('atoms');
  // A continued stage begins at 40 of 100: the rate counts from there.
  for (let second = 0; second <= 12; second++) {
    now = second * 1000;
    display.progress('atoms', 40 + second, 100, '12 ns/day');
  }
  display.stageEnded('atoms', 'done', 61);
  assert.equal(lines, [
    'atoms: started',
    'atoms: 45 %, 55 s left, 12 ns/day',
    'atoms: 50 %, 50 s left, 12 ns/day',
    'atoms: done after 1 min 1 s',
  ]);
});

test('durations and figures are short', () => {
  assert.equal([0.04, 9.94, 9.96, 59.6, 3599, 7260].map(duration), [
    '0.0 s',
    '9.9 s',
    '10 s',
    '1 min 0 s',
    '59 min 59 s',
    '2 h 1 min',
  ]);
  assert.equal([0, 143.0567, 1234567, 0.00001234].map(figure), ['0', '143.1', '1.235e+6', '1.234e-5']);
  assert.is(
    table([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
    '  a    bb  c\n  aaa  b',
  );
});

test('key figures come from the files that a stage left, and a file of another shape does no harm', () => {
  const folder = scratch();
  assert.equal(keyFigures(folder, 'md'), []);
  writeFileSync(
    join(folder, 'compare.json'),
    JSON.stringify({
      rdf: [{ pair: 'CH3-CH3', meanAbsoluteError: 0.0312345 }],
      bonds: [{ name: 'CH3-CH3', overlap: 0.95 }],
      speed: { ratio: 31.4159 },
    }),
  );
  writeFileSync(
    join(folder, 'summary.json'),
    JSON.stringify({ averages: { temperature: { mean: 143.04, unit: 'K' } }, nsPerDay: 12.345 }),
  );
  writeFileSync(join(folder, 'model.json'), '[not json');
  assert.equal(keyFigures(folder, 'md'), [
    'g(r) CH3-CH3: mean error 0.03123',
    'bond CH3-CH3: overlap 0.95',
    'speed x 31.42',
    'temperature 143 K',
    '12.35 ns/day',
  ]);
});

test.run();
