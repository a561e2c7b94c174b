/**
 * Makes something at its first use, once. What a plugin never uses is not even loaded: the brokers that reach outside the process
 * would cost every start over a millisecond.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
