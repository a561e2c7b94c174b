/**
 * Makes something at its first use, once. What a plugin never uses is not even loaded: the brokers together cost a start two
 * milliseconds.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
