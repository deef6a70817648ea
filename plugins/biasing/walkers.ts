/** Several simulations that share one bias through a folder: each adds its hills to a file there and reads those of the others. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Component, InputError, parseFields, type Schema, type Settings, SimulationError } from '../../engine/index.ts';
import { type Hill, hillLine, hillsHeader, readHills } from './hills.ts';

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
  private readonly folder: string;
  private readonly id: number;
  /** Bytes read of each walker's file; of its own, bytes written. */
  private readonly offsets: Float64Array;
  private started = false;
  /** What this walker had added after the checkpoint that it was taken up from. */
  private left: Hill[] = [];

  constructor(settings: Settings, components: readonly Component[], where: string) {
    const { folder, id, count, everySteps } = settings as { folder: string; id: number; count: number; everySteps: number };
    if (id >= count) throw new InputError(`${where}.id`, `is ${id}, but walkers are numbered from 0 to ${count - 1}`);
    this.folder = folder;
    this.id = id;
    this.every = everySteps;
    this.components = components;
    this.offsets = new Float64Array(count);
  }

  private path(id: number): string {
    return join(this.folder, `HILLS.${id}`);
  }

  /** Makes this walker's file where there is none. */
  private start(): void {
    if (this.started) return;
    this.started = true;
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      if (!fs.existsSync(this.path(this.id))) fs.writeFileSync(this.path(this.id), `${hillsHeader(this.components)}\n`);
    } catch (cause) {
      throw new SimulationError(`cannot write to the walkers' folder ${this.folder}: ${(cause as Error).message}`, { cause });
    }
    if (this.offsets[this.id] === 0) this.offsets[this.id] = Buffer.byteLength(`${hillsHeader(this.components)}\n`);
    this.left = this.fresh(this.id);
  }

  write(time: number, hill: Hill, biasFactor: number | null): void {
    this.start();
    const text = `${hillLine(time, hill, biasFactor)}\n`;
    fs.appendFileSync(this.path(this.id), text);
    this.offsets[this.id] += Buffer.byteLength(text);
  }

  /** Hills that have come since the last time, in the order of the walkers. */
  read(): Hill[] {
    this.start();
    const found = this.left;
    this.left = [];
    for (let id = 0; id < this.offsets.length; id++) if (id !== this.id) found.push(...this.fresh(id));
    return found;
  }

  /** Whole lines of a file that have not been read. */
  private fresh(id: number): Hill[] {
    const path = this.path(id);
    if (!fs.existsSync(path)) return [];
    const bytes = fs.readFileSync(path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end <= this.offsets[id]) return [];
    const lines = bytes.subarray(this.offsets[id], end).toString('utf8');
    const text = this.offsets[id] === 0 ? lines : `${hillsHeader(this.components)}\n${lines}`;
    this.offsets[id] = end;
    return parseFields(text, path).rows > 0 ? readHills(text, this.components, path) : [];
  }

  save(): Float64Array {
    return this.offsets.slice();
  }

  load(state: Float64Array): void {
    this.started = false;
    this.offsets.set(state);
  }
}
