import type { ServiceName } from "#model";
import { jsonResponse, redact, reportNode, summariseServices } from "#observe";
import { parseDrainTarget } from "#plan";
import {
  answerDiff,
  answerService,
  answerTraffic,
  listAll,
} from "./answers.ts";
import { effectiveConfig } from "../effective_config.ts";
import type { ControlSources } from "./sources.ts";

/** A request may be so long, bytes. */
const MAX_BODY = 65_536;
/** So many requests are answered at a time. */
const MAX_AT_ONCE = 8;
/** A drain by hand takes so long at most, ms: a day. */
const MAX_DRAIN_MS = 86_400_000;

/** A request that cannot be answered, and why. */
class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Route = (
  sources: ControlSources,
  request: { readonly path: string; readonly body: unknown },
) => unknown;

const GETS: Readonly<Record<string, Route>> = {
  "/v1/status": async (sources) => {
    const fresh = await listAll(sources);
    const input = sources.input();
    return reportNode(input, summariseServices(input, fresh), fresh);
  },
  "/v1/services": async (sources) => {
    const fresh = await listAll(sources);
    return summariseServices(sources.input(), fresh);
  },
  "/v1/diff": answerDiff,
  "/v1/traffic": answerTraffic,
  "/v1/log": ({ logs }) => logs?.recent() ?? [],
  "/v1/log-level": ({ logs }) => ({ verbosity: logs?.verbosity ?? 0 }),
  "/v1/settings": ({ settings }) =>
    JSON.parse(redact(JSON.stringify({
      ...settings,
      given: [...settings.given],
      values: effectiveConfig(settings.values),
    }))),
};

const POSTS: Readonly<Record<string, Route>> = {
  "/v1/drain": async ({ agent }, { body }) => {
    const limitMs = field(body, "limitMs");
    if (!isWithin(limitMs, 1, MAX_DRAIN_MS)) {
      throw new RequestError(400, "Cannot drain: limitMs is not within a day");
    }
    return await agent.handDrains.add(targetOf(body), limitMs);
  },
  "/v1/undrain": async ({ agent }, { body }) => ({
    ended: await agent.handDrains.remove(targetOf(body)),
  }),
  "/v1/audit": ({ agent }) => {
    agent.checkAll();
    return {};
  },
  "/v1/log-level": ({ logs }, { body }) => {
    const verbosity = field(body, "verbosity");
    if (!isWithin(verbosity, 0, 10)) {
      throw new RequestError(400, "Cannot log so: verbosity is 0 to 10");
    }
    logs?.setVerbosity(verbosity);
    return { verbosity };
  },
};

function field(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null
    ? (body as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isWithin(
  value: unknown,
  least: number,
  most: number,
): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

function targetOf(body: unknown): NonNullable<
  ReturnType<typeof parseDrainTarget>
> {
  const text = field(body, "target");
  const target = parseDrainTarget(typeof text === "string" ? text : "");
  if (target !== undefined) return target;
  throw new RequestError(
    400,
    `Cannot drain ${JSON.stringify(text)}: write an address, an address with ` +
      'a port, or "node/NAME"',
  );
}

async function bodyOf(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) throw new RequestError(413, "The request is too long");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const text = await new Blob(chunks as BlobPart[]).text();
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "The request is no JSON");
  }
}

async function answer(
  request: Request,
  sources: ControlSources,
): Promise<unknown> {
  const path = decodeURIComponent(new URL(request.url).pathname);
  const service = /^\/v1\/services\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  if (request.method === "GET" && service !== undefined) {
    const report = await answerService(service as ServiceName, sources);
    if (report !== undefined) return report;
    throw new RequestError(404, `There is no Service ${service}`);
  }
  const table = { GET: GETS, POST: POSTS }[request.method] ?? {};
  const route = Object.hasOwn(table, path) ? table[path] : undefined;
  if (route === undefined) {
    throw new RequestError(404, `There is no ${request.method} ${path}`);
  }
  const body = request.method === "POST" ? await bodyOf(request) : undefined;
  return await route(sources, { path, body });
}

/**
 * Answers requests of the control socket: JSON, or `{"error": …}`. Never
 * throws, and answers a bounded number of requests at a time.
 */
export function controlHandler(
  sources: ControlSources,
): (request: Request) => Promise<Response> {
  let running = 0;
  return async (request) => {
    if (running >= MAX_AT_ONCE) {
      return errorResponse(503, "Too many requests at a time; try again");
    }
    running++;
    try {
      return closing(jsonResponse(200, await answer(request, sources)));
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500;
      return errorResponse(
        status,
        redact(error instanceof Error ? error.message : String(error)),
      );
    } finally {
      running--;
    }
  };
}

function errorResponse(status: number, error: string): Response {
  return closing(jsonResponse(status, { error }));
}

/** One request a connection, so that none is kept open for nothing. */
function closing(response: Response): Response {
  response.headers.set("Connection", "close");
  return response;
}
