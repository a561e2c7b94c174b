import type { KeyObject } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { ChainPoint } from "./audit-record.ts";
import { syncFolder } from "./sync-folder.ts";

/** Signs points of the chain; made at the first start, readable by the host's user alone. */
export interface AuditKey {
  /** The public half, one line: what an operator keeps elsewhere. */
  readonly publicKey: string;
  sign(point: ChainPoint): string;
}

const PREFIX = "berth-audit-ed25519:";

/** The key in that file, which is made when it is missing. @throws HostError `STORAGE_FAILED` for a file that is no such key. */
export function openAuditKey(path: string): AuditKey {
  const crypto = process.getBuiltinModule("node:crypto");
  const found = readIfThere(path) ?? makeKey(path);
  try {
    const secret = crypto.createPrivateKey(found);
    const publicKey = publicText(crypto.createPublicKey(secret));
    return { publicKey, sign: (point) => crypto.sign(null, pointText(point), secret).toString("base64") };
  } catch (cause) {
    const message = `Cannot use the key of the audit log, ${path}: ${errorMessage(cause)}. Bring it back from a copy, or move it away: then a new one is made, and told`;
    throw new HostError("STORAGE_FAILED", message, { cause, details: { path } });
  }
}

/** Checks signatures by the public half. @throws HostError `CONFIG_INVALID` for a text that is none. */
export function auditVerifier(publicKey: string): (point: ChainPoint, signature: string) => boolean {
  const crypto = process.getBuiltinModule("node:crypto");
  const text = publicKey.trim();
  try {
    if (!text.startsWith(PREFIX)) throw new Error(`it begins with ${PREFIX}`);
    const der = Buffer.from(text.slice(PREFIX.length), "base64");
    const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
    return (point, signature) => {
      const bytes = Buffer.from(signature, "base64");
      return bytes.toString("base64") === signature && crypto.verify(null, pointText(point), key, bytes);
    };
  } catch (cause) {
    throw new HostError(
      "CONFIG_INVALID",
      `No public key of an audit log: ${errorMessage(cause)}; \`berth audit key\` prints it`,
      { cause },
    );
  }
}

function pointText({ seq, hash }: ChainPoint): Buffer {
  return Buffer.from(`berth audit ${seq} ${hash}`);
}

function publicText(key: KeyObject): string {
  return PREFIX + key.export({ format: "der", type: "spki" }).toString("base64");
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** In one step: a crash leaves no half a key. */
function makeKey(path: string): Buffer {
  const { privateKey } = process.getBuiltinModule("node:crypto").generateKeyPairSync("ed25519");
  const pem = Buffer.from(privateKey.export({ format: "pem", type: "pkcs8" }));
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, pem);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
  return pem;
}
