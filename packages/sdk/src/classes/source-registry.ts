import type { SourceInstance } from "@berth/contract";
import { nearest } from "@berth/base";
import type { PluginContext } from "../context/plugin-context.ts";
import { defineSource } from "../define-contribution.ts";
import type { AnyContribution } from "../define-plugin.ts";
import type { ConfigSchema } from "../fields/fields.ts";
import { BaseSource } from "./base-source.ts";

/** A class that extends {@link BaseSource}, whatever configuration it is written for: it checks that in `validateConfig`. */
export type SourceClass = new (sourceId: string, config: never, ctx?: PluginContext) => BaseSource<object>;

/**
 * Source classes by type name. Each registry stands alone; a plugin makes one and hands {@link definitions} to `definePlugin`.
 *
 * @example
 * const registry = new SourceRegistry();
 * class Weather extends BaseSource {
 *   validateConfig() { return true as const; }
 *   async fetchData() { return { title: "Weather", lines: ["sunny"] }; }
 * }
 * registry.register("weather")(Weather); // or @registry.register("weather") in front of the class
 * registry.listTypes(); // ["weather"]
 * registry.create("weather", "home", {}).sourceId; // "home"
 */
export class SourceRegistry {
  readonly #classes = new Map<string, SourceClass>();

  /** A class decorator, or a plain function over a class. @throws TypeError for a name taken or a class of another kind. */
  register(type: string): <C extends SourceClass>(sourceClass: C, context?: ClassDecoratorContext) => C {
    return (sourceClass) => {
      if (typeof sourceClass !== "function" || !(sourceClass.prototype instanceof BaseSource)) {
        throw new TypeError(`Cannot register "${type}": ${describe(sourceClass)} does not extend BaseSource`);
      }
      const taken = this.#classes.get(type);
      if (taken)
        throw new TypeError(`Cannot register "${type}" for ${sourceClass.name}: ${taken.name} has that name already`);
      this.#classes.set(type, sourceClass);
      return sourceClass;
    };
  }

  /** @throws TypeError that lists the types there are. */
  get(type: string): SourceClass {
    const found = this.#classes.get(type);
    if (found) return found;
    const meant = nearest(type, this.#classes.keys());
    const hint = meant ? ` Did you mean "${meant}"?` : "";
    throw new TypeError(
      `No source type is named "${type}".${hint} Available: ${this.listTypes().join(", ") || "none"}`,
    );
  }

  listTypes(): string[] {
    return [...this.#classes.keys()].sort();
  }

  create(type: string, sourceId: string, config: Record<string, unknown>, ctx?: PluginContext): BaseSource {
    const Source = this.get(type);
    return new Source(sourceId, config as never, ctx) as BaseSource;
  }

  /** All of them as contributions for `definePlugin`. */
  definitions(): AnyContribution[] {
    return this.listTypes().map((type) =>
      defineSource(type, {
        config: anyMap,
        create: (config, ctx) => toInstance(this.create(type, ctx.instanceId, config, ctx)),
      }),
    );
  }
}

/** The class checks its own configuration in `validateConfig`; the schema only asks for a map. */
const anyMap: ConfigSchema<Record<string, unknown>> = {
  "~standard": {
    version: 1,
    vendor: "berth",
    validate: (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? { value: value as Record<string, unknown> }
        : { issues: [{ message: "must be a map of fields" }] },
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
  },
};

function toInstance(source: BaseSource): SourceInstance {
  source.validateConfig();
  return {
    fetch: (call) => source.fetchData(call.signal),
    shouldRender: (content) => source.shouldRender(content),
  };
}

function describe(value: unknown): string {
  return typeof value === "function" ? value.name || "an unnamed class" : `a ${typeof value}`;
}
