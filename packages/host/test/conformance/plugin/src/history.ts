/** What happened to the plugin as a whole, for the suite to ask about. */
export const history: string[] = [];
