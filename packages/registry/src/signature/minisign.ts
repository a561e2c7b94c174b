import { createHash, createPublicKey, verify } from "node:crypto";

/** A minisign public key: which one it is, and its 32 bytes of Ed25519. */
export interface PublicKey {
  /** Eight bytes in hexadecimal, as minisign prints them. */
  id: string;
  bytes: Uint8Array;
}

/** A minisign signature file, read and not yet verified. */
export interface Signature {
  keyId: string;
  /** Whether BLAKE2b of the message was signed in its place, which is what minisign has done since 0.10. */
  isPrehashed: boolean;
  bytes: Uint8Array;
  trustedComment: string;
  /** Over the signature and the trusted comment. */
  globalBytes: Uint8Array;
}

const KEY_BYTES = 42;
const SIGNATURE_BYTES = 74;
const GLOBAL_BYTES = 64;
/** Ed25519 in SubjectPublicKeyInfo (RFC 8410), up to the key itself. */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** Reads a public key: the base64 line of a minisign `.pub` file, with or without its comment. `undefined` when it is none. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const bytes = base64(lastLine(text), KEY_BYTES);
  if (!bytes || bytes.subarray(0, 2).toString("latin1") !== "Ed") return undefined;
  return { id: keyId(bytes), bytes: bytes.subarray(10) };
}

/** Reads a `.minisig` file. `undefined` when it is none. */
export function parseSignature(text: string): Signature | undefined {
  const [comment, signature, trusted, global, ...rest] = text.split(/\r?\n/);
  if (!comment?.startsWith("untrusted comment: ") || !trusted?.startsWith("trusted comment: ")) return undefined;
  if (rest.some((line) => line !== "")) return undefined;
  const bytes = base64(signature ?? "", SIGNATURE_BYTES);
  const globalBytes = base64(global ?? "", GLOBAL_BYTES);
  const algorithm = bytes?.subarray(0, 2).toString("latin1");
  if (!bytes || !globalBytes || (algorithm !== "Ed" && algorithm !== "ED")) return undefined;
  return {
    keyId: keyId(bytes),
    isPrehashed: algorithm === "ED",
    bytes: bytes.subarray(10),
    trustedComment: trusted.slice("trusted comment: ".length),
    globalBytes,
  };
}

/** Whether `signature` was made with `key` over `message`, and its trusted comment is the one that was signed. */
export function isSignedBy(key: PublicKey, signature: Signature, message: Uint8Array): boolean {
  if (signature.keyId !== key.id) return false;
  const spki = Buffer.concat([SPKI_HEAD, key.bytes]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  const signed = signature.isPrehashed ? createHash("blake2b512").update(message).digest() : message;
  const global = Buffer.concat([signature.bytes, Buffer.from(signature.trustedComment)]);
  return verify(null, signed, publicKey, signature.bytes) && verify(null, global, publicKey, signature.globalBytes);
}

/** minisign prints the eight bytes as a little-endian number. */
function keyId(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(2, 10)).reverse().toString("hex").toUpperCase();
}

function lastLine(text: string): string {
  return text.trim().split(/\r?\n/).at(-1) ?? "";
}

/** Exactly so many bytes, or nothing. */
function base64(text: string, length: number): Buffer | undefined {
  if (text.length > 4 * length || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === length ? bytes : undefined;
}
