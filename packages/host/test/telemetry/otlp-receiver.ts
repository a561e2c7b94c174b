import { serve, type TestServer } from "../http-server.ts";

/** A span as a collector gets it. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  status: { code?: number; message?: string };
  attributes: Record<string, string | number | boolean>;
  events: string[];
}

/** A collector on loopback. */
export interface OtlpReceiver extends AsyncDisposable {
  endpoint: string;
  server: TestServer;
  /** All that came, in the order of their ends. */
  readonly spans: ReceivedSpan[];
  readonly resource: Record<string, string | number | boolean>;
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

interface Body {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, "attributes" | "events"> & { attributes: Attribute[]; events?: { name: string }[] })[];
    }[];
  }[];
}

/** Takes OTLP as JSON and answers as a collector does. */
export async function openOtlpReceiver(status = 200): Promise<OtlpReceiver> {
  const server = await serve((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  const bodies = (): Body[] => server.requests.map(({ body }) => JSON.parse(body) as Body);
  const resources = () => bodies().flatMap(({ resourceSpans }) => resourceSpans);
  return {
    endpoint: `${server.url}/v1/traces`,
    server,
    get spans() {
      const spans = resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
      return spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId || undefined,
        attributes: valuesOf(span.attributes),
        events: (span.events ?? []).map(({ name }) => name),
      }));
    },
    get resource() {
      return valuesOf(resources()[0]?.resource.attributes ?? []);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue ?? "") : Number(intValue)),
    ]),
  );
}
