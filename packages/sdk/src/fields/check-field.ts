import { Secret } from "../secret.ts";
import { parseDuration } from "./duration.ts";
import type { BoolField, DurationField, Field, NumberField, StringField, StringsField } from "./field.ts";

/** A checked value, or the sentence that says what is wrong. */
export type FieldResult = { value: unknown } | { problem: string };

const problem = (text: string): FieldResult => ({ problem: text });
const found = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "a map"
        : JSON.stringify(value);
const choices = (allowed: readonly unknown[]): string => allowed.map((choice) => String(choice)).join(", ");

/** Checks one value that is there. */
export function checkField(field: Field, value: unknown): FieldResult {
  switch (field.type) {
    case "string":
      return checkString(field, value);
    case "number":
    case "int":
      return checkNumber(field, value);
    case "bool":
      return checkBool(field, value);
    case "duration":
      return checkDuration(field, value);
    case "strings":
      break;
  }
  return checkStrings(field, value);
}

function checkString(field: StringField, value: unknown): FieldResult {
  if (value instanceof Secret && field.secret) return { value };
  // A secret's value never appears in a message.
  const shown = field.secret ? "the value given" : found(value);
  if (typeof value !== "string") return problem(`must be text, found ${field.secret ? typeof value : shown}`);
  const min = field.minLength ?? (field.required ? 1 : 0);
  if (value.length < min) return problem(value === "" ? "must not be empty" : `must have at least ${min} characters`);
  if (value.length > (field.maxLength ?? 10_000))
    return problem(`must have at most ${field.maxLength ?? 10_000} characters`);
  if (field.oneOf && !field.oneOf.includes(value))
    return problem(`must be one of ${choices(field.oneOf)}, found ${shown}`);
  if (field.pattern && !matchesWhole(field.pattern, value))
    return problem(`must match ${field.pattern.source}, found ${shown}`);
  return { value: field.secret ? new Secret(value) : value };
}

function matchesWhole(pattern: RegExp, value: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, "")).test(value);
}

function checkNumber(field: NumberField, value: unknown): FieldResult {
  const kind = field.type === "int" ? "a whole number" : "a number";
  if (typeof value !== "number" || !Number.isFinite(value)) return problem(`must be ${kind}, found ${found(value)}`);
  if (field.type === "int" && !Number.isSafeInteger(value)) return problem(`must be ${kind}, found ${value}`);
  if (field.min !== undefined && value < field.min) return problem(`must be at least ${field.min}, found ${value}`);
  if (field.max !== undefined && value > field.max) return problem(`must be at most ${field.max}, found ${value}`);
  if (field.oneOf && !field.oneOf.includes(value))
    return problem(`must be one of ${choices(field.oneOf)}, found ${value}`);
  return { value };
}

function checkBool(_field: BoolField, value: unknown): FieldResult {
  return typeof value === "boolean" ? { value } : problem(`must be true or false, found ${found(value)}`);
}

function checkDuration(field: DurationField, value: unknown): FieldResult {
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  if (ms === undefined) return problem(`must be a duration such as 30s or 1h30m, found ${found(value)}`);
  if (field.min !== undefined && ms < (parseDuration(field.min) ?? 0)) return problem(`must be at least ${field.min}`);
  if (field.max !== undefined && ms > (parseDuration(field.max) ?? Infinity))
    return problem(`must be at most ${field.max}`);
  return { value: ms };
}

function checkStrings(field: StringsField, value: unknown): FieldResult {
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
    return problem(`must be a list of texts, found ${found(value)}`);
  }
  const most = field.maxItems ?? 1_000;
  if (value.length > most) return problem(`must have at most ${most} entries, found ${value.length}`);
  const strange = field.oneOf && (value as string[]).find((item) => !field.oneOf?.includes(item));
  if (strange !== undefined) return problem(`must hold only ${choices(field.oneOf ?? [])}, found ${found(strange)}`);
  return { value: [...(value as string[])] };
}
