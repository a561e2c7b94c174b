import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir, mkdtempDisposable, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestFolder } from "../digest/index.ts";
import { isSignedBy, parsePublicKey, parseSignature } from "./minisign.ts";
import { SIGNATURE_FILE, signedText, verifyFolder } from "./verify-folder.ts";

const KEY_ID = Buffer.from("0102030405060708", "hex");

/** What minisign does, for tests that must not need it. */
function keyPair(): { publicText: string; signText: (text: string, isPrehashed?: boolean) => string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const publicText = `untrusted comment: a key\n${Buffer.concat([Buffer.from("Ed"), KEY_ID, raw]).toString("base64")}\n`;
  return { publicText, signText: (text, isPrehashed = true) => signWith(privateKey, text, isPrehashed) };
}

function signWith(key: KeyObject, text: string, isPrehashed: boolean): string {
  const message = isPrehashed ? createHash("blake2b512").update(text).digest() : Buffer.from(text);
  const signature = sign(null, message, key);
  const comment = "timestamp:1 file:plugin.sum";
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key);
  const line = Buffer.concat([Buffer.from(isPrehashed ? "ED" : "Ed"), KEY_ID, signature]).toString("base64");
  return `untrusted comment: signed\n${line}\ntrusted comment: ${comment}\n${global.toString("base64")}\n`;
}

async function pluginFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-signed-"));
  await mkdir(join(folder.path, "src"));
  await writeFile(join(folder.path, "plugin.toml"), "[plugin]\n");
  await writeFile(join(folder.path, "src/plugin.ts"), "export {};\n");
  return folder;
}

const textOf = async (folder: string): Promise<string> => signedText((await digestFolder(folder)).digest);

describe("verifyFolder [RPT-148]", () => {
  test.each([true, false])("takes what a trusted key signed (prehashed: %s)", async (isPrehashed) => {
    const { publicText, signText } = keyPair();
    await using folder = await pluginFolder();
    await writeFile(join(folder.path, SIGNATURE_FILE), signText(await textOf(folder.path), isPrehashed));
    expect(await verifyFolder(folder.path, [parsePublicKey(publicText)!])).toMatchObject({
      state: "signed",
      keyId: "0807060504030201",
      comment: "timestamp:1 file:plugin.sum",
    });
  });

  test("tells an unsigned plugin from one whose signature does not hold", async () => {
    const { publicText, signText } = keyPair();
    const key = parsePublicKey(publicText)!;
    await using folder = await pluginFolder();
    expect(await verifyFolder(folder.path, [key])).toEqual({ state: "unsigned" });
    const text = await textOf(folder.path);
    const signature = join(folder.path, SIGNATURE_FILE);
    await writeFile(signature, signText(text));
    expect(await verifyFolder(folder.path, [])).toEqual({
      state: "invalid",
      why: "it is signed by key 0807060504030201, which is not trusted",
    });
    await writeFile(join(folder.path, "src/plugin.ts"), "export const evil = 1;\n");
    expect(await verifyFolder(folder.path, [key])).toEqual({
      state: "invalid",
      why: "its signature by key 0807060504030201 does not fit its content",
    });
    await writeFile(signature, keyPair().signText(await textOf(folder.path)));
    expect(await verifyFolder(folder.path, [key])).toMatchObject({ state: "invalid" });
    await writeFile(signature, "no signature at all");
    expect(await verifyFolder(folder.path, [key])).toEqual({
      state: "invalid",
      why: "plugin.minisig is no minisign signature",
    });
  });

  test("does not follow a link to a signature elsewhere", async () => {
    const { publicText, signText } = keyPair();
    await using folder = await pluginFolder();
    await using elsewhere = await mkdtempDisposable(join(tmpdir(), "berth-signed-"));
    await writeFile(join(elsewhere.path, "sig"), signText(await textOf(folder.path)));
    await symlink(join(elsewhere.path, "sig"), join(folder.path, SIGNATURE_FILE));
    expect(await verifyFolder(folder.path, [parsePublicKey(publicText)!])).toMatchObject({ state: "invalid" });
  });

  test("refuses a trusted comment that was changed afterwards, and every flipped bit", () => {
    const { publicText, signText } = keyPair();
    const key = parsePublicKey(publicText)!;
    const message = Buffer.from("berth-plugin sha256:00\n");
    const text = signText(message.toString());
    expect(isSignedBy(key, parseSignature(text)!, message)).toBe(true);
    expect(isSignedBy(key, parseSignature(text.replace("timestamp:1", "timestamp:2"))!, message)).toBe(false);
    const signature = parseSignature(text)!;
    for (let at = 0; at < signature.bytes.length; at++) {
      const bytes = Uint8Array.from(signature.bytes);
      bytes[at] = bytes[at]! ^ 1;
      expect(isSignedBy(key, { ...signature, bytes }, message)).toBe(false);
    }
  });

  test.each(["", "RWQ", "not base64 at all!", Buffer.alloc(42).toString("base64")])("%j is no key", (text) => {
    expect(parsePublicKey(text)).toBeUndefined();
  });

  test("understands what minisign itself writes", async ({ skip }) => {
    const hasMinisign = ((): boolean => {
      try {
        execFileSync("minisign", ["-v"], { stdio: "ignore" });
        return true;
      } catch {
        return false;
      }
    })();
    if (!hasMinisign) skip("minisign is not installed here");
    await using folder = await pluginFolder();
    await using keys = await mkdtempDisposable(join(tmpdir(), "berth-keys-"));
    const [publicKey, secretKey] = [join(keys.path, "key.pub"), join(keys.path, "key.sec")];
    execFileSync("minisign", ["-G", "-W", "-p", publicKey, "-s", secretKey]);
    const sum = join(keys.path, "plugin.sum");
    await writeFile(sum, await textOf(folder.path));
    execFileSync("minisign", ["-S", "-W", "-s", secretKey, "-m", sum, "-x", join(folder.path, SIGNATURE_FILE)]);
    const key = parsePublicKey(await readFile(publicKey, "utf8"))!;
    expect(await verifyFolder(folder.path, [key])).toMatchObject({ state: "signed" });
  });
});
