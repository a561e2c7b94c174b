import { registerHooks } from "node:module";

/** A module whose text the host has, every line and column where it is in the file: without types, where it was TypeScript. */
export interface GivenModule {
  url: string;
  text: string;
  /** Whether it is an ES module, whatever a package outside of the plugin's folder says; else Node.js is to find out. */
  isModule: boolean;
}

const RELATIVE = /^\.{0,2}\//;

/**
 * Loads modules from their text, so that neither Node's compiler for TypeScript nor the file system is needed; whatever else there is, as
 * ever. Made before there is anything to load: to add a hook takes as long as loading a small module.
 */
export class GivenModules {
  readonly #modules = new Map<string, GivenModule>();

  /** @param more called before each module is looked for; answers what was given meanwhile. */
  constructor(more: () => readonly GivenModule[] = () => []) {
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        this.add(more());
        const url = this.#find(specifier, context.parentURL);
        return url === undefined ? nextResolve(specifier, context) : { url, format: "module", shortCircuit: true };
      },
      load: (url, context, nextLoad) => {
        const given = this.#modules.get(url);
        if (given === undefined || !isModule(context.format, given)) return nextLoad(url, context);
        this.#modules.delete(url);
        return { format: "module", source: given.text, shortCircuit: true };
      },
    });
  }

  add(modules: readonly GivenModule[]): void {
    for (const module of modules) this.#modules.set(module.url, module);
  }

  /** Where a specifier leads, if it is one of these and cannot be anything but a module. */
  #find(specifier: string, parentURL: string | undefined): string | undefined {
    if (this.#modules.size === 0) return undefined;
    const isRelative = parentURL !== undefined && RELATIVE.test(specifier);
    const found = this.#modules.get(isRelative ? new URL(specifier, parentURL).href : specifier);
    return found?.isModule ? found.url : undefined;
  }
}

/** Node.js names no format where it would look at the text. */
function isModule(format: string | null | undefined, given: GivenModule): boolean {
  if (format === "module" || format === "module-typescript") return true;
  return (format ?? undefined) === undefined && given.isModule;
}
