/** mathjs' single-file build has no types of its own: they are those of the package. */
declare module 'mathjs/lib/browser/math.js' {
  const bundle: typeof import('mathjs');
  // biome-ignore lint/style/noDefaultExport: describes a CommonJS module
  export default bundle;
}
