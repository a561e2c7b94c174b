import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestFolder } from "@berth/registry/digest";
import { SIGNATURE_FILE, signedText } from "@berth/registry/signature";
import { createTestHost, writePlugin } from "@berth/testing";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const KEY_ID = Buffer.from("0807060504030201", "hex");
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const TRUSTED = Buffer.concat([
  Buffer.from("Ed"),
  KEY_ID,
  publicKey.export({ format: "der", type: "spki" }).subarray(-32),
]).toString("base64");

/** A stranger's plugin that asks to run in a worker, signed. */
async function signedPlugin(folder: string): Promise<string> {
  const plugin = await writePlugin(folder, echoPlugin("signed", { manifest: '[runtime]\nisolation = "worker"' }));
  const { digest } = await digestFolder(plugin);
  const signature = sign(null, createHash("blake2b512").update(signedText(digest)).digest(), privateKey);
  const global = sign(null, Buffer.concat([signature, Buffer.from("v1")]), privateKey);
  const line = Buffer.concat([Buffer.from("ED"), KEY_ID, signature]).toString("base64");
  const text = `untrusted comment: x\n${line}\ntrusted comment: v1\n${global.toString("base64")}\n`;
  await writeFile(join(plugin, SIGNATURE_FILE), text);
  return plugin;
}

describe("Host and signatures [RPT-148]", () => {
  const trust = "third-party";

  test("lets a plugin that a trusted key signed run where its manifest says", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signed-"));
    const plugins = [await signedPlugin(folder.path)];
    await using host = await createTestHost({ plugins, trust, config: { trusted_keys: [TRUSTED] } });
    await using instance = host.instance({ contribution: "source/signed", instanceId: "s" });
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "s" });
    expect(host.plugins.get("signed").generation?.channel.tier).toBe("worker");
  });

  test("refuses a signed plugin that was changed, or signed by somebody else", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signed-"));
    const plugin = await signedPlugin(folder.path);
    const other = TRUSTED.replace(/^(RW.).{4}/, "$1AAAA");
    await using stranger = await createTestHost({ plugins: [plugin], trust, config: { trusted_keys: [other] } });
    expect(() => stranger.plugins.get("signed")).toThrow("which is not trusted");
    await writeFile(join(plugin, "src/more.ts"), "export {};\n");
    await using changed = await createTestHost({ plugins: [plugin], trust, config: { trusted_keys: [TRUSTED] } });
    expect(() => changed.plugins.get("signed")).toThrow(
      expect.objectContaining({
        code: "SIGNATURE_INVALID",
        message: expect.stringContaining("does not fit its content"),
      }),
    );
  });

  test("demands a signature where the operator says so, of strangers' plugins only", async () => {
    const config = { require_signature: true };
    await using host = await createTestHost({ plugins: [echoPlugin("unsigned")], trust, config });
    expect(() => host.plugins.get("unsigned")).toThrow("it has no plugin.minisig, and require_signature is set");
    await using own = await createTestHost({ plugins: [echoPlugin("own")], config });
    expect(own.plugins.get("own").state).toBe("unloaded");
  });

  test("says which key of the configuration is none", async () => {
    const config = { trusted_keys: [TRUSTED, "RWnonsense"] };
    await using host = await createTestHost({ plugins: [echoPlugin("unsigned")], trust, config });
    expect(() => host.plugins.get("unsigned")).toThrow("Cannot use trusted_keys.1: it is no minisign public key");
  });
});
