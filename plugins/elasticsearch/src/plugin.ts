import { configError, definePlugin, defineOutput, fields, type JsonValue, type OutputRecord } from "@berth/sdk";
import { bulkBody, readOutcome } from "./bulk.ts";

/** Of an index by its documentation, as far as anybody uses it. */
const INDEX = /^[a-z0-9][a-z0-9._-]{0,199}$/;

export default definePlugin({
  provides: [
    defineOutput("elasticsearch", {
      description: "The record of each run as a document in Elasticsearch",
      config: fields({
        endpoint: {
          type: "string",
          // Without a default: leave to reach it is given for what is configured.
          required: true,
          maxLength: 2_000,
          description: "the address of the server, such as http://127.0.0.1:9200",
        },
        index: {
          type: "string",
          default: "rpr-runs",
          maxLength: 200,
          description: "the index that takes the documents",
        },
        api_key: {
          type: "bool",
          default: false,
          description: "whether the secret ELASTICSEARCH_API_KEY is sent as an API key",
        },
      }),
      create: async (config, ctx) => {
        if (!URL.canParse(config.endpoint)) throw configError(ctx, "endpoint", "must be an address");
        if (!INDEX.test(config.index)) throw configError(ctx, "index", "must be lower-case letters, digits and . _ -");
        const headers: Record<string, string> = { "content-type": "application/x-ndjson" };
        if (config.api_key) {
          headers["authorization"] = `ApiKey ${(await ctx.secrets.get("ELASTICSEARCH_API_KEY")).reveal()}`;
        }
        const url = new URL("_bulk", config.endpoint.endsWith("/") ? config.endpoint : `${config.endpoint}/`).href;
        const send = async (records: readonly OutputRecord[], signal: AbortSignal): Promise<number[]> => {
          const body = bulkBody(records, config.index);
          const response = await ctx.fetch(url, { method: "POST", headers, body, signal });
          // The whole request: whoever may not write now may when the key is right.
          if (!response.ok) throw new Error(`the server answered ${response.status}`);
          const { failed, refused } = readOutcome((await response.json()) as JsonValue, records.length);
          for (const { reason } of refused) ctx.log.error(`A document was refused for good: ${reason}`);
          return failed;
        };
        return {
          write: async (record, { signal }) => {
            if ((await send([record], signal)).length > 0) throw new Error("the server takes no more just now");
          },
          writeAll: async (records, { signal }) => ({ failed: await send(records, signal) }),
        };
      },
    }),
  ],
});
