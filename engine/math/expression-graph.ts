/** Expressions as graphs: equal parts are one node, constants are folded, and derivatives are graphs again. */

/** What a node does; `input` and `constant` are leaves. */
export type Operation =
  | 'constant'
  | 'input'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'negate'
  | 'power'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'atan2'
  | 'erf'
  | 'erfc'
  | 'abs'
  | 'sign'
  | 'min'
  | 'max'
  | 'less'
  | 'lessOrEqual'
  | 'select';

/** A node by its index in the graph. */
export type Node = number;

interface Entry {
  readonly operation: Operation;
  /** Operands, each made before the node itself. */
  readonly operands: readonly Node[];
  /** The constant's value, or the input's index. */
  readonly value: number;
}

/** How an operation is computed from numbers; the graph folds constants with it. */
export type Evaluate = (operation: Operation, a: number, b: number, c: number) => number;

const twoOverSqrtPi = 1.1283791670955126;

export class ExpressionGraph {
  readonly entries: Entry[] = [];
  private readonly known = new Map<string, Node>();
  private readonly fold: Evaluate;

  constructor(fold: Evaluate) {
    this.fold = fold;
  }

  constant(value: number): Node {
    return this.node('constant', [], value);
  }

  input(index: number): Node {
    return this.node('input', [], index);
  }

  /** A node of an operation, simplified where that is exact for all finite operands. */
  make(operation: Operation, ...operands: Node[]): Node {
    const values = operands.map((operand) => this.valueOf(operand));
    if (values.every((value) => value !== undefined)) {
      return this.constant(this.fold(operation, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0));
    }
    const [a, b, c] = operands;
    const [x, y] = values;
    switch (operation) {
      case 'add':
        return x === 0 ? b : y === 0 ? a : this.node(operation, operands);
      case 'subtract':
        return y === 0 ? a : x === 0 ? this.make('negate', b) : this.node(operation, operands);
      case 'multiply':
        if (x === 0 || y === 0) return this.constant(0);
        if (x === 1) return b;
        if (y === 1) return a;
        if (x === -1) return this.make('negate', b);
        if (y === -1) return this.make('negate', a);
        return this.node(operation, operands);
      case 'divide':
        return y === 1 ? a : x === 0 ? this.constant(0) : this.node(operation, operands);
      case 'negate':
        return this.entries[a].operation === 'negate' ? this.entries[a].operands[0] : this.node(operation, operands);
      case 'power':
        return this.power(a, b, y);
      case 'select':
        if (x !== undefined) return x !== 0 ? b : c;
        return b === c ? b : this.node(operation, operands);
      default:
        return this.node(operation, operands);
    }
  }

  /** The derivative of a node with respect to an input, by the rules of the calculus; the slope of a kink is taken as the mean. */
  derivative(node: Node, input: number): Node {
    return this.differentiate(node, input, new Map());
  }

  private differentiate(node: Node, input: number, done: Map<Node, Node>): Node {
    const before = done.get(node);
    if (before !== undefined) return before;
    const { operation, operands, value } = this.entries[node];
    const [a, b, c] = operands;
    const d = (operand: Node) => this.differentiate(operand, input, done);
    const times = (left: Node, right: Node) => this.make('multiply', left, right);
    const over = (left: Node, right: Node) => this.make('divide', left, right);
    const rule = (): Node => {
      switch (operation) {
        case 'constant':
        case 'sign':
        case 'less':
        case 'lessOrEqual':
          return this.constant(0);
        case 'input':
          return this.constant(value === input ? 1 : 0);
        case 'add':
        case 'subtract':
          return this.make(operation, d(a), d(b));
        case 'negate':
          return this.make('negate', d(a));
        case 'multiply':
          return this.make('add', times(d(a), b), times(a, d(b)));
        case 'divide':
          return over(this.make('subtract', d(a), times(node, d(b))), b);
        case 'power':
          return this.powerRule(node, a, b, d(a), d(b));
        case 'sqrt':
          return over(d(a), times(this.constant(2), node));
        case 'exp':
          return times(node, d(a));
        case 'log':
          return over(d(a), a);
        case 'sin':
          return times(this.make('cos', a), d(a));
        case 'cos':
          return this.make('negate', times(this.make('sin', a), d(a)));
        case 'tan':
          return times(this.make('add', this.constant(1), times(node, node)), d(a));
        case 'asin':
          return over(d(a), this.oneMinusSquareRoot(a));
        case 'acos':
          return this.make('negate', over(d(a), this.oneMinusSquareRoot(a)));
        case 'atan':
          return over(d(a), this.make('add', this.constant(1), times(a, a)));
        case 'atan2':
          return over(this.make('subtract', times(b, d(a)), times(a, d(b))), this.make('add', times(a, a), times(b, b)));
        case 'erf':
        case 'erfc': {
          const gaussian = this.make('exp', this.make('negate', times(a, a)));
          return times(times(this.constant(operation === 'erf' ? twoOverSqrtPi : -twoOverSqrtPi), gaussian), d(a));
        }
        case 'abs':
          return times(this.make('sign', a), d(a));
        case 'min':
          return this.make('select', this.make('less', a, b), d(a), d(b));
        case 'max':
          return this.make('select', this.make('less', a, b), d(b), d(a));
        case 'select':
          return this.make('select', a, d(b), d(c));
        default:
          return operation satisfies never;
      }
    };
    const result = rule();
    done.set(node, result);
    return result;
  }

  private powerRule(node: Node, base: Node, exponent: Node, dBase: Node, dExponent: Node): Node {
    const n = this.valueOf(exponent);
    const lower = n !== undefined ? this.constant(n - 1) : this.make('subtract', exponent, this.constant(1));
    const ofBase = this.make('multiply', this.make('multiply', exponent, this.make('power', base, lower)), dBase);
    const ofExponent =
      this.valueOf(dExponent) === 0
        ? dExponent
        : this.make('multiply', this.make('multiply', node, this.make('log', base)), dExponent);
    return this.make('add', ofBase, ofExponent);
  }

  private oneMinusSquareRoot(a: Node): Node {
    return this.make('sqrt', this.make('subtract', this.constant(1), this.make('multiply', a, a)));
  }

  /** Integer powers up to 64 become multiplications that share their parts; half-integer ones take a square root besides. */
  private power(base: Node, exponent: Node, n: number | undefined): Node {
    if (n === undefined) return this.node('power', [base, exponent]);
    if (n < 0 && 2 * n === Math.floor(2 * n) && n >= -64)
      return this.make('divide', this.constant(1), this.make('power', base, this.constant(-n)));
    if (n === 0) return this.constant(1);
    if (n === Math.floor(n) && n <= 64) return this.integerPower(base, n);
    if (2 * n === Math.floor(2 * n) && n <= 64)
      return this.make('multiply', this.make('power', base, this.constant(n - 0.5)), this.make('sqrt', base));
    return this.node('power', [base, exponent]);
  }

  private integerPower(base: Node, n: number): Node {
    if (n === 1) return base;
    const half = this.integerPower(base, Math.floor(n / 2));
    const square = this.make('multiply', half, half);
    return n % 2 === 1 ? this.make('multiply', square, base) : square;
  }

  private valueOf(node: Node): number | undefined {
    const { operation, value } = this.entries[node];
    return operation === 'constant' ? value : undefined;
  }

  private node(operation: Operation, operands: readonly Node[], value = 0): Node {
    const key = `${operation} ${operands.join(' ')} ${Object.is(value, -0) ? '-0' : value}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    this.known.set(key, this.entries.length);
    this.entries.push({ operation, operands, value });
    return this.entries.length - 1;
  }
}
