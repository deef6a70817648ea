// Puts the command into the checkout's own node_modules/.bin, where npm links only the commands of dependencies, so that
// `npx md` works in a clone. Nothing to do where the package is itself a dependency.
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const main = join(root, 'dist', 'tools', 'cli', 'main.js');
const bin = join(root, 'node_modules', '.bin');
if (existsSync(join(root, 'node_modules'))) {
  mkdirSync(bin, { recursive: true });
  chmodSync(main, 0o755);
  const link = join(bin, 'md');
  rmSync(link, { force: true });
  if (process.platform === 'win32') writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\dist\\tools\\cli\\main.js" %*\r\n');
  else symlinkSync(join('..', '..', 'dist', 'tools', 'cli', 'main.js'), link);
}
