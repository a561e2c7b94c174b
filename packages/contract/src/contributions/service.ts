import type { JsonValue } from "@berth/base";
import type { CallContext } from "../call-context.ts";

/** Who shares an instance of a service: all callers of the host, or each plugin that calls has one of its own. */
export type ServiceScope = "host" | "plugin";

/** An object other plugins call: named methods over JSON values. */
export interface ServiceInstance {
  methods: Record<string, (input: JsonValue, call: CallContext) => Promise<JsonValue> | JsonValue>;
  dispose?(): void | Promise<void>;
}
