/** Several simulations that share one bias through a folder: each adds its hills to a file there and reads those of the others. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Component, InputError, parseFields, type Schema, type Settings, SimulationError } from '../../engine/index.ts';
import type { HillForm } from './hill-form.ts';
import type { Hill } from './hills.ts';
import { checkForm, hillLine, hillsHeader, readHills } from './hills-file.ts';

export const walkersSchema: Schema = {
  type: 'object',
  required: ['folder', 'id', 'count', 'everySteps'],
  properties: {
    folder: { type: 'string', description: 'Folder that all walkers share, from where `md` is started.' },
    id: { type: 'integer', minimum: 0, description: 'Number of this walker.' },
    count: { type: 'integer', minimum: 2, description: 'How many there are.' },
    everySteps: { type: 'integer', minimum: 1, description: 'Steps between two looks at the hills of the others.' },
  },
  description:
    'Shares the bias with other simulations. When their hills arrive depends on how fast they run: such a run cannot be repeated to the bit.',
};

/**
 * Raiteri, Laio, Gervasio, Micheletti & Parrinello, J. Phys. Chem. B 110, 3533 (2006). Files are never cut back: what an interrupted walker
 * added after its last checkpoint others may have read, so it takes those hills, too, as if another one had left them.
 */
export class Walkers {
  readonly every: number;
  private readonly components: readonly Component[];
  private readonly form: HillForm;
  private readonly folder: string;
  private readonly id: number;
  private readonly where: string;
  private readonly note: (line: string) => void;
  /** Bytes read of each walker's file; of its own, bytes written: 0 before it is made. */
  private readonly offsets: Float64Array;
  private started = false;
  /** What this walker had added after the checkpoint that it was taken up from. */
  private left: Hill[] = [];

  constructor(settings: Settings, components: readonly Component[], form: HillForm, where: string, note: (line: string) => void) {
    const { folder, id, count, everySteps } = settings as { folder: string; id: number; count: number; everySteps: number };
    if (id >= count) throw new InputError(`${where}.id`, `is ${id}, but walkers are numbered from 0 to ${count - 1}`);
    this.folder = folder;
    this.id = id;
    this.where = where;
    this.note = note;
    this.every = everySteps;
    this.components = components;
    this.form = form;
    this.offsets = new Float64Array(count);
  }

  private path(id: number): string {
    return join(this.folder, `HILLS.${id}`);
  }

  /**
   * Begins, or goes on, and returns the hills that are there already.
   * @throws InputError at the beginning of a run where the file of this walker is there: an earlier run has left it
   */
  begin(): Hill[] {
    if (this.offsets[this.id] > 0) return this.read();
    const own = this.path(this.id);
    if (fs.existsSync(own))
      throw new InputError(
        `${this.where}.folder`,
        `the file of this walker, ${own}, is there before it begins: an earlier run has left it. Start all walkers in an empty folder (remove its HILLS.*, ` +
          'or name another one); to begin with the hills of that run, name its stage with "from" besides. A walker that was stopped goes on with --continue; ' +
          'if it had no checkpoint yet, all have to start anew',
      );
    const header = `${hillsHeader(this.components, this.form)}\n`;
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      fs.writeFileSync(own, header);
    } catch (cause) {
      throw new SimulationError(`cannot write to the walkers' folder ${this.folder}: ${(cause as Error).message}`, { cause });
    }
    this.started = true;
    this.offsets[this.id] = Buffer.byteLength(header);
    const found = this.others();
    const counts = found.map((hills, id) => `${hills.length} in HILLS.${id}`).filter((_, id) => id !== this.id);
    this.note(`walker ${this.id} begins with hills of the others in ${this.folder}: ${counts.join(', ')}`);
    return found.flat();
  }

  write(time: number, hill: Hill, biasFactor: number | null): void {
    this.takeUp();
    const text = `${hillLine(time, hill, biasFactor)}\n`;
    fs.appendFileSync(this.path(this.id), text);
    this.offsets[this.id] += Buffer.byteLength(text);
  }

  /** Hills that have come since the last time, in the order of the walkers. */
  read(): Hill[] {
    this.takeUp();
    const found = this.left;
    this.left = [];
    return [...found, ...this.others().flat()];
  }

  /** After a checkpoint: finds what this walker has added since. */
  private takeUp(): void {
    if (this.started) return;
    this.started = true;
    this.left = this.fresh(this.id);
  }

  /** New hills of each walker; none of this one. */
  private others(): Hill[][] {
    return Array.from(this.offsets, (_, id) => (id === this.id ? [] : this.fresh(id)));
  }

  /** Whole lines of a file that have not been read. @throws SimulationError where it holds less than has been read */
  private fresh(id: number): Hill[] {
    const path = this.path(id);
    const bytes = fs.existsSync(path) ? fs.readFileSync(path) : new Uint8Array(0);
    const known = this.offsets[id];
    if (bytes.length < known)
      throw new SimulationError(
        `${path} holds ${bytes.length} bytes, but ${known} were there before: the walker has been started anew, or its file was changed, while this ` +
          'one went on. Put the file back, or stop all walkers and start them together in an empty folder',
      );
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end <= known) return [];
    const lines = Buffer.from(bytes.subarray(known, end)).toString('utf8');
    const text = known === 0 ? lines : `${hillsHeader(this.components, this.form)}\n${lines}`;
    this.offsets[id] = end;
    if (parseFields(text, path).rows === 0) return [];
    const { form, hills } = readHills(text, this.components, path);
    checkForm(form, this.form, path);
    return [...hills];
  }

  save(): Float64Array {
    return this.offsets.slice();
  }

  load(state: Float64Array): void {
    this.started = false;
    this.offsets.set(state);
  }
}
