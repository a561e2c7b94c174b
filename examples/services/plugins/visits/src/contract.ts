import { defineServiceRef } from "@berth/sdk";

/** What the service can do. Input and answers are JSON. */
export interface Visits {
  /** Gives how often the page was visited, this time among them. */
  count(input: { page: string }): number;
  pages(): string[];
}

/** Whoever may read this file may import it; others write this line themselves. */
export const VISITS = defineServiceRef<Visits>("visits");
