import type { SignageContent } from "@berth/contract";
import { errorMessage } from "@berth/base";
import type { PluginContext } from "../context/plugin-context.ts";

/** What is recorded of one execution (SIG-15). Times are UTC. */
export interface SourceMetrics {
  sourceId: string;
  /** The class name. */
  sourceType: string;
  startedAt: Date;
  completedAt: Date | undefined;
  success: boolean;
  error: string | undefined;
  durationSeconds: number | undefined;
  dataPoints: number;
}

/**
 * The base class for authors who prefer classes to {@link defineSource}; both make the same thing. Extend it, implement
 * `validateConfig` and `fetchData`, register the class with a {@link SourceRegistry}.
 *
 * Abstract members are enforced at run time too, so that plain JavaScript gets the same clear error.
 *
 * @example
 * class Greeting extends BaseSource<{ name?: string }> {
 *   validateConfig() {
 *     if (!this.config.name) throw new TypeError("greeting: name is required");
 *     return true as const;
 *   }
 *   async fetchData() {
 *     return { title: "Hello", lines: [this.config.name ?? ""] };
 *   }
 * }
 * const [content, metrics] = await new Greeting("hello", { name: "Ada" }).execute();
 * content?.lines; // ["Ada"]
 * metrics.dataPoints; // 1
 */
export abstract class BaseSource<Config extends object = Record<string, unknown>> {
  readonly sourceId: string;
  readonly config: Config;
  #ctx: PluginContext | undefined;

  constructor(sourceId: string, config: Config, ctx?: PluginContext) {
    this.sourceId = sourceId;
    this.config = config;
    this.#ctx = ctx;
    assertIsComplete(new.target);
  }

  /** The plugin's context. @throws TypeError when the source was made outside a host. */
  protected get ctx(): PluginContext {
    if (!this.#ctx) throw new TypeError(`Cannot use ctx of source "${this.sourceId}": it was made without a host`);
    return this.#ctx;
  }

  /** Gets fresh data; returns nothing when there is none. `signal` fires at the deadline. */
  abstract fetchData(signal?: AbortSignal): Promise<SignageContent | undefined>;

  /** Returns true, or throws an error whose message tells the operator what to set. */
  abstract validateConfig(): true;

  /** Override it for "only if the value changed", "only in certain hours", "only past a threshold". */
  shouldRender(_content: SignageContent): boolean | Promise<boolean> {
    return true;
  }

  /**
   * The whole of one execution: validate, fetch, ask `shouldRender`, record. Never throws and must not be overridden. The host
   * does not call it: it asks for the parts, so that its own policies stand between them.
   */
  async execute(signal?: AbortSignal): Promise<[SignageContent | undefined, SourceMetrics]> {
    const metrics = startMetrics(this);
    const startedMs = performance.now();
    let content: SignageContent | undefined;
    try {
      this.validateConfig();
      const fetched = await this.fetchData(signal);
      content = fetched && (await this.shouldRender(fetched)) ? fetched : undefined;
      metrics.success = content !== undefined;
      metrics.dataPoints = content?.lines.length ?? 0;
    } catch (error) {
      metrics.error = errorMessage(error);
    }
    metrics.completedAt = new Date();
    metrics.durationSeconds = (performance.now() - startedMs) / 1_000;
    return [content, metrics];
  }
}

function startMetrics(source: BaseSource<object>): SourceMetrics {
  return {
    sourceId: source.sourceId,
    sourceType: source.constructor.name,
    startedAt: new Date(),
    completedAt: undefined,
    success: false,
    error: undefined,
    durationSeconds: undefined,
    dataPoints: 0,
  };
}

/** Types vanish: without this an incomplete class would fail at its first run, far from the mistake. */
function assertIsComplete(target: Function): void {
  if (target === BaseSource) throw new TypeError("Cannot create a BaseSource: it is abstract, extend it");
  const prototype = target.prototype as Partial<BaseSource>;
  for (const member of ["fetchData", "validateConfig"] as const) {
    if (typeof prototype[member] !== "function") {
      throw new TypeError(`Cannot create ${target.name}: it does not implement ${member}()`);
    }
  }
  if (prototype.execute !== BaseSource.prototype.execute) {
    throw new TypeError(
      `Cannot create ${target.name}: execute() must not be overridden; override fetchData() or shouldRender()`,
    );
  }
}
