import { nearest, neutraliseLine } from "@berth/base";
import type { TraceExporter } from "./trace-settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

const EXPORTERS = ["console", "otlp", "zipkin", "jaeger", "none"];
const SAMPLERS: Readonly<Record<string, { share: "all" | "none" | "ratio"; isParentBased: boolean }>> = {
  always_on: { share: "all", isParentBased: false },
  always_off: { share: "none", isParentBased: false },
  traceidratio: { share: "ratio", isParentBased: false },
  parentbased_always_on: { share: "all", isParentBased: true },
  parentbased_always_off: { share: "none", isParentBased: true },
  parentbased_traceidratio: { share: "ratio", isParentBased: true },
};
const MOST_PAIRS = 64;

/**
 * The standard variables of OpenTelemetry. As its specification asks, an empty one is none and one that makes no sense is left out
 * with a warning.
 */
export class OtelVariables {
  readonly warnings: string[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  get isDisabled(): boolean {
    return this.#text("OTEL_SDK_DISABLED")?.toLowerCase() === "true";
  }

  /** The first of `OTEL_TRACES_EXPORTER` that is known. */
  exporter(): string | undefined {
    const names =
      this.#text("OTEL_TRACES_EXPORTER")
        ?.split(",")
        .map((name) => name.trim()) ?? [];
    const known = names.find((name) => EXPORTERS.includes(name));
    const first = names[0];
    if (known === undefined && first !== undefined) {
      const like = nearest(first, EXPORTERS);
      this.#warn(
        "OTEL_TRACES_EXPORTER",
        first,
        like === undefined ? `use ${EXPORTERS.join(", ")}` : `perhaps ${like}?`,
      );
    }
    return known;
  }

  endpoint(exporter: TraceExporter): string | undefined {
    if (exporter === "console") return undefined;
    if (exporter === "zipkin") return this.#url("OTEL_EXPORTER_ZIPKIN_ENDPOINT");
    const own = this.#url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    if (own !== undefined) return own;
    const base = this.#url("OTEL_EXPORTER_OTLP_ENDPOINT");
    return base === undefined ? undefined : `${base.replace(/\/+$/, "")}/v1/traces`;
  }

  headers(): Record<string, string> {
    return { ...this.#pairs("OTEL_EXPORTER_OTLP_HEADERS"), ...this.#pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS") };
  }

  timeoutMs(): number {
    const name = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT";
    return this.#whole(name, this.#whole("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000, 60_000), 60_000);
  }

  serviceName(): string | undefined {
    return this.#text("OTEL_SERVICE_NAME") ?? this.resource()["service.name"];
  }

  resource(): Record<string, string> {
    return this.#pairs("OTEL_RESOURCE_ATTRIBUTES");
  }

  sampler(): { ratio: number; isParentBased: boolean } {
    const name = this.#text("OTEL_TRACES_SAMPLER");
    const known = name !== undefined && Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
    if (name !== undefined && known === undefined) this.#warn("OTEL_TRACES_SAMPLER", name, "all traces are kept");
    const { share, isParentBased } = known ?? SAMPLERS["parentbased_always_on"]!;
    if (share !== "ratio") return { ratio: share === "all" ? 1 : 0, isParentBased };
    return { ratio: this.#ratio(), isParentBased };
  }

  batching(): { queue: number; batch: number; delayMs: number } {
    const queue = this.#whole("OTEL_BSP_MAX_QUEUE_SIZE", 2_048, 100_000);
    return {
      queue,
      batch: Math.min(queue, this.#whole("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, 10_000)),
      delayMs: this.#whole("OTEL_BSP_SCHEDULE_DELAY", 5_000, 600_000),
    };
  }

  #ratio(): number {
    const text = this.#text("OTEL_TRACES_SAMPLER_ARG");
    if (text === undefined) return 1;
    const ratio = Number(text);
    if (ratio >= 0 && ratio <= 1) return ratio;
    this.#warn("OTEL_TRACES_SAMPLER_ARG", text, "must be from 0 to 1; all traces are kept");
    return 1;
  }

  #text(name: string): string | undefined {
    const text = this.#env[name]?.trim();
    return text === "" ? undefined : text;
  }

  #url(name: string): string | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const protocol = URL.parse(text)?.protocol;
    if (protocol === "http:" || protocol === "https:") return text;
    // Not the text itself: it may hold a password.
    this.warnings.push(`${name} is left out: it is no address such as http://localhost:4318`);
    return undefined;
  }

  #whole(name: string, otherwise: number, most: number): number {
    const text = this.#text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (Number.isInteger(value) && value > 0 && value <= most) return value;
    this.#warn(name, text, `must be a whole number from 1 to ${most}; it is ${otherwise}`);
    return otherwise;
  }

  /** `a=1,b=2`, values percent-encoded. */
  #pairs(name: string): Record<string, string> {
    const pairs = new Map<string, string>();
    for (const part of this.#text(name)?.split(",").slice(0, MOST_PAIRS) ?? []) {
      const at = part.indexOf("=");
      const key = part.slice(0, at).trim();
      if (at <= 0 || key === "") {
        this.warnings.push(`${name} is left out in part: each must be key=value`);
        continue;
      }
      pairs.set(key, decoded(part.slice(at + 1).trim()));
    }
    return Object.fromEntries(pairs);
  }

  #warn(name: string, value: string, advice: string): void {
    this.warnings.push(`${name} is left out: "${neutraliseLine(value, 100)}" is not known; ${advice}`);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
