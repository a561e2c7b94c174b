import type { FetchRequest, FetchResponse } from "@berth/contract";
import type { Destination } from "@berth/kernel/permissions";
import type { Tracer } from "@berth/kernel/tracing";
import { generalPath } from "./general-path.ts";
import type { HttpTransport } from "./http-transport.ts";

/** What the host says of the trace; a plugin that said something else would put itself into the trace of another. */
const TRACE_HEADERS: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);
const FAILED_FROM = 400;

/**
 * Each request is a span, and says so to whoever answers it, as W3C Trace Context has it. Names and attributes are those of
 * OpenTelemetry's HTTP clients; of the address the query is left out, and what in the path is but an id.
 */
export function traceTransport(send: HttpTransport, tracer: Tracer, plugin: string): HttpTransport {
  return (request, destination, signal) =>
    tracer.run(
      request.method,
      { kind: "client", attributes: attributesOf(request, destination, plugin) },
      async (span): Promise<FetchResponse> => {
        const headers = request.headers.filter(([name]) => !TRACE_HEADERS.has(name.toLowerCase()));
        const answer = await send(
          { ...request, headers: [...headers, ["traceparent", span.traceparent]] },
          destination,
          signal,
        );
        span.set({ "http.response.status_code": answer.status });
        if (answer.status >= FAILED_FROM) span.set({ "error.type": String(answer.status) });
        return answer;
      },
    );
}

function attributesOf({ method, url }: FetchRequest, { host, port }: Destination, plugin: string) {
  const { origin, pathname } = new URL(url);
  return {
    "http.request.method": method,
    "url.full": `${origin}${generalPath(pathname)}`,
    "server.address": host,
    "server.port": port,
    "berth.plugin": plugin,
  };
}
