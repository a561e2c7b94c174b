import { registerHooks } from "node:module";

/** What a file is by its name, where no package says otherwise. */
const FORMATS: Readonly<Record<string, string>> = {
  ".js": "module",
  ".mjs": "module",
  ".cjs": "commonjs",
  ".ts": "module-typescript",
  ".mts": "module-typescript",
  ".cts": "commonjs-typescript",
};
const EXTENSION = /\.\w+$/;
const PATH = /^(?:\.{0,2}\/|file:)/;

/**
 * Takes the plugin's own modules below `folder` for ES modules without looking for a package they could belong to. Node.js looks in
 * every folder above, and gives up at the first `package.json` that it may not read; a sandbox without a view of its own has such.
 */
export function resolveWithoutPackage(folder: string): void {
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const url = PATH.test(specifier) && context.parentURL !== undefined && new URL(specifier, context.parentURL);
      if (!url || !url.href.startsWith(folder) || url.pathname.includes("/node_modules/")) {
        return nextResolve(specifier, context);
      }
      const format = FORMATS[EXTENSION.exec(url.pathname)?.[0] ?? ""];
      return format === undefined
        ? nextResolve(specifier, context)
        : { url: url.href, format, importAttributes: context.importAttributes, shortCircuit: true };
    },
  });
}
