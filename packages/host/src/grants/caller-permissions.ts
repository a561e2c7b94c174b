const EVERYTHING: readonly string[] = ["*"];
const NOTHING: readonly string[] = [];
const PLUGIN_PREFIX = "plugin/";

/**
 * What each caller may ask of plugins, for `permissionsOf` of an endpoint. The host and the applications are the operator's own
 * programs and may all; an application that acts for somebody else passes what that one may with the call. A plugin has what its grant
 * says under `may`, which is known once it is about to be loaded.
 */
export class CallerPermissions {
  readonly #plugins = new Map<string, readonly string[]>();

  /** @param may of the resolved grant. */
  set(plugin: string, may: readonly string[]): void {
    this.#plugins.set(plugin, may);
  }

  readonly of = (caller: string): readonly string[] => {
    if (caller.startsWith(PLUGIN_PREFIX)) return this.#plugins.get(caller.slice(PLUGIN_PREFIX.length)) ?? NOTHING;
    return caller === "host" || caller.startsWith("app/") ? EVERYTHING : NOTHING;
  };
}
