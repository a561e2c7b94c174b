import { registerHooks } from "node:module";

/** A module in TypeScript whose types were taken out already, every line and column where it was. */
export interface StrippedModule {
  url: string;
  text: string;
  /** Whether no package of the plugin's own says what its files are. */
  isBare: boolean;
}

/** What Node.js takes for a module where nothing else says what a file is. */
const MODULE_SYNTAX = /^\s*(?:import|export)\b/m;
const RELATIVE = /^\.{0,2}\//;

/**
 * Loads modules from their text, so that neither Node's compiler for TypeScript nor the file system is needed; whatever else there is, as
 * ever. Made before there is anything to load: to add a hook takes as long as loading a small module.
 */
export class StrippedModules {
  readonly #modules = new Map<string, StrippedModule>();

  /** @param beforeLoad called before each module is loaded. */
  constructor(beforeLoad: () => void = () => undefined) {
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const url = this.#find(specifier, context.parentURL);
        return url === undefined ? nextResolve(specifier, context) : { url, format: "module", shortCircuit: true };
      },
      load: (url, context, nextLoad) => {
        beforeLoad();
        const text = this.#modules.get(url)?.text;
        if (text === undefined || !isModule(context.format, text)) return nextLoad(url, context);
        this.#modules.delete(url);
        return { format: "module", source: text, shortCircuit: true };
      },
    });
  }

  add(modules: readonly StrippedModule[]): void {
    for (const module of modules) this.#modules.set(module.url, module);
  }

  /** Where a specifier leads, if it is one of these and cannot be anything but a module. */
  #find(specifier: string, parentURL: string | undefined): string | undefined {
    if (this.#modules.size === 0) return undefined;
    const isRelative = parentURL !== undefined && RELATIVE.test(specifier);
    const found = this.#modules.get(isRelative ? new URL(specifier, parentURL).href : specifier);
    return found?.isBare && MODULE_SYNTAX.test(found.text) ? found.url : undefined;
  }
}

function isModule(format: string | null | undefined, text: string): boolean {
  if (format === "module" || format === "module-typescript") return true;
  return (format ?? undefined) === undefined && MODULE_SYNTAX.test(text);
}
