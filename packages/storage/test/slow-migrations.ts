/** How many rows each step fills in: enough that a kill often falls into one. */
export const ROWS_PER_STEP = 4_000;

/** Ten steps that each make a table and fill it, so that a half-done one shows. */
export const SLOW_MIGRATIONS: readonly string[] = Array.from(
  { length: 10 },
  (_, index) => `CREATE TABLE step_${index + 1} (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ${ROWS_PER_STEP})
    INSERT INTO step_${index + 1} SELECT number, 'row ' || number FROM numbers;`,
);
