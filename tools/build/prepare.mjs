// What npm runs after an install: builds, unless the build at hand was made from these very sources. npm runs it once more when
// `npx md` is first used in a clone, and that should not take as long as the first time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'dist', 'sources.sha256');

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|mjs|json|css)$/.test(entry.name) && entry.name !== 'binary.ts') yield path;
  }
}

const hash = createHash('sha256');
for (const folder of ['engine', 'plugins', 'tools', 'test'])
  for (const path of sources(join(root, folder))) hash.update(readFileSync(path));
for (const file of ['package.json', 'tsconfig.json']) hash.update(readFileSync(join(root, file)));
const digest = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  const { status } = spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, digest);
}
