/** From errors to exit codes and to what is printed of them. */
import { type ErrorKind, errorKind } from '../runner/error-kind.ts';

export const exitCodes = { done: 0, badInput: 2, failed: 3, interrupted: 130 } as const;

const codeOf: Readonly<Record<ErrorKind, number>> = {
  input: exitCodes.badInput,
  simulation: exitCodes.failed,
  interrupted: exitCodes.interrupted,
  bug: exitCodes.failed,
};

/** The exit code that an error stands for. An unexpected error is a failure of the program: also 3. */
export function exitCode(error: unknown): number {
  return codeOf[errorKind(error)];
}

/** What a user is shown of an error: the message alone, unless it is a fault of the program and MD_DEBUG is set. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (errorKind(error) !== 'bug') return message;
  const stack = error instanceof Error && error.stack ? error.stack : '(no stack)';
  if (process.env.MD_DEBUG === '1') return `unexpected error: ${message}\n${stack}`;
  return `unexpected error: ${message}\nThis is a fault of md, not of your input. Run again with MD_DEBUG=1 to see where it happened, and report it.`;
}

export function printError(error: unknown): void {
  process.stderr.write(`md: ${describeError(error)}\n`);
}
