// A plugin that uses packages from npm as they are; JavaScript, so that it can be copied together with them.
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { definePlugin, defineService } from "@berth/sdk";
import { ErrorCode, WebClient } from "@slack/web-api";
import pg from "pg";
import { Agent, fetch as undiciFetch, Pool, request, stream } from "undici";

/** Undici: kept connections, streams both ways, many at once, its own fetch. */
const undici = {
  async keepAlive({ origin }) {
    const pool = new Pool(origin, { connections: 1 });
    const bodies = [];
    for (let i = 0; i < 5; i++) {
      const { body } = await pool.request({ path: `/echo?${i}`, method: "POST", body: `body ${i}` });
      bodies.push(await body.text());
    }
    await pool.close();
    return bodies;
  },
  async large({ origin, bytes }) {
    const dispatcher = new Agent();
    const { statusCode, headers, body } = await request(`${origin}/large?${bytes}`, { dispatcher });
    let received = 0;
    let isRight = true;
    for await (const chunk of body) {
      isRight &&= chunk.every((byte) => byte === 0x62);
      received += chunk.length;
    }
    await dispatcher.close();
    return { statusCode, length: headers["content-length"], received, isRight };
  },
  async upload({ origin, bytes }) {
    const { body } = await request(`${origin}/count`, {
      method: "PUT",
      body: (async function* () {
        for (let sent = 0; sent < bytes; sent += 50_000) yield Buffer.alloc(50_000, "u");
      })(),
    });
    return await body.json();
  },
  async parallel({ origin, count }) {
    const pool = new Pool(origin, { connections: 4 });
    const answers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const { body } = await pool.request({ path: `/echo?${i}`, method: "POST", body: String(i) });
        return await body.text();
      }),
    );
    await pool.close();
    return answers;
  },
  async slowly({ origin }) {
    const parts = [];
    const { Writable } = await import("node:stream");
    const collect = (chunk, _encoding, done) => {
      parts.push(chunk.toString());
      done();
    };
    await stream(`${origin}/drip`, { method: "GET" }, () => new Writable({ write: collect }));
    return parts.join("");
  },
  async ownFetch({ origin }) {
    const answer = await undiciFetch(`${origin}/echo`, { method: "POST", body: "by undici's own fetch" });
    return { status: answer.status, body: await answer.text() };
  },
  async denied({ origin }) {
    return await request(origin).then(() => "answered", describe);
  },
};

/** Slack's own client, which uses the global fetch. */
const slack = {
  async post({ slackApiUrl }) {
    const client = new WebClient("xoxb-token", { slackApiUrl, retryConfig: { retries: 0 } });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's, not a window's
    const { ok, ts, message } = await client.chat.postMessage({ channel: "C1", text: "Grüße" });
    return { ok, ts, message };
  },
  async refused({ slackApiUrl }) {
    const client = new WebClient("wrong", { slackApiUrl, retryConfig: { retries: 0 } });
    return await client.auth.test().then(
      () => "answered",
      (error) => ({ code: error.code, isPlatform: error.code === ErrorCode.PlatformError, why: error.data?.error }),
    );
  },
  async pages({ slackApiUrl }) {
    const client = new WebClient("xoxb-token", { slackApiUrl });
    const members = [];
    for await (const page of client.paginate("users.list", { limit: 2 })) members.push(...page.members);
    return members.map(({ id }) => id);
  },
  async denied({ slackApiUrl }) {
    const client = new WebClient("xoxb-token", { slackApiUrl, retryConfig: { retries: 0 } });
    return await client.auth.test().then(() => "answered", describe);
  },
};

/** PostgreSQL's client: its own protocol over a socket. */
const postgres = {
  async queries({ host, port }) {
    const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
    await client.connect();
    await client.query("create table if not exists thing (id int primary key, name text, at timestamptz, data jsonb)");
    await client.query("insert into thing values ($1, $2, now(), $3)", [1, "Grüße", { a: [1, null] }]);
    const { rows, rowCount } = await client.query("select id, name, data from thing where id = $1", [1]);
    const failure = await client.query("select * from nowhere").then(
      () => "answered",
      ({ code, message }) => ({ code, message }),
    );
    const after = await client.query("select 1 + 1 as two");
    await client.end();
    return { rows, rowCount, failure, after: after.rows };
  },
  async large({ host, port, characters }) {
    const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
    await client.connect();
    const sent = "x".repeat(characters);
    const { rows } = await client.query("select $1::text as large, length($1::text) as length", [sent]);
    await client.end();
    return { isSame: rows[0].large === sent, length: rows[0].length };
  },
  async parallel({ host, port, count }) {
    const pool = new pg.Pool({ host, port, user: "postgres", database: "postgres", max: 4 });
    const answers = await Promise.all(
      // Without parameters: the database of these tests mixes up the portals of several connections.
      Array.from({ length: count }, (_, i) => pool.query(`select ${i} * 2 as twice`)),
    );
    await pool.end();
    return answers.map(({ rows }) => rows[0].twice);
  },
  async denied({ host, port }) {
    const client = new pg.Client({ host, port, user: "postgres", connectionTimeoutMillis: 5_000 });
    return await client.connect().then(() => "connected", describe);
  },
};

/** Node's own ways, from inside. */
const node = {
  async http({ url }) {
    const { get } = await import(url.startsWith("https:") ? "node:https" : "node:http");
    const asked = get(url);
    const [response] = await once(asked, "response");
    return await text(response);
  },
  async fetch({ url }) {
    return await fetch(url).then((answer) => answer.text(), describe);
  },
  async denied({ host, port }) {
    const { connect } = await import("node:net");
    const [error] = await once(connect(port, host), "error");
    return describe(error);
  },
};

function describe(error) {
  const cause = error.cause ?? error.original;
  return {
    name: error.name,
    code: error.code,
    message: error.message,
    ...(cause ? { cause: describe(cause) } : {}),
  };
}

const clients = { undici, slack, postgres, node };
const methods = Object.fromEntries(
  Object.entries(clients).flatMap(([name, calls]) =>
    Object.entries(calls).map(([call, run]) => [`${name}.${call}`, (input) => run(input)]),
  ),
);

export default definePlugin({ provides: [defineService("clients", { create: () => ({ methods }) })] });
