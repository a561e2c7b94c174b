import type { JsonValue } from "@berth/base";
import type { CallContext } from "../call-context.ts";

/** An object other plugins call: named methods over JSON values. */
export interface ServiceInstance {
  methods: Record<string, (input: JsonValue, call: CallContext) => Promise<JsonValue> | JsonValue>;
  dispose?(): void | Promise<void>;
}
