import { flagsCodec, recordCodec, tupleCodec } from "./codec-aggregates.ts";
import { handleCodec } from "./codec-handles.ts";
import { bytesCodec, listCodec, textCodec } from "./codec-lists.ts";
import { numericCodec } from "./codec-primitives.ts";
import { enumCodec, optionCodec, resultCodec, variantCodec } from "./codec-variants.ts";
import type { Codec } from "./codec.ts";
import { isPrimitive, type ValueType } from "./types.ts";

/** Makes the codecs of types, each once. */
export class Codecs {
  readonly #made = new Map<ValueType, Codec>();

  of(type: ValueType): Codec {
    const made = this.#made.get(type) ?? this.#make(type);
    this.#made.set(type, made);
    return made;
  }

  #make(type: ValueType): Codec {
    if (isPrimitive(type)) return type.kind === "string" ? textCodec : numericCodec(type.kind);
    switch (type.kind) {
      case "record":
        return recordCodec(type.fields.map(({ key, type: field }) => ({ key, codec: this.of(field) })));
      case "tuple":
        return tupleCodec(type.elements.map((element) => this.of(element)));
      case "flags":
        return flagsCodec(type.names);
      case "enum":
        return enumCodec(type.names);
      case "variant":
        return variantCodec(type.cases.map(({ name, type: payload }) => ({ name, codec: this.#maybe(payload) })));
      case "option":
        return optionCodec(this.of(type.value), type.value.kind === "option");
      case "result":
        return resultCodec(this.#maybe(type.ok), this.#maybe(type.error));
      case "list":
        return type.element.kind === "u8" ? bytesCodec : listCodec(this.of(type.element));
      case "own":
      case "borrow":
        return handleCodec(type.kind, type.resource);
      default:
        return type satisfies never;
    }
  }

  #maybe(type: ValueType | undefined): Codec | undefined {
    return type && this.of(type);
  }
}
