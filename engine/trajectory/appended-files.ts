/** Text files of a run that grow line by line, such as hills: cut back to the checkpoint when an interrupted run goes on. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { syncFolderOf, writeFully } from './files.ts';

/** Where lines go. They are on disk after the next flush. */
export interface LineSink {
  /** @param text without the newline at its end */
  line(text: string): void;
}

interface Entry {
  readonly name: string;
  pending: string[];
  descriptor: number | null;
  bytes: number;
}

export class AppendedFiles {
  private readonly entries: Entry[] = [];
  private folder = '';

  /** Declares a file, before `start`. @throws InputError at `where` if another one has its name */
  add(name: string, header: string, where: string): LineSink {
    if (this.entries.some((entry) => entry.name === name))
      throw new InputError(where, `another bias writes the file "${name}" already; give this one a "file" of its own`);
    const entry: Entry = { name, pending: [header], descriptor: null, bytes: 0 };
    this.entries.push(entry);
    return { line: (text) => void entry.pending.push(text) };
  }

  /**
   * Creates the files in `folder`, or takes up those of an interrupted run.
   * @param lengths of each file in bytes when the checkpoint was written; null for a new run
   * @throws InputError naming a file that is gone or shorter than that
   */
  start(folder: string, lengths: Readonly<Record<string, number>> | null): void {
    this.folder = folder;
    for (const entry of this.entries) {
      const path = join(folder, entry.name);
      if (!lengths) {
        entry.descriptor = fs.openSync(path, 'w');
        continue;
      }
      const known = lengths[entry.name];
      const found = fs.existsSync(path) ? fs.statSync(path).size : null;
      if (known === undefined || found === null || found < known)
        throw new InputError(
          path,
          found === null
            ? 'is gone, but the checkpoint of the interrupted run needs it; put it back, or start the run anew'
            : `holds ${found} bytes, but the checkpoint was written after ${known}; put the whole file back, or start the run anew`,
        );
      entry.descriptor = fs.openSync(path, 'a');
      fs.ftruncateSync(entry.descriptor, known);
      entry.bytes = known;
      entry.pending = [];
    }
  }

  /** Writes what is pending. */
  write(): void {
    for (const entry of this.entries) {
      if (entry.descriptor === null || entry.pending.length === 0) continue;
      const bytes = new TextEncoder().encode(`${entry.pending.join('\n')}\n`);
      writeFully(entry.descriptor, bytes, null, join(this.folder, entry.name));
      entry.bytes += bytes.length;
      entry.pending = [];
    }
  }

  /** Brings all lines to the disk; returns the length of each file, for the checkpoint. */
  flush(): Record<string, number> {
    this.write();
    for (const { descriptor } of this.entries) if (descriptor !== null) fs.fsyncSync(descriptor);
    if (this.entries.length > 0) syncFolderOf(join(this.folder, this.entries[0].name));
    return Object.fromEntries(this.entries.map(({ name, bytes }) => [name, bytes]));
  }

  close(): void {
    this.flush();
    for (const entry of this.entries) {
      if (entry.descriptor !== null) fs.closeSync(entry.descriptor);
      entry.descriptor = null;
    }
  }
}
