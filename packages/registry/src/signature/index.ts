export { isSignedBy, parsePublicKey, parseSignature, type PublicKey, type Signature } from "./minisign.ts";
export { type FolderSignature, SIGNATURE_FILE, signedText, verifyFolder } from "./verify-folder.ts";
