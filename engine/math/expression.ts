/** Expressions in mathjs' notation, compiled once to a short program of reproducible operations, with symbolic derivatives. */
import type { ConditionalNode, ConstantNode, FunctionNode, MathNode, OperatorNode, ParenthesisNode, SymbolNode } from 'mathjs';
import { InputError, nearest } from '../errors.ts';
import { ExpressionGraph, type Node, type Operation } from './expression-graph.ts';
import { compute, type Expression, generate, linearize } from './expression-program.ts';
import { parse } from './mathjs.ts';

/** Functions an expression may call, by their number of arguments; min and max take two or more. */
const functions: Readonly<Record<string, number | 'more'>> = {
  sqrt: 1,
  exp: 1,
  log: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  atan2: 2,
  erf: 1,
  erfc: 1,
  abs: 1,
  min: 'more',
  max: 'more',
};

const operators: Readonly<Record<string, Operation>> = {
  add: 'add',
  subtract: 'subtract',
  multiply: 'multiply',
  divide: 'divide',
  pow: 'power',
};

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

/**
 * Compiles an expression such as `k/2 * (r - r0)^2`. Allowed: numbers, the names, `pi`, `e`, + - * / ^, brackets, comparisons with
 * `? :` for pieces, and sqrt exp log sin cos tan asin acos atan erf erfc abs min max, and atan2(y, x). All with a fixed meaning in real numbers:
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
  return generate(linearize(graph, [value, ...derivatives], names.length));
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
      if (arity === 'more' ? args.length < 2 : args.length !== arity) {
        const wanted = arity === 'more' ? 'two or more' : arity === 2 ? 'two' : 'one';
        throw new InputError(where, `${name} takes ${wanted} argument${arity === 1 ? '' : 's'}; found ${args.length}`);
      }
      return arity === 'more'
        ? args.map(sub).reduce((l, r) => graph.make(name as Operation, l, r))
        : graph.make(name as Operation, ...args.map(sub));
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
