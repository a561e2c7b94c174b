import { registerHooks } from "node:module";

/** A module in TypeScript whose types were taken out already, every line and column where it was. */
export interface StrippedModule {
  url: string;
  text: string;
}

/** What Node.js takes for a module where nothing else says what a file is. */
const MODULE_SYNTAX = /^\s*(?:import|export)\b/m;

/** Loads these from their text, so that Node's compiler for TypeScript is not needed; whatever else there is, as ever. */
export function loadStripped(modules: readonly StrippedModule[]): void {
  const texts = new Map(modules.map(({ url, text }) => [url, text]));
  registerHooks({
    load: (url, context, nextLoad) => {
      const text = texts.get(url);
      if (text === undefined || !isModule(context.format, text)) return nextLoad(url, context);
      texts.delete(url);
      return { format: "module", source: text, shortCircuit: true };
    },
  });
}

function isModule(format: string | null | undefined, text: string): boolean {
  return format === "module-typescript" || ((format ?? undefined) === undefined && MODULE_SYNTAX.test(text));
}
