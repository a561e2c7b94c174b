import type { Secret } from "../secret.ts";

/** What every field may say (RPT-79). */
interface CommonField {
  /** One sentence; editors show it, and error messages use it. */
  description?: string;
  /** Other flags that set it on a command line, with their dashes: `["-i", "--initial"]`. Its name makes one by itself. */
  flags?: readonly string[];
  /** Whether the operator must set it. A field with a default is never required. */
  required?: boolean;
}

/** Text. With `secret`, the value arrives as a {@link Secret} and is masked everywhere. */
export interface StringField extends CommonField {
  type: "string";
  default?: string;
  oneOf?: readonly string[];
  /** Must match as a whole. */
  pattern?: RegExp;
  minLength?: number;
  maxLength?: number;
  secret?: boolean;
}

/** A number; `int` takes whole ones only. */
export interface NumberField extends CommonField {
  type: "number" | "int";
  default?: number;
  min?: number;
  max?: number;
  oneOf?: readonly number[];
}

/** True or false. */
export interface BoolField extends CommonField {
  type: "bool";
  default?: boolean;
}

/** A length of time: `500ms`, `30s`, `5m`, `2h`, `1d`, or several joined (`1h30m`). Arrives in milliseconds. */
export interface DurationField extends CommonField {
  type: "duration";
  default?: string;
  /** Such as `1s`. */
  min?: string;
  max?: string;
}

/** A list of texts. */
export interface StringsField extends CommonField {
  type: "strings";
  default?: readonly string[];
  oneOf?: readonly string[];
  maxItems?: number;
}

/** One field of a configuration. */
export type Field = StringField | NumberField | BoolField | DurationField | StringsField;

/** The fields of a configuration, by name. */
export type Fields = Record<string, Field>;

type ValueOf<F extends Field> = F extends { type: "string"; secret: true }
  ? Secret
  : F extends { type: "string"; oneOf: readonly (infer Choice)[] }
    ? Choice
    : F extends { type: "string" }
      ? string
      : F extends { type: "number" | "int"; oneOf: readonly (infer Choice)[] }
        ? Choice
        : F extends { type: "number" | "int" | "duration" }
          ? number
          : F extends { type: "bool" }
            ? boolean
            : string[];

type IsSet<F extends Field> = F extends { required: true } ? true : F extends { default: unknown } ? true : false;

/** The configuration a plugin receives for `fields`: required and defaulted ones are there, others may be absent. */
export type FieldValues<F extends Fields> = {
  [Name in keyof F as IsSet<F[Name]> extends true ? Name : never]: ValueOf<F[Name]>;
} & {
  [Name in keyof F as IsSet<F[Name]> extends true ? never : Name]?: ValueOf<F[Name]>;
};
