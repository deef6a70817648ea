import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { parseScenario } from '../../../engine/scenario/resolve.ts';

test('valid JSON gives what JSON.parse gives', () => {
  for (const text of [
    '{}',
    ' [ ] ',
    '{"a": [1, -2.5e3, 0.1, true, false, null, "x\\u00e9\\n\\"y\\""], "b": {"c": {}}}\n',
    '"text"',
    '-0',
    '[[[]],\r\n\t{"": 1}]',
  ])
    assert.equal(parseScenario(text, 'a.json'), JSON.parse(text));
  assert.equal(parseScenario('\ufeff{"a":1}', 'a.json'), { a: 1 });
});

test('a mistake is reported with line, column and the line itself', () => {
  const table: [string, string, RegExp][] = [
    ['{\n  "a": 1\n  "b": 2\n}', 'a.json:3:3', /expected "," or "}"\n {4}"b": 2\n {4}\^/],
    ['{\n  "a": 1,\n}', 'a.json:3:1', /remove the comma/],
    ['[1, 2,]', 'a.json:1:7', /remove the comma/],
    ['{"a": 1 fs}', 'a.json:1:9', /expected "," or "}"/],
    ['{"a": 2fs}', 'a.json:1:8', /a quantity with a unit is written as text: "2 fs"/],
    ['{"a": 01}', 'a.json:1:8', /cannot be read/],
    ['{a: 1}', 'a.json:1:2', /name of a property in double quotes/],
    ["{'a': 1}", 'a.json:1:2', /double quotes/],
    ['{"a": \'b\'}', 'a.json:1:7', /double quotes/],
    ['{"a" 1}', 'a.json:1:6', /expected ":" after the property name "a"/],
    ['{"a": }', 'a.json:1:7', /expected a value before "}"/],
    ['{"a": yes}', 'a.json:1:7', /expected a value/],
    ['{"a": 1', 'a.json:1:1', /this { is never closed/],
    ['{"a": [1', 'a.json:1:7', /this \[ is never closed/],
    ['{"a": "b\n}', 'a.json:1:7', /no closing double quote/],
    ['{"a": "\\q"}', 'a.json:1:8', /unknown escape/],
    ['{"a": 1} x', 'a.json:1:10', /expected the end of the file/],
    ['// hello\n{}', 'a.json:1:1', /no comments/],
    ['{"a": 1,\n "a": 2}', 'a.json:2:2', /the property "a" is given twice/],
    ['', 'a.json:1:1', /empty/],
    ['{"a":', 'a.json:1:6', /the file ends where a value is expected/],
  ];
  for (const [text, where, message] of table) {
    try {
      parseScenario(text, 'a.json');
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, InputError, text);
      assert.is((error as InputError).where, where, text);
      assert.match((error as Error).message, message);
    }
  }
});

test('whatever JSON.parse refuses is refused, and the other way round', () => {
  // One character of a small document deleted, doubled or replaced, everywhere.
  const text = '{"a":[1,-2.5e+3,"b\\n"],"c":{"d":null,"e":true}}';
  for (let i = 0; i < text.length; i++) {
    for (const put of ['', text[i] + text[i], ',', '}', '"', '0', ' ', '-', '\\', '\t']) {
      const changed = text.slice(0, i) + put + text.slice(i + 1);
      let expected: unknown;
      let valid = true;
      try {
        expected = JSON.parse(changed);
      } catch {
        valid = false;
      }
      if (valid) assert.equal(parseScenario(changed, 'a.json'), expected, changed);
      else
        assert.throws(
          () => parseScenario(changed, 'a.json'),
          (error: unknown) => error instanceof InputError,
          changed,
        );
    }
  }
});

test.run();
