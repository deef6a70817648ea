/** Reads JSON so that every mistake is reported with its line, its column and the line itself; a key given twice is a mistake too. */
import { InputError } from '../errors.ts';

/**
 * The value of a JSON text (RFC 8259).
 * @throws InputError at `fileName:line:column` with what was expected and the offending line
 */
export function parseJson(text: string, fileName: string): unknown {
  return new Reader(text, fileName).document();
}

const literals: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  private at = 0;
  private readonly text: string;
  private readonly fileName: string;

  constructor(text: string, fileName: string) {
    this.text = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
    this.fileName = fileName;
  }

  document(): unknown {
    this.space();
    if (this.at >= this.text.length) this.fail('the file is empty; a scenario is a JSON object { ... }');
    const value = this.value();
    this.space();
    if (this.at < this.text.length) this.fail('expected the end of the file after the closing bracket');
    return value;
  }

  private value(): unknown {
    const c = this.text[this.at];
    if (c === '{') return this.object();
    if (c === '[') return this.array();
    if (c === '"') return this.string();
    for (const [word, value] of literals) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    number.lastIndex = this.at;
    const digits = number.exec(this.text);
    if (digits) {
      this.at += digits[0].length;
      if (/[\w.+]/.test(this.text[this.at] ?? ''))
        this.fail('this number cannot be read; a quantity with a unit is written as text: "2 fs"');
      return Number(digits[0]);
    }
    if (c === undefined) this.fail('the file ends where a value is expected');
    if (c === "'") this.fail('text stands in double quotes in JSON');
    if (c === ']' || c === '}') this.fail(`expected a value before "${c}"; is there a comma too many?`);
    return this.fail('expected a value: text in double quotes, a number, true, false, null, [ ... ] or { ... }');
  }

  private object(): Record<string, unknown> {
    const start = this.at++;
    const result: Record<string, unknown> = {};
    this.space();
    if (this.text[this.at] === '}') return this.close(result);
    for (;;) {
      this.space();
      const keyAt = this.at;
      if (this.text[this.at] === '}') this.fail('expected a property after the comma; remove the comma');
      if (this.text[this.at] === undefined) this.fail('this { is never closed', start);
      if (this.text[this.at] !== '"') this.fail('expected the name of a property in double quotes');
      const key = this.string();
      if (Object.hasOwn(result, key)) this.fail(`the property "${key}" is given twice`, keyAt);
      this.space();
      if (this.text[this.at] !== ':') this.fail(`expected ":" after the property name "${key}"`);
      this.at++;
      this.space();
      // Not an assignment: "__proto__" would set the prototype.
      Object.defineProperty(result, key, { value: this.value(), enumerable: true, writable: true, configurable: true });
      this.space();
      if (this.text[this.at] === '}') return this.close(result);
      this.comma('}', '{', start);
    }
  }

  private array(): unknown[] {
    const start = this.at++;
    const result: unknown[] = [];
    this.space();
    if (this.text[this.at] === ']') return this.close(result);
    for (;;) {
      this.space();
      if (this.text[this.at] === ']') this.fail('expected a value after the comma; remove the comma');
      result.push(this.value());
      this.space();
      if (this.text[this.at] === ']') return this.close(result);
      this.comma(']', '[', start);
    }
  }

  private string(): string {
    const start = this.at;
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      const c = this.text[this.at];
      if (c === undefined || c === '\n') this.fail('this text has no closing double quote', start);
      if (c < ' ') this.fail('a control character (such as a tab) in a text; write \\t');
      if (c === '\\') {
        this.at++;
        if (!/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(this.at, this.at + 5)))
          this.fail('unknown escape in a text; a backslash itself is written \\\\', this.at - 1);
      }
    }
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private comma(end: string, open: string, start: number): void {
    if (this.text[this.at] === undefined) this.fail(`this ${open} is never closed`, start);
    if (this.text[this.at] !== ',') this.fail(`expected "," or "${end}"`);
    this.at++;
  }

  private close<T>(value: T): T {
    this.at++;
    return value;
  }

  private space(): void {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? '')) this.at++;
    if (this.text.startsWith('//', this.at) || this.text.startsWith('/*', this.at))
      this.fail('JSON has no comments; remove this one');
  }

  private fail(message: string, at = this.at): never {
    const before = this.text.slice(0, at).split('\n');
    const column = before[before.length - 1].length + 1;
    const line = (this.text.split('\n')[before.length - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
    const from = Math.max(0, column - 60);
    const shown = line.slice(from, from + 100);
    const pointer = `${' '.repeat(column - 1 - from)}^`;
    throw new InputError(`${this.fileName}:${before.length}:${column}`, `${message}\n  ${shown}\n  ${pointer}`);
  }
}
