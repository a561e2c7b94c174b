import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "@berth/base";
import { digestFolder, type DigestOptions } from "../digest/index.ts";
import { isSignedBy, parseSignature, type PublicKey } from "./minisign.ts";

/** The signature's place in a plugin's folder. It is no part of what is signed. */
export const SIGNATURE_FILE = "plugin.minisig";

/** Whether a plugin's folder is signed by a key of the operator's. */
export type FolderSignature =
  | { state: "signed"; keyId: string; digest: string; comment: string }
  | { state: "unsigned" }
  /** Signed, but by nobody the operator trusts, or not for this content. */
  | { state: "invalid"; why: string };

const MOST_BYTES = 4_096;

/**
 * What is signed: one line with the digest of the folder, as `berth plugins digest` prints it. It says what it is a digest of, so
 * that a signature for something else never fits.
 */
export function signedText(digest: string): string {
  return `berth-plugin ${digest}\n`;
}

/** How {@link verifyFolder} works. */
export interface VerifyOptions extends DigestOptions {
  /** Where the content is that the signature is to fit: a copy of the folder. Default: the folder itself. */
  content?: string;
}

/** Verifies the signature in a plugin's folder against the folder as it is now, or a copy of it. */
export async function verifyFolder(
  folder: string,
  keys: readonly PublicKey[],
  { content = folder, ...options }: VerifyOptions = {},
): Promise<FolderSignature> {
  const text = await readSignature(join(folder, SIGNATURE_FILE));
  if (text === undefined) return { state: "unsigned" };
  const signature = parseSignature(text);
  if (!signature) return { state: "invalid", why: `${SIGNATURE_FILE} is no minisign signature` };
  const key = keys.find(({ id }) => id === signature.keyId);
  if (!key) return { state: "invalid", why: `it is signed by key ${signature.keyId}, which is not trusted` };
  const leaveOut = [...(options.leaveOut ?? []), join(folder, SIGNATURE_FILE)];
  const { digest } = await digestFolder(content, { ...options, leaveOut });
  if (!isSignedBy(key, signature, Buffer.from(signedText(digest)))) {
    return { state: "invalid", why: `its signature by key ${key.id} does not fit its content` };
  }
  return { state: "signed", keyId: key.id, digest, comment: signature.trustedComment };
}

/** `undefined` when there is none; something unreadable is an invalid signature, not a missing one. */
async function readSignature(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.subarray(0, bytesRead).toString("utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : errorMessage(error);
  }
}
