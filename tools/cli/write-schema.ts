/** Build step: writes the published JSON Schema beside the built package (`dist/scenario.schema.json`). */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schema } from './commands/schema.ts';

// This module is built into <output>/tools/cli.
const output = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
await schema({ out: join(output, 'scenario.schema.json') });
