import { jsonFormatter, type LogRecord } from "@std/log";

/** How log lines look. */
export type LogFormat = "text" | "json";

const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]+-----[^]*?(-----END [A-Z ]+-----|$)/g,
  /\bBearer\s+[\w.~+/=-]+/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<=(?:token|password|passwd|secret|client-key-data)\\?["']?\s*[:=]\s*\\?["']?)[^\s"',\\]+/gi,
  /(?<=\bauthorization\\?["']?\s*[:=]\s*\\?["']?basic\s+)[^\s"',\\]+/gi,
  // Name and password of a URL, such as a proxy's.
  /(?<=:\/\/)[^\s/?#@"'\\]+(?=@)/g,
];

/** The text without bearer tokens, keys and passwords. */
export function redact(text: string): string {
  return SECRETS.reduce(
    (left, pattern) => left.replace(pattern, "[redacted]"),
    text,
  );
}

/** One line: what came from an object or a tool cannot begin a new one. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) =>
      character === "\n"
        ? "\\n"
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Error);
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** Fields that go with a message: objects by key, the rest as `detail`. */
function fieldsOf(args: readonly unknown[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const arg of args) {
    if (isFields(arg)) Object.assign(fields, arg);
    else fields.detail = textOf(arg);
  }
  return fields;
}

/** Text for people: time, level, logger, message, `key=value`. */
export function formatText(record: LogRecord): string {
  const fields = Object.entries(fieldsOf(record.args)).map(([key, value]) => {
    const text = textOf(value);
    return ` ${key}=${
      /^[\w.:/[\]-]+$/.test(text) ? text : JSON.stringify(text)
    }`;
  });
  const name = record.loggerName === "default" ? "" : `${record.loggerName}: `;
  return oneLine(redact(
    `${record.datetime.toISOString()} ${record.levelName.padEnd(5)} ` +
      `${name}${record.msg}${fields.join("")}`,
  ));
}

/** One JSON object per line, as collectors of Kubernetes logs read it. */
export function formatJson(record: LogRecord): string {
  const { datetime, level } = JSON.parse(jsonFormatter(record));
  const values = Object.entries(fieldsOf(record.args)).map(([key, value]) => [
    key,
    value instanceof Error ? value.message : value,
  ]);
  return redact(JSON.stringify({
    ts: datetime,
    level: String(level).toLowerCase(),
    logger: record.loggerName,
    msg: record.msg,
    ...Object.fromEntries(values),
  }));
}
