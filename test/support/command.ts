/** Runs the built `md` in processes of its own, as a user does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

/** The command line's main module, in the same build as this file. */
const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'tools', 'cli', 'main.js');

export interface Result {
  /** The exit code; null if a signal ended the process. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly end: Promise<Result>;
  /** SIGKILL for the command and every process that it started, as when a machine is switched off. */
  killAll(): void;
}

/** Starts `md` with the given words in `folder`. */
export function startMd(folder: string, ...words: string[]): RunningCommand {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, MD_DEBUG: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => (out += chunk));
  child.stderr?.on('data', (chunk) => (err += chunk));
  const end = new Promise<Result>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  const group = child.pid ?? 0;
  return { child, end, killAll: () => void (group > 1 && process.kill(-group, 'SIGKILL')) };
}

/** Runs `md` to its end. */
export function md(folder: string, ...words: string[]): Promise<Result> {
  return startMd(folder, ...words).end;
}

/** Writes a file for a test, with the folders above it. */
export function write(folder: string, file: string, content: string | object): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

/** Fails if a stack trace, or a value that was never meant to be read, reached the user. */
export function noStack({ out, err }: Result): void {
  assert.not.match(out + err, /^\s+at .*[:/]\d+/m, 'a stack trace');
  assert.not.match(err, /unexpected error|undefined|\[object|\bNaN:/, 'a fault of the program');
}
