import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { downsample } from '../../../tools/report/downsample.ts';
import { duration, html, show, showWithError, unit } from '../../../tools/report/html.ts';

const test = suite('html');
const plain = (text: string): string => text.replace(/\u202f/g, ' ').replace(/\u2212/g, '-');

test('numbers have the digits asked for, thousands apart, powers of ten where needed', () => {
  assert.equal(
    [0, 3.1372, 32000, -0.05, 1234.5678, 5.4e-4, null, Number.NaN].map((x) => plain(show(x, 3))),
    ['0', '3.14', '32 000', '-0.0500', '1 230', '5.40 × 10⁻⁴', '–', '–'],
  );
});

test('an error decides the digits of its value', () => {
  assert.is(plain(showWithError(-950.312, 1.23)), '-950.3 ± 1.2');
  assert.is(plain(showWithError(3.344e-5, 2.7e-6)), '(3.34 ± 0.27) × 10⁻⁵');
  assert.is(plain(showWithError(12.3456, null)), '12.35');
});

test('seconds, units and markup', () => {
  assert.equal(
    [4.04, 92, 140, 7300].map((s) => plain(duration(s))),
    ['4.0 s', '92 s', '2 min 20 s', '2 h 1 min'],
  );
  assert.is(unit('nm2/ps'), 'nm²/ps');
  assert.is(unit('sigma2/tau'), 'σ²/τ');
  assert.is(html`<b>${'a<b & "c"'}</b>${null}${[html`<i>${1}</i>`, 'x']}`.html, '<b>a&#60;b &#38; &#34;c&#34;</b><i>1</i>x');
});

test('a long series becomes bucket means with the range of each bucket; gaps are left out', () => {
  const x = Array.from({ length: 1000 }, (_, k) => k);
  const y = x.map((k) => (k === 3 ? Number.NaN : k % 10));
  const found = downsample(x, y, 100);
  assert.ok(found.x.length <= 100);
  assert.is(Math.min(...found.low), 0);
  assert.is(Math.max(...found.high), 9);
  assert.equal(downsample([1, 2], [3, 4]).y, [3, 4]);
});

test.run();
