/** Expressions in mathjs' notation, compiled once to a short program of reproducible operations, with symbolic derivatives. */
import type { ConditionalNode, ConstantNode, FunctionNode, MathNode, OperatorNode, ParenthesisNode, SymbolNode } from 'mathjs';
import { InputError, nearest } from '../errors.ts';
import { ExpressionGraph, type Node, type Operation, operations } from './expression-graph.ts';
import { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, tan } from './functions.ts';
import { parse } from './mathjs.ts';

/** Functions an expression may call, by their number of arguments; min and max take any number. */
const functions: Readonly<Record<string, number>> = {
  sqrt: 1,
  exp: 1,
  log: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  erf: 1,
  erfc: 1,
  abs: 1,
  min: 2,
  max: 2,
};

const operators: Readonly<Record<string, Operation>> = {
  add: 'add',
  subtract: 'subtract',
  multiply: 'multiply',
  divide: 'divide',
  pow: 'power',
};

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

/** A compiled expression. Evaluation allocates nothing; one instance must not be entered twice at a time. */
export interface Expression {
  /**
   * Computes the value and the derivatives with respect to each variable.
   * @param inputs variables, then parameters, in the order of the names given to `compileExpression`
   * @param out value at out[0], derivatives at out[1], out[2], ...
   */
  evaluate(inputs: Float64Array, out: Float64Array): void;
}

/**
 * Compiles an expression such as `k/2 * (r - r0)^2`. Allowed: numbers, the names, `pi`, `e`, + - * / ^, brackets, comparisons with
 * `? :` for pieces, and sqrt exp log sin cos tan asin acos atan erf erfc abs min max. All with a fixed meaning in real numbers:
 * where mathjs would go complex (the root of a negative number) the result is NaN.
 * @param variables names with respect to which derivatives are taken
 * @param parameters other names
 * @throws InputError naming the part that cannot be used, and what is allowed
 */
export function compileExpression(text: string, variables: readonly string[], parameters: readonly string[]): Expression {
  const where = `expression "${text}"`;
  const names = [...variables, ...parameters];
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) !== i) throw new InputError(where, `the name "${name}" stands for two things; rename the parameter`);
    if (!/^[A-Za-z_]\w*$/.test(name) || Object.hasOwn(functions, name))
      throw new InputError(
        where,
        `"${name}" cannot be the name of a parameter; use letters, digits and "_", and no name of a function`,
      );
  }
  let tree: MathNode;
  try {
    tree = parse(text);
  } catch (error) {
    throw new InputError(where, `cannot be read: ${(error as Error).message}`);
  }
  const graph = new ExpressionGraph(compute);
  const value = build(tree, graph, names, where);
  const derivatives = variables.map((_, i) => graph.derivative(value, i));
  return program(graph, [value, ...derivatives], names.length);
}

/** Adds a node of mathjs' tree to the graph. */
function build(tree: MathNode, graph: ExpressionGraph, names: readonly string[], where: string): Node {
  const sub = (node: MathNode) => build(node, graph, names, where);
  switch (tree.type) {
    case 'ConstantNode': {
      const { value } = tree as ConstantNode;
      if (typeof value !== 'number') throw new InputError(where, `${tree.toString()} is not a number`);
      return graph.constant(value);
    }
    case 'ParenthesisNode':
      return sub((tree as ParenthesisNode).content);
    case 'SymbolNode': {
      const { name } = tree as SymbolNode;
      if (names.includes(name)) return graph.input(names.indexOf(name));
      if (Object.hasOwn(constants, name)) return graph.constant(constants[name]);
      const known = [...names, ...Object.keys(constants)];
      const near = nearest(name, known);
      throw new InputError(
        where,
        `nothing is called "${name}"${near ? `; did you mean "${near}"?` : ';'} known: ${known.join(', ')}`,
      );
    }
    case 'OperatorNode': {
      const { fn, args } = tree as OperatorNode;
      const operands = args.map(sub);
      if (fn === 'unaryMinus') return graph.make('negate', operands[0]);
      if (fn === 'unaryPlus') return operands[0];
      if (Object.hasOwn(operators, fn)) return operands.reduce((left, right) => graph.make(operators[fn], left, right));
      if (fn === 'smaller') return graph.make('less', operands[0], operands[1]);
      if (fn === 'smallerEq') return graph.make('lessOrEqual', operands[0], operands[1]);
      if (fn === 'larger') return graph.make('less', operands[1], operands[0]);
      if (fn === 'largerEq') return graph.make('lessOrEqual', operands[1], operands[0]);
      throw new InputError(
        where,
        `the operator "${(tree as OperatorNode).op}" is not supported; allowed: + - * / ^ < <= > >= and ? :`,
      );
    }
    case 'FunctionNode': {
      const { args } = tree as FunctionNode;
      const called = (tree as FunctionNode).fn;
      const name = typeof called === 'string' ? called : ((called as SymbolNode).name ?? called.toString());
      const arity = Object.hasOwn(functions, name) ? functions[name] : undefined;
      const known = Object.keys(functions);
      if (arity === undefined) {
        const near = nearest(name, known);
        throw new InputError(
          where,
          `the function "${name}" is not supported${near ? `; did you mean "${near}"?` : ';'} allowed: ${known.join(', ')}`,
        );
      }
      if (arity === 2 ? args.length < 2 : args.length !== arity)
        throw new InputError(
          where,
          `${name} takes ${arity === 2 ? 'two or more' : 'one'} argument${arity === 2 ? 's' : ''}; found ${args.length}`,
        );
      return args.length === 1
        ? graph.make(name as Operation, sub(args[0]))
        : args.map(sub).reduce((l, r) => graph.make(name as Operation, l, r));
    }
    case 'ConditionalNode': {
      const { condition, trueExpr, falseExpr } = tree as ConditionalNode;
      return graph.make('select', sub(condition), sub(trueExpr), sub(falseExpr));
    }
    default:
      throw new InputError(
        where,
        `"${tree.toString()}" is not supported; use one formula of numbers, names, operators and functions`,
      );
  }
}

/** One operation on numbers. */
function compute(operation: Operation, a: number, b: number, c: number): number {
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

const codeOf = new Map<Operation, number>(operations.map((operation, code) => [operation, code]));

/** Puts the nodes that the results need in order: registers 0 to inputs - 1 are the inputs, then constants, then one a step. */
function program(graph: ExpressionGraph, results: readonly Node[], inputs: number): Expression {
  const register = new Map<Node, number>();
  const constantValues: number[] = [];
  const steps: number[] = [];
  const { entries } = graph;
  const needed = new Set<Node>();
  const mark = (node: Node): void => {
    if (needed.has(node)) return;
    needed.add(node);
    for (const operand of entries[node].operands) mark(operand);
  };
  for (const result of results) mark(result);
  const ordered = [...needed].sort((a, b) => a - b);
  for (const node of ordered) {
    const { operation, value } = entries[node];
    if (operation === 'input') register.set(node, value);
    if (operation === 'constant') register.set(node, inputs + constantValues.push(value) - 1);
  }
  let next = inputs + constantValues.length;
  for (const node of ordered) {
    const { operation, operands } = entries[node];
    if (operation === 'input' || operation === 'constant') continue;
    const at = (k: number) => register.get(operands[k]) ?? 0;
    steps.push(codeOf.get(operation) ?? 0, at(0), at(1), at(2));
    register.set(node, next++);
  }
  const first = inputs + constantValues.length;
  const registers = new Float64Array(next);
  registers.set(constantValues, inputs);
  const code = Int32Array.from(steps);
  const outputs = Int32Array.from(results, (node) => register.get(node) ?? 0);
  return {
    evaluate(values, out) {
      for (let i = 0; i < inputs; i++) registers[i] = values[i];
      run(code, registers, first);
      for (let i = 0; i < outputs.length; i++) out[i] = registers[outputs[i]];
    },
  };
}

/** Runs a program; the four basic operations, of which most programs consist, are taken out of the switch. */
function run(code: Int32Array, registers: Float64Array, first: number): void {
  for (let i = 0, at = first; i < code.length; i += 4, at++) {
    const a = registers[code[i + 1]];
    const b = registers[code[i + 2]];
    switch (code[i]) {
      case 2:
        registers[at] = a + b;
        break;
      case 3:
        registers[at] = a - b;
        break;
      case 4:
        registers[at] = a * b;
        break;
      case 5:
        registers[at] = a / b;
        break;
      default:
        registers[at] = compute(operations[code[i]], a, b, registers[code[i + 3]]);
    }
  }
}
