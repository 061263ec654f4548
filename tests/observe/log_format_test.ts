import { assert, assertEquals } from "@std/assert";
import { LogRecord } from "@std/log";
import {
  formatJson,
  formatText,
  redact,
} from "../../mod/observe/log_format.ts";

const NOTHING = { permissions: "none" } as const;

function record(msg: string, ...args: unknown[]): LogRecord {
  return new LogRecord({ msg, args, level: 20, loggerName: "agent" });
}

function afterTime(line: string): string {
  return line.replace(/^\S+ /, "");
}

Deno.test("formatText() writes message and fields in one line", NOTHING, () => {
  const line = formatText(record("pass", { reason: "change", text: "a b" }));
  assertEquals(afterTime(line), 'INFO  agent: pass reason=change text="a b"');
  assert(/^\d{4}-\d\d-\d\dT/.test(line));
});

Deno.test(
  "formatText() lets no text begin a new line or steer a terminal",
  NOTHING,
  () => {
    const line = formatText(record("a\nb\u001b[31m\u2028"));
    assertEquals(afterTime(line), "INFO  agent: a\\nb\\u001b[31m\\u2028");
  },
);

Deno.test(
  "formatJson() writes one object with the fields beside the message",
  NOTHING,
  () => {
    const line = formatJson(record("pass", { ms: 5 }, new Error("why")));
    const { ts, ...rest } = JSON.parse(line);
    assert(Math.abs(ts - Date.now()) < 60_000);
    assertEquals(rest, {
      level: "info",
      logger: "agent",
      msg: "pass",
      ms: 5,
      detail: "why",
    });
    assertEquals(line.includes("\n") ? "two lines" : "one line", "one line");
  },
);

const SECRETS = [
  "Authorization: Bearer abc.def",
  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
  '{"token": "s3cr3t"}',
  "password=s3cr3t",
  "client-key-data: czNjcjN0",
  '{"id-token":"s3cr3t","refresh_token":"s3cr3t"}',
  "access_token=s3cr3t&x=1",
  "clientSecret: s3cr3t",
  "Authorization: Basic czNjcjN0",
  "https://admin:s3cr3t@192.0.2.1:6443/api",
  "proxy http://s3cr3t@proxy:3128 is away",
  "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----",
  "-----BEGIN EC PRIVATE KEY-----\ns3cr3t cut off",
];

for (const text of SECRETS) {
  Deno.test(`no log shows the secret of ${text.slice(0, 20)}`, NOTHING, () => {
    const shown = redact(text) + formatText(record("x", { text })) +
      formatJson(record(text));
    assertEquals(/abc\.def|eyJ|s3cr3t|czNj/.exec(shown), null);
  });
}

Deno.test("redact() leaves other text alone", NOTHING, () => {
  const text = "service default/token-server has 2 endpoints";
  assertEquals(redact(text), text);
});
