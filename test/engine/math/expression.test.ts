import { all, create } from 'mathjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { compileExpression } from '../../../engine/math/expression.ts';
import { ExpressionGraph, type Operation } from '../../../engine/math/expression-graph.ts';
import { compute, generate, interpret, linearize } from '../../../engine/math/expression-program.ts';

const math = create(all ?? {});

function evaluate(text: string, at: Record<string, number>, variables: string[]): number[] {
  const parameters = Object.keys(at).filter((name) => !variables.includes(name));
  const out = new Float64Array(1 + variables.length);
  compileExpression(text, variables, parameters).evaluate(
    Float64Array.from([...variables, ...parameters], (name) => at[name]),
    out,
  );
  return [...out];
}

const formulas = [
  'k/2*(r - r0)^2',
  '4*eps*((s/r)^12 - (s/r)^6)',
  'D*(1 - exp(-a*(r - r0)))^2',
  '-k/2*R0^2*log(1 - (r/R0)^2)',
  'a*exp(-b*r) - c/r^6 + q/r',
  'k*(1 + cos(3*r - pi/3))',
  'sqrt(r^2 + a^2) + r^1.5 + r^(-2.5) + r^0.3 + r^-7',
  'a^r + r^r + (r + 1)^(2*r)',
  'tan(r/4)*asin(r/9) - acos(r/7) + atan(r)',
  '2 r + (r^2)(3) - -r + +r - r/3/2',
  'abs(r - 5) + r*abs(sin(r))',
  'e^(-r) + log(r)*r + 0*r + 1e-3*r - 0.5',
  '(r - r0)/(r + r0)/(1 + r)',
];
const at = { k: 3, r0: 0.7, eps: 1.2, s: 0.9, D: 4, a: 1.7, R0: 6, b: 0.4, c: 2.2, q: -1.3 };

test('values and derivatives agree with those of mathjs, which evaluates and differentiates on its own', () => {
  for (const text of formulas) {
    const tree = math.parse(text);
    const slope = math.derivative(tree, 'r');
    for (const r of [0.35, 1.1, 2.9]) {
      const [value, derivative] = evaluate(text, { ...at, r }, ['r']);
      const expected = tree.evaluate({ ...at, r }) as number;
      const expectedSlope = slope.evaluate({ ...at, r }) as number;
      // Both are rounded a few dozen times: 1e-13 of the largest intermediate, here at most 1e6 times the result.
      assert.ok(Math.abs(value - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${text} at ${r}: ${value}, ${expected}`);
      assert.ok(
        Math.abs(derivative - expectedSlope) <= 1e-12 * Math.max(1, Math.abs(expectedSlope)),
        `d/dr ${text} at ${r}: ${derivative}, ${expectedSlope}`,
      );
    }
  }
});

test('the error functions have the Gaussian as their derivative', () => {
  for (const x of [-1.3, 0, 0.4, 2]) {
    const [f, slope] = evaluate('erf(a*x)', { x, a: 1.7 }, ['x']);
    const [g, other] = evaluate('erfc(a*x)', { x, a: 1.7 }, ['x']);
    const expected = ((2 * 1.7) / Math.sqrt(Math.PI)) * Math.exp(-((1.7 * x) ** 2));
    assert.ok(Math.abs(f + g - 1) < 1e-15);
    assert.ok(Math.abs(slope - expected) < 1e-14 && Math.abs(other + expected) < 1e-14);
  }
});

test('atan2(y, x) is the angle of a point, and turns with it', () => {
  for (const [y, x] of [
    [0.3, 1.2],
    [2, -0.7],
    [-1e-3, -4],
    [-5, 0],
  ]) {
    const [angle, byY, byX] = evaluate('atan2(y, x)', { y, x }, ['y', 'x']);
    // Ours and the machine's differ by rounding.
    assert.ok(Math.abs(angle - Math.atan2(y, x)) < 1e-15);
    assert.ok(Math.abs(byY - x / (x * x + y * y)) < 1e-15 && Math.abs(byX + y / (x * x + y * y)) < 1e-15);
  }
  assert.throws(() => evaluate('atan2(y)', { y: 1 }, ['y']), /atan2 takes two arguments; found 1/);
  assert.throws(() => evaluate('atan2(y, 1, 2)', { y: 1 }, ['y']), /atan2 takes two arguments; found 3/);
});

test('stepping through a program gives the bits of the generated function', () => {
  const inputs = Float64Array.of(1.3, 0.7, 2.1);
  const operations: [Operation, number][] = [
    ...(['add', 'subtract', 'multiply', 'divide', 'power', 'min', 'max', 'less', 'lessOrEqual', 'atan2'] as const).map(
      (o): [Operation, number] => [o, 2],
    ),
    ...(['negate', 'sqrt', 'exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos'] as const).map((o): [Operation, number] => [o, 1]),
    ...(['atan', 'erf', 'erfc', 'abs', 'sign'] as const).map((o): [Operation, number] => [o, 1]),
    ['select', 3],
  ];
  for (const [operation, arity] of operations) {
    for (const sign of [1, -1]) {
      const graph = new ExpressionGraph(compute);
      const operands = [1, 0, 2].slice(0, arity).map((i) => graph.input(i));
      const node = graph.make(
        'add',
        graph.make('multiply', graph.make(operation, ...operands), graph.constant(sign * 1.7)),
        graph.input(0),
      );
      const program = linearize(graph, [node, graph.derivative(node, 1)], 3);
      const one = new Float64Array(2);
      const two = new Float64Array(2);
      const values = inputs.map((x) => sign * x);
      generate(program).evaluate(values, one);
      interpret(program).evaluate(values, two);
      assert.ok(
        one.every((x, i) => Object.is(x, two[i])),
        `${operation}: ${one} ${two}`,
      );
    }
  }
});

test('kinks and pieces: min, max and conditions follow the branch that is taken', () => {
  for (const [r, value, slope] of [
    [1, 1, 2],
    [3, 6, 1],
  ])
    assert.equal(evaluate('r < 2 ? r^2 : r + 3', { r }, ['r']), [value, slope]);
  assert.equal(evaluate('min(r, 2, 3*r)', { r: 1 }, ['r']), [1, 1]);
  assert.equal(evaluate('min(r, 2, 3*r)', { r: 5 }, ['r']), [2, 0]);
  assert.equal(evaluate('max(0, r - a)^2', { r: 3, a: 1 }, ['r']), [4, 4]);
  assert.equal(evaluate('max(0, r - a)^2', { r: 0.5, a: 1 }, ['r']), [0, 0]);
  assert.equal(evaluate('r >= 2 ? 1 : (r > 1 ? 2 : (r <= 0 ? 3 : 4))', { r: 2 }, ['r']), [1, 0]);
  assert.equal(evaluate('r >= 2 ? 1 : (r > 1 ? 2 : (r <= 0 ? 3 : 4))', { r: 0 }, ['r']), [3, 0]);
  assert.equal(evaluate('abs(r)', { r: 0 }, ['r']), [0, 0]);
});

test('there may be several variables', () => {
  assert.equal(evaluate('x^2*y + a*y', { x: 3, y: 2, a: 5 }, ['x', 'y']), [28, 12, 14]);
});

test('a derivative does not bring in a singularity that the formula has not', () => {
  assert.equal(evaluate('r^2', { r: 0 }, ['r']), [0, 0]);
  assert.equal(evaluate('(r - a)^4', { r: 1, a: 1 }, ['r']), [0, 0]);
  assert.equal(evaluate('r^n', { r: 2, n: 3 }, ['r']), [8, 12]);
});

test('what has no fixed meaning is refused by name', () => {
  const table: [string, RegExp][] = [
    ['r + gamma(r)', /the function "gamma" is not supported.*allowed: sqrt, exp/],
    ['sine(r)', /the function "sine" is not supported; did you mean "sin"\?/],
    ['random()', /the function "random" is not supported/],
    ['r0l * r', /nothing is called "r0l"; did you mean "r0"\? known: r, k, r0, pi, e/],
    ['r!', /the operator "!" is not supported/],
    ['r % 2', /the operator "%" is not supported/],
    ['r and 1', /the operator "and" is not supported/],
    ['[r, 1]', /is not supported; use one formula/],
    ['x = 3', /is not supported; use one formula/],
    ['r; k', /is not supported; use one formula/],
    ['"r"', /is not a number/],
    ['r +', /cannot be read/],
    ['', /is not|cannot be read|not supported/],
    ['sin(r, 2)', /sin takes one argument; found 2/],
    ['min(r)', /min takes two or more arguments; found 1/],
    ['r.toString()', /not supported/],
    ['constructor', /nothing is called "constructor"/],
    ['toString(r)', /the function "toString" is not supported/],
    ['2 nm', /nothing is called "nm"/],
    ['2i', /nothing is called "i"/],
  ];
  for (const [text, expected] of table) {
    try {
      compileExpression(text, ['r'], ['k', 'r0']);
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, InputError, text);
      assert.match((error as Error).message, expected);
    }
  }
  assert.throws(() => compileExpression('r', ['r'], ['r']), /stands for two things/);
  assert.throws(() => compileExpression('r', ['r'], ['sin']), /cannot be the name/);
  assert.throws(() => compileExpression('r', ['r'], ['a b']), /cannot be the name/);
});

test.run();
