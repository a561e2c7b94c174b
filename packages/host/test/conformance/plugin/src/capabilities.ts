import type { PluginContext, ServiceInstance } from "@berth/sdk";

/** Use what the host does for a plugin. */
export function capabilities(ctx: PluginContext): ServiceInstance["methods"] {
  return {
    storeSet: async (input) => {
      await ctx.store.set("value", input);
      return null;
    },
    storeGet: async () => (await ctx.store.get("value")) ?? "absent",
    storeKeys: () => ctx.store.keys(),
    storeDelete: () => ctx.store.delete("value"),
    fileRoundTrip: async (input) => {
      const [first = "", ...others] = input as string;
      await ctx.files.write("folder/note.txt", first);
      await ctx.files.append("folder/note.txt", others.join(""));
      const text = await ctx.files.readText("folder/note.txt");
      const entries = await ctx.files.list("folder");
      const info = await ctx.files.info("folder/note.txt");
      await ctx.files.remove("folder/note.txt");
      const isGone = (await ctx.files.info("folder/note.txt")) === undefined;
      return { text, entries: entries.map(({ name, kind }) => ({ name, kind })), size: info?.size ?? -1, isGone };
    },
    binaryFile: async (input) => {
      await ctx.files.write("blob.bin", input as unknown as Uint8Array);
      return (await ctx.files.read("blob.bin")) as never;
    },
    readOutside: async (input) => ctx.files.readText(input as string),
    fetchText: async (input) => {
      const answer = await ctx.fetch(input as string, { headers: { "x-probe": "yes" } });
      return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
    },
    fetchAbort: async (input, call) => {
      await ctx.fetch(input as string, { signal: call.signal });
      return null;
    },
    post: async (input) => {
      const { url, text } = input as { url: string; text: string };
      const answer = await ctx.fetch(url, { method: "POST", body: text });
      return await answer.text();
    },
    secret: async (input) => {
      const secret = await ctx.secrets.get(input as string);
      return { shown: String(secret), length: secret.reveal().length };
    },
    env: async (input) => (await ctx.env.get(input as string)) ?? "absent",
    callMachine: () => ctx.services.call("machine", "figures"),
    callMissing: (input) => ctx.services.call(input as string, "figures"),
    exec: async (input) => {
      const result = await ctx.exec(input as string);
      return result.exitCode;
    },
    log: (input) => {
      ctx.log.info(input as string, { from: "probe" });
      return null;
    },
  };
}
