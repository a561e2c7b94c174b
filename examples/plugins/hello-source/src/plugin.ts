import { configError, defineSource, definePlugin, fetchJson, fields } from "@berth/sdk";

// 1. What the operator may set. Every field has a sentence; editors show it.
const config = fields({
  url: { type: "string", maxLength: 500, description: "Address of a JSON document with a message in it" },
  greeting: { type: "string", maxLength: 100, default: "Hello", description: "The heading" },
});

// 2. The source, under the name that stands in plugin.toml.
const hello = defineSource("hello", {
  description: "Shows a message from an address you choose",
  config,
  create({ url, greeting }, ctx) {
    // 3. Checked once, before the first run. The message names plugin and field, and says what to do.
    if (!url) throw configError(ctx, "url", "is required: set it to the address of a JSON document");
    if (!URL.canParse(url)) throw configError(ctx, "url", "must be an address such as https://example.org/hello.json");
    return {
      // 4. One run. Hand the call's signal on: it fires at the deadline.
      async fetch({ signal }) {
        ctx.log.info("asking for the message", { host: new URL(url).host });
        const answer = await fetchJson(ctx, { service: "The message's server", url, signal });
        const message = answer.text("message");
        // 5. Nothing to show is told by a warning and no content. Trouble is told by an error, which fetchJson throws.
        if (message === undefined) {
          ctx.log.warn("there is no message");
          return undefined;
        }
        // 6. Title and lines are enough; headline, stats, series and tables make better pictures.
        return { title: greeting, lines: [message], observedAt: new Date(ctx.now()).toISOString() };
      },
    };
  },
});

export default definePlugin({ provides: [hello] });
