import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  AgentAbsentError,
  openControl,
} from "../../../mod/cli/control/client.ts";
import { serveControl } from "../../../mod/cli/control/socket.ts";
import { SOCKET_NAME } from "../../../mod/cli/control/types.ts";
import { setUpLogs } from "../../../mod/observe/log_setup.ts";
import { lacks, LOOPBACK, SCRATCH } from "../../support/permission.ts";

/** The one socket that the tests may use. */
const RUN_DIR = "/tmp/kube-proxy-test";
const PATH = `${RUN_DIR}/${SOCKET_NAME}`;
const WITH_SOCKET = {
  ignore: lacks("the control socket", SCRATCH, LOOPBACK, {
    name: "net",
    host: `unix:${PATH}`,
  } as unknown as Deno.PermissionDescriptor),
};

async function withFolder(work: () => Promise<void>): Promise<void> {
  await Deno.mkdir(RUN_DIR, { recursive: true });
  try {
    await work();
  } finally {
    await Deno.remove(RUN_DIR, { recursive: true });
  }
}

async function until(isThere: () => Promise<unknown>): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await isThere();
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function serve(
  signal: AbortSignal,
  lockHeld = Promise.resolve(),
  runDir = RUN_DIR,
) {
  return serveControl({
    ...{ runDir, signal, lockHeld, retryMs: 10 },
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      const body = request.method === "POST" ? await request.json() : null;
      if (pathname === "/bad") {
        return Response.json({ error: "Cannot do it" }, { status: 500 });
      }
      return Response.json({ pathname, body });
    },
  });
}

Deno.test(
  "the socket answers, is root's alone, and goes with its server",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      const stop = new AbortController();
      const served = serve(stop.signal);
      const client = openControl(RUN_DIR);
      await until(() => client.get("/a"));
      assertEquals(await client.get("/a"), { pathname: "/a", body: null });
      assertEquals(await client.post("/b", { x: 1 }), {
        pathname: "/b",
        body: { x: 1 },
      });
      await assertRejects(() => client.get("/bad"), Error, "Cannot do it");
      assertEquals(((await Deno.lstat(PATH)).mode ?? 0) & 0o777, 0o600);
      stop.abort();
      await served;
      await assertRejects(
        () => client.get("/a"),
        AgentAbsentError,
        "does not run",
      );
    }),
);

Deno.test(
  "the socket of an agent that was killed is taken over",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      // Closing takes the file away, which SIGKILL does not.
      const killed = Deno.listen({ transport: "unix", path: PATH });
      await Deno.rename(PATH, `${PATH}.kept`);
      killed.close();
      await Deno.rename(`${PATH}.kept`, PATH);
      const client = openControl(RUN_DIR);
      await assertRejects(() => client.get("/"), AgentAbsentError, "has ended");
      const stop = new AbortController();
      const served = serve(stop.signal);
      await until(() => client.get("/"));
      stop.abort();
      await served;
    }),
);

Deno.test(
  "a socket on which somebody answers is left alone",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      const lines: string[] = [];
      setUpLogs({
        format: "text",
        verbosity: 0,
        write: (line) => lines.push(line),
      });
      const stop = new AbortController();
      const first = serve(stop.signal);
      const client = openControl(RUN_DIR);
      await until(() => client.get("/"));
      const second = new AbortController();
      const refused = serve(second.signal);
      await until(() =>
        lines.length > 0 ? Promise.resolve() : Promise.reject(lines)
      );
      assert(lines[0]?.includes("another program answers"), lines[0]);
      second.abort();
      await refused;
      await client.get("/");
      stop.abort();
      await first;
    }),
);

Deno.test(
  "nothing is served before the lock is held",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      const stop = new AbortController();
      const never = new Promise<void>(() => {});
      const served = serve(stop.signal, never);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await assertRejects(
        () => openControl(RUN_DIR).get("/"),
        AgentAbsentError,
      );
      stop.abort();
      await served;
    }),
);

Deno.test(
  "a file that is no socket is left alone",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      await Deno.writeTextFile(PATH, "mine");
      const lines: string[] = [];
      setUpLogs({
        format: "text",
        verbosity: 0,
        write: (line) => lines.push(line),
      });
      const stop = new AbortController();
      const served = serve(stop.signal);
      await until(() =>
        lines.length > 0 ? Promise.resolve() : Promise.reject(lines)
      );
      stop.abort();
      await served;
      assertEquals(await Deno.readTextFile(PATH), "mine");
      assert(lines[0]?.includes("something else is there"), lines[0]);
    }),
);

Deno.test(
  "a folder too deep for a socket is told once, with what to do",
  WITH_SOCKET,
  async () => {
    const lines: string[] = [];
    setUpLogs({
      format: "text",
      verbosity: 0,
      write: (line) => lines.push(line),
    });
    const runDir = `/tmp/${"é".repeat(46)}`;
    const stop = new AbortController();
    const served = serve(stop.signal, Promise.resolve(), runDir);
    await new Promise((resolve) => setTimeout(resolve, 80));
    stop.abort();
    await served;
    const reason = "the path of its socket would have 110 bytes, and 107 is " +
      "the most; choose a shorter --run-dir";
    assertEquals(lines.length, 1, lines.join("\n"));
    assert(lines[0]?.includes(reason), lines[0]);
    await assertRejects(
      () => openControl(runDir).get("/"),
      AgentAbsentError,
      `Cannot ask the agent: ${reason}`,
    );
  },
);

Deno.test(
  "the end does not wait for clients that say nothing, and a next start serves",
  WITH_SOCKET,
  () =>
    withFolder(async () => {
      for (const turn of [1, 2]) {
        const stop = new AbortController();
        const served = serve(stop.signal);
        await until(() => openControl(RUN_DIR).get("/"));
        const silent = await Deno.connect({ transport: "unix", path: PATH });
        const half = await Deno.connect({ transport: "unix", path: PATH });
        await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
        stop.abort();
        let timer: ReturnType<typeof setTimeout> | undefined;
        const late = new Promise<string>((resolve) => {
          timer = setTimeout(() => resolve("waits"), 5_000);
        });
        const end = await Promise.race([served.then(() => "ended"), late]);
        clearTimeout(timer);
        assertEquals([turn, end], [turn, "ended"]);
        silent.close();
        half.close();
      }
    }),
);
