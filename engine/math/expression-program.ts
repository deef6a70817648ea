/** Runs an expression's graph: as a generated function, or step by step where a page forbids generated code. Both give the same bits. */
import type { ExpressionGraph, Node, Operation } from './expression-graph.ts';
import { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, tan } from './functions.ts';

/** A compiled expression. Evaluation allocates nothing. */
export interface Expression {
  /**
   * Computes the value and the derivatives with respect to each variable.
   * @param inputs variables, then parameters, in the order of the names given to `compileExpression`
   * @param out value at out[0], derivatives at out[1], out[2], ...
   */
  evaluate(inputs: Float64Array, out: Float64Array): void;
}

/** The nodes that the results need, in order. Registers: the inputs, then the constants, then the result of each step. */
export interface Program {
  readonly inputs: number;
  readonly constants: readonly number[];
  readonly steps: readonly { readonly operation: Operation; readonly registers: readonly number[] }[];
  /** The registers of the results. */
  readonly results: readonly number[];
}

export function linearize(graph: ExpressionGraph, results: readonly Node[], inputs: number): Program {
  const { entries } = graph;
  const needed = new Set<Node>();
  const mark = (node: Node): void => {
    if (needed.has(node)) return;
    needed.add(node);
    for (const operand of entries[node].operands) mark(operand);
  };
  for (const result of results) mark(result);
  // Operands are made before the nodes that use them.
  const ordered = [...needed].sort((a, b) => a - b);
  const register = new Map<Node, number>();
  const at = (node: Node) => register.get(node) ?? 0;
  const constants: number[] = [];
  for (const node of ordered) {
    const { operation, value } = entries[node];
    if (operation === 'input') register.set(node, value);
    if (operation === 'constant') register.set(node, inputs + constants.push(value) - 1);
  }
  const steps: { operation: Operation; registers: number[] }[] = [];
  for (const node of ordered) {
    const { operation, operands } = entries[node];
    if (operation === 'input' || operation === 'constant') continue;
    register.set(node, inputs + constants.length + steps.push({ operation, registers: operands.map(at) }) - 1);
  }
  return { inputs, constants, steps, results: results.map(at) };
}

/** One operation on numbers. */
export function compute(operation: Operation, a: number, b: number, c: number): number {
  switch (operation) {
    case 'constant':
    case 'input':
      return a;
    case 'add':
      return a + b;
    case 'subtract':
      return a - b;
    case 'multiply':
      return a * b;
    case 'divide':
      return a / b;
    case 'negate':
      return -a;
    case 'power':
      return pow(a, b);
    case 'sqrt':
      return Math.sqrt(a);
    case 'exp':
      return exp(a);
    case 'log':
      return log(a);
    case 'sin':
      return sin(a);
    case 'cos':
      return cos(a);
    case 'tan':
      return tan(a);
    case 'asin':
      return asin(a);
    case 'acos':
      return acos(a);
    case 'atan':
      return atan2(a, 1);
    case 'atan2':
      return atan2(a, b);
    case 'erf':
      return erf(a);
    case 'erfc':
      return erfc(a);
    case 'abs':
      return Math.abs(a);
    case 'sign':
      return a > 0 ? 1 : a < 0 ? -1 : 0;
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
    case 'less':
      return a < b ? 1 : 0;
    case 'lessOrEqual':
      return a <= b ? 1 : 0;
    case 'select':
      return a !== 0 ? b : c;
    default:
      return operation satisfies never;
  }
}

/** The steps one by one. */
export function interpret(program: Program): Expression {
  const { inputs, constants, steps, results } = program;
  const registers = new Float64Array(inputs + constants.length + steps.length);
  registers.set(constants, inputs);
  const first = inputs + constants.length;
  return {
    evaluate(values, out) {
      for (let i = 0; i < inputs; i++) registers[i] = values[i];
      for (let i = 0; i < steps.length; i++) {
        const [a, b, c] = steps[i].registers;
        registers[first + i] = compute(steps[i].operation, registers[a], registers[b], registers[c]);
      }
      for (let i = 0; i < results.length; i++) out[i] = registers[results[i]];
    },
  };
}

const infix: Partial<Readonly<Record<Operation, string>>> = { add: '+', subtract: '-', multiply: '*', divide: '/' };

/** One function for the whole program, which the engine compiles to machine code; `interpret` where code may not be generated. */
export function generate(program: Program): Expression {
  const { inputs, constants, steps, results } = program;
  const first = inputs + constants.length;
  const lines = constants.map((_, i) => `const r${inputs + i} = constants[${i}];`);
  lines.push('return (values, out) => {');
  for (let i = 0; i < inputs; i++) lines.push(`const r${i} = values[${i}];`);
  for (const [i, { operation, registers }] of steps.entries()) {
    const [a, b = 'r0', c = 'r0'] = registers.map((register) => `r${register}`);
    const sign = infix[operation];
    lines.push(`const r${first + i} = ${sign ? `${a} ${sign} ${b}` : call(operation, a, b, c)};`);
  }
  for (const [i, register] of results.entries()) lines.push(`out[${i}] = r${register};`);
  lines.push('};');
  try {
    // The text holds register numbers and fixed names alone: nothing of what a user wrote.
    const make = new Function('constants', 'f', lines.join('\n')) as (k: readonly number[], f: object) => Expression['evaluate'];
    return { evaluate: make(constants, { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, tan }) };
  } catch (error) {
    // A content security policy without 'unsafe-eval'.
    if (error instanceof EvalError) return interpret(program);
    throw error;
  }
}

/** An operation other than + - * / in the text of a function; the same arithmetic as in `compute`. */
function call(operation: Operation, a: string, b: string, c: string): string {
  switch (operation) {
    case 'negate':
      return `-${a}`;
    case 'sqrt':
    case 'abs':
      return `Math.${operation}(${a})`;
    case 'min':
    case 'max':
      return `Math.${operation}(${a}, ${b})`;
    case 'sign':
      return `${a} > 0 ? 1 : ${a} < 0 ? -1 : 0`;
    case 'less':
      return `${a} < ${b} ? 1 : 0`;
    case 'lessOrEqual':
      return `${a} <= ${b} ? 1 : 0`;
    case 'select':
      return `${a} !== 0 ? ${b} : ${c}`;
    case 'power':
      return `f.pow(${a}, ${b})`;
    case 'atan':
      return `f.atan2(${a}, 1)`;
    case 'atan2':
      return `f.atan2(${a}, ${b})`;
    default:
      return `f.${operation}(${a})`;
  }
}
