import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";

const NAMESPACE = "taken-names";

/** Packages that are worth it: large, and written as ES modules. */
const PACKAGES = ["zod"];

/** `const { a, b } = await import("zod")`; renamed names and defaults are left as they are. */
const TAKEN = new RegExp(`(const \\{ ([\\w$, ]+) \\} = await import\\()"(${PACKAGES.join("|")})"\\)`, "g");

/**
 * The bundler keeps all of a package that is imported by `await import`, for it cannot see what becomes of the result. Where the
 * names taken stand right beside, the import is narrowed to them, so that the rest is left out.
 */
export const takenNames: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onLoad({ filter: /(?:packages|apps|src)\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = narrowImports(source);
      return contents === source ? undefined : { contents, loader: "ts" };
    });
    build.onResolve({ filter: /\?names=/ }, ({ path, importer }) => ({
      path,
      namespace: NAMESPACE,
      pluginData: dirname(importer),
    }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData }) => {
      const [name, names] = path.split("?names=");
      return { contents: `export { ${names} } from "${name}";`, resolveDir: pluginData as string };
    });
  },
};

export function narrowImports(source: string): string {
  return source.replace(TAKEN, (_, start: string, names: string, name: string) => {
    const list = names.split(",").map((one) => one.trim());
    return `${start}"${name}?names=${list.filter((one) => one !== "").join(",")}")`;
  });
}
