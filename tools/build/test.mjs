// Runs the uvu test files of the build, each in a process of its own, as many at once as there are cores; the last line counts.
//   node tools/build/test.mjs [pattern] [--root dist/test] [--suffix .test.js] [--slow]
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: 'string', default: join('dist', 'test') },
    suffix: { type: 'string', default: '.test.js' },
    slow: { type: 'boolean', default: false },
  },
});
/** Seconds that one file may take. */
const patience = values.suffix === '.test.js' ? 240 : 3600;
const pattern = new RegExp(positionals[0] ?? '');

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name.endsWith(values.suffix) && pattern.test(path)) yield path;
  }
}

/** Runs one file; what it prints is kept and shown if it fails. */
function run(path) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const limit = setTimeout(() => {
      output += `\nstopped: it had not ended after ${patience} s; something it started is still alive\n`;
      child.kill('SIGKILL');
    }, patience * 1000);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    child.on('close', (code) => {
      clearTimeout(limit);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of uvu's summary
      const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
      const count = (word) =>
        [...plain.matchAll(new RegExp(`^\\s*${word}:\\s+(\\d+)`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);
      const [total, passed, skipped] = ['Total', 'Passed', 'Skipped'].map(count);
      // A file that dies before its summary, or holds no test, has failed once.
      const failed = total + skipped === 0 ? 1 : Math.max(total - passed - skipped, code === 0 ? 0 : 1);
      resolve({ path, passed, failed, skipped, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

// What takes long goes first: the scenario and command tests start whole processes, the dynamics tests simulate.
const slowFirst = /scenarios|cli|runner|dynamics|platforms|potentials|gradient/;
const queue = [...files(values.root)].sort((a, b) => Number(slowFirst.test(b)) - Number(slowFirst.test(a)) || (a < b ? -1 : 1));
if (queue.length === 0) {
  console.error(`no test file under ${values.root} matches ${pattern}`);
  process.exit(1);
}
const results = [];
const workers = Array.from({ length: Math.max(1, Math.min(availableParallelism(), queue.length)) }, async () => {
  for (let path = queue.shift(); path; path = queue.shift()) {
    const result = await run(path);
    results.push(result);
    const { passed, failed, seconds, output } = result;
    console.log(
      `${failed ? 'FAILED' : '    ok'} ${seconds.toFixed(1).padStart(6)} s ${String(passed).padStart(4)}  ${relative(values.root, path)}`,
    );
    if (failed) console.log(output);
    else for (const [line] of output.matchAll(/^SKIPPED:.*$/gm)) console.log(line);
  }
});
await Promise.all(workers);
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
if (values.slow) {
  const slowest = results.toSorted((a, b) => b.seconds - a.seconds).slice(0, 15);
  console.log(slowest.map(({ path, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${path}`).join('\n'));
}
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(sum('failed') ? 1 : 0);
