const LONGEST = 500;
const LONGEST_WORD = 32;

/**
 * A path with `*` for each part that looks like a number, a key or anything else that differs from request to request: what a
 * permission would say, and nothing that a ledger should not keep (some services take a token as a part of the path).
 */
export function generalPath(path: string): string {
  const general = path
    .split("/")
    .map((part) => (isParticular(part) ? "*" : part))
    .join("/");
  return general.length <= LONGEST ? general : `${general.slice(0, general.lastIndexOf("/", LONGEST - 2))}/*`;
}

function isParticular(part: string): boolean {
  if (part.length > LONGEST_WORD || part.includes("%") || part.includes(":")) return true;
  const digits = part.replaceAll(/\D/g, "").length;
  // v1, 2024 and s3 are words; 1734, a UUID and a hash are not.
  return digits > 4 || (digits > 2 && digits === part.length);
}
