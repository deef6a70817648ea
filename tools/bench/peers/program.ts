/** Runs other programs and collects what they print. */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { CannotRun } from './peer.ts';

export interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Wall time and CPU time of the whole process, start and end included; CPU time is null where the system does not tell. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
}

/** No benchmark of a peer takes longer; one that does is ended. */
const longestSeconds = 1800;

/** Runs a program to its end; null if there is no such program. */
export function runProgram(
  command: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramResult | null> {
  const [started, cpuBefore] = [performance.now(), cpuOfChildren()];
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Not spawn's own timeout: that goes on where no program was found.
    const limit = setTimeout(() => child.kill('SIGKILL'), longestSeconds * 1000);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      if (error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(limit);
      const cpuAfter = cpuOfChildren();
      const cpuSeconds = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
      resolve({ code, out, err, seconds: (performance.now() - started) / 1000, cpuSeconds });
    });
  });
}

/** Clock ticks a second of Linux' process statistics. */
const ticks = 100;

/** CPU seconds of all processes that this one started and that have ended; null where there is no /proc. */
function cpuOfChildren(): number | null {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    // The name, in brackets, may hold blanks; behind it the third field follows. Fields 16 and 17 are times of children.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / ticks;
  } catch {
    return null;
  }
}

/** What a program printed. @throws CannotRun with its last words if it failed */
export function succeeded(name: string, result: ProgramResult | null): ProgramResult {
  if (result === null) throw new CannotRun(`${name} has gone`);
  if (result.code === 0) return result;
  const words = (result.err.trim() || result.out.trim()).split('\n').filter((line) => line.trim() !== '');
  throw new CannotRun(`${name} ended with code ${result.code}: ${words.slice(-8).join(' | ')}`);
}

/** A text file written line by line, without ever holding all of it. */
export class TextFile {
  private readonly path: string;
  private pending: string[] = [];

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, '');
  }

  line(...lines: string[]): void {
    for (const line of lines) this.pending.push(line);
    if (this.pending.length >= 10_000) this.flush();
  }

  close(): void {
    this.flush();
  }

  private flush(): void {
    if (this.pending.length > 0) appendFileSync(this.path, `${this.pending.join('\n')}\n`);
    this.pending = [];
  }
}
