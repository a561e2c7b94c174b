/**
 * Permissions that one plugin demands of those who call it: dotted names such as `deployment.execute`. The operator lets a caller
 * have single ones, or many by a pattern: `deployment.*` is everything below `deployment`, `*` is everything.
 */

const WORD = "[a-z0-9]+(?:[-_][a-z0-9]+)*";
const NAME = new RegExp(String.raw`^${WORD}(?:\.${WORD})*$`);
/** What an operator may grant: a name, or one that ends in `.*`, or `*`. */
export const CALLER_PERMISSION_PATTERN = new RegExp(String.raw`^(?:\*|${WORD}(?:\.${WORD})*(?:\.\*)?)$`);
const MOST_CHARACTERS = 200;

/** Whether `text` names one permission: lower-case words joined by dots. */
export function isCallerPermission(text: string): boolean {
  return text.length <= MOST_CHARACTERS && NAME.test(text);
}

/** Whether `text` is what an operator may grant: a name, or one that ends in `.*`, or `*`. */
export function isCallerPermissionPattern(text: string): boolean {
  return text.length <= MOST_CHARACTERS && CALLER_PERMISSION_PATTERN.test(text);
}

/** Whether one of the patterns `granted` holds the permission (or the pattern) `wanted`. */
export function holdsPermission(granted: readonly string[], wanted: string): boolean {
  return granted.some((pattern) => covers(pattern, wanted));
}

function covers(pattern: string, wanted: string): boolean {
  if (pattern === "*" || pattern === wanted) return true;
  return pattern.endsWith(".*") && wanted.startsWith(pattern.slice(0, -1));
}
