import { SCENE_LIMITS, type SceneStyleProperty } from "@berth/contract";

/**
 * What each style property may hold. Everything is allowed by name and by shape, nothing is passed on unread: a value that the
 * renderer would take for an address, or for work without end, is refused here.
 */
export type ValueKind =
  | "length"
  | "lengths"
  | "number"
  | "keyword"
  | "colour"
  | "gradient"
  | "shadow"
  | "family"
  | "feature";

const LENGTH = /^(?:auto|-?\d{1,5}(?:\.\d{1,4})?(?:px|%|em)?)$/;
const KEYWORD = /^[a-z][a-z-]{1,31}$/;
const COLOUR = /^(?:#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl)a?\([\d.,%\s/]{3,48}\)|[a-z]{3,24})$/i;
const FAMILY = /^[A-Za-z0-9 ,-]{1,200}$/;
const FEATURE = /^"[a-z0-9]{4}"(?: [01])?(?:, ?"[a-z0-9]{4}"(?: [01])?){0,7}$/;
/** Without colon, slash and quotes no address can be written; functions are listed by name. */
const PAINT = /^[\w#.,%()\s-]{1,600}$/;
const PAINT_FUNCTIONS = new Set(["linear-gradient", "radial-gradient", "rgb", "rgba", "hsl", "hsla"]);
/** A wider blur costs seconds a shadow. */
const MOST_BLUR = 400;

const isNumber = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= SCENE_LIMITS.magnitude;
const matches = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);
const isLength = (value: unknown): boolean => isNumber(value) || matches(LENGTH)(value);

function isPaint(value: unknown): value is string {
  if (typeof value !== "string" || !PAINT.test(value) || /url|image/i.test(value)) return false;
  return [...value.matchAll(/([\w-]*)\(/g)].every((call) => PAINT_FUNCTIONS.has(call[1]!));
}

const CHECKS: Record<ValueKind, (value: unknown) => boolean> = {
  length: isLength,
  lengths: (value) => isLength(value) || (typeof value === "string" && value.split(" ", 5).every(isLength)),
  number: isNumber,
  keyword: matches(KEYWORD),
  colour: matches(COLOUR),
  gradient: (value) => isPaint(value) && /-gradient\(/.test(value),
  shadow: (value) => isPaint(value) && [...value.matchAll(/\d+/g)].every((number) => Number(number[0]) <= MOST_BLUR),
  family: matches(FAMILY),
  feature: matches(FEATURE),
};

const KINDS: Record<SceneStyleProperty, ValueKind> = {
  display: "keyword",
  position: "keyword",
  top: "length",
  right: "length",
  bottom: "length",
  left: "length",
  width: "length",
  height: "length",
  minWidth: "length",
  minHeight: "length",
  maxWidth: "length",
  maxHeight: "length",
  flexDirection: "keyword",
  flexWrap: "keyword",
  flexGrow: "number",
  flexShrink: "number",
  flexBasis: "length",
  alignItems: "keyword",
  alignSelf: "keyword",
  alignContent: "keyword",
  justifyContent: "keyword",
  gap: "length",
  rowGap: "length",
  columnGap: "length",
  margin: "lengths",
  marginTop: "length",
  marginRight: "length",
  marginBottom: "length",
  marginLeft: "length",
  padding: "lengths",
  paddingTop: "length",
  paddingRight: "length",
  paddingBottom: "length",
  paddingLeft: "length",
  color: "colour",
  opacity: "number",
  backgroundColor: "colour",
  backgroundImage: "gradient",
  borderRadius: "lengths",
  borderWidth: "lengths",
  borderColor: "colour",
  borderStyle: "keyword",
  boxShadow: "shadow",
  overflow: "keyword",
  fontFamily: "family",
  fontSize: "number",
  fontWeight: "number",
  fontStyle: "keyword",
  fontFeatureSettings: "feature",
  lineHeight: "number",
  letterSpacing: "length",
  textAlign: "keyword",
  textTransform: "keyword",
  textOverflow: "keyword",
  textShadow: "shadow",
  whiteSpace: "keyword",
  lineClamp: "number",
};

/** The kind of value `property` takes, or `undefined` when a scene may not use it. */
export function styleKind(property: string): ValueKind | undefined {
  return Object.hasOwn(KINDS, property) ? KINDS[property as SceneStyleProperty] : undefined;
}

export function isStyleValue(kind: ValueKind, value: unknown): boolean {
  return CHECKS[kind](value);
}
