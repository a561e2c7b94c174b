/** Where spans go. */
export type TraceExporter = "console" | "otlp" | "zipkin";

/** How spans are made and sent, with everything filled in. */
export interface TraceSettings {
  exporter: TraceExporter;
  /** Absolute; empty for `console`. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  /** 0 to 1, of traces that begin here; what comes with a decision keeps it, unless `sampler` ignores that. */
  sampleRatio: number;
  isParentBased: boolean;
  timeoutMs: number;
  serviceName: string;
  resource: Readonly<Record<string, string>>;
  /** Most spans that wait to be sent. */
  queue: number;
  /** Most spans sent at once. */
  batch: number;
  /** How long a span waits for others to be sent along. */
  delayMs: number;
}
