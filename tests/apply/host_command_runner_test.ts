import { assertEquals, assertRejects } from "@std/assert";
import { CommandError, HostCommandRunner } from "#apply";
import { lacks } from "../support/permission.ts";

const SHELL: Deno.PermissionDescriptor = { name: "run", command: "sh" };

function shell(script: string): ["sh", "-c", string] {
  return ["sh", "-c", script];
}

function withShell(
  name: string,
  fn: () => Promise<void>,
): Deno.TestDefinition {
  const ignore = lacks(name, SHELL);
  return { name, ignore, permissions: { run: ["sh"] }, fn };
}

Deno.test(
  withShell(
    "run() gives exit code, both streams, and text in English",
    async () => {
      const result = await new HostCommandRunner().run(
        shell("cat; echo $LC_ALL >&2; exit 3"),
        { stdin: "in\n" },
      );
      assertEquals(result, { code: 3, stdout: "in\n", stderr: "C\n" });
    },
  ),
);

Deno.test(
  withShell(
    "run() writes a large input while it reads a large output",
    async () => {
      const stdin = "0123456789\n".repeat(200_000);
      const { stdout } = await new HostCommandRunner().run(shell("cat"), {
        stdin,
      });
      assertEquals(stdout.length, stdin.length);
    },
  ),
);

Deno.test(
  withShell("run() bears a command that does not read its input", async () => {
    const stdin = "0123456789\n".repeat(200_000);
    const result = await new HostCommandRunner().run(shell("exit 7"), {
      stdin,
    });
    assertEquals(result.code, 7);
  }),
);

Deno.test(
  withShell(
    "run() opens standard input by its path, as conntrack does",
    async () => {
      const result = await new HostCommandRunner().run(
        shell("cat /dev/stdin"),
        {
          stdin: "x",
        },
      );
      assertEquals(result.stdout, "x");
    },
  ),
);

Deno.test(
  withShell("run() kills what outlives its time: exit code 124", async () => {
    const result = await new HostCommandRunner().run(shell("exec sleep 60"), {
      timeoutMs: 50,
    });
    assertEquals(result.code, 124);
  }),
);

Deno.test(withShell("run() ends with its signal", async () => {
  const control = new AbortController();
  const running = new HostCommandRunner().run(shell("exec sleep 60"), {
    signal: control.signal,
  });
  control.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  await assertRejects(
    () => new HostCommandRunner().run(shell("true"), control),
    Error,
    "enough",
  );
}));

Deno.test(
  withShell("lines() gives lines as they come, until the signal", async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const argv = shell("echo a; printf b; sleep 0.05; echo c; exec sleep 60");
    for await (
      const line of new HostCommandRunner().lines(argv, control.signal)
    ) {
      seen.push(line);
      if (line === "bc") control.abort();
    }
    assertEquals(seen, ["a", "bc"]);
  }),
);

Deno.test(
  withShell(
    "lines() gives the last line without its end, then throws a failure",
    async () => {
      const { signal } = new AbortController();
      const seen: string[] = [];
      const error = await assertRejects(async () => {
        const argv = shell("echo a; printf b; echo why >&2; exit 4");
        for await (const line of new HostCommandRunner().lines(argv, signal)) {
          seen.push(line);
        }
      }, CommandError);
      assertEquals([seen.join(), error.code, error.stderr], [
        "a,b",
        4,
        "why\n",
      ]);
    },
  ),
);

Deno.test(
  withShell("lines() leaves no process when its reader stops", async () => {
    const { signal } = new AbortController();
    const argv = shell("while echo x; do :; done");
    for await (const line of new HostCommandRunner().lines(argv, signal)) {
      assertEquals(line, "x");
      break;
    }
  }),
);

Deno.test("run() names the program that is not permitted", {
  permissions: "none",
}, async () => {
  const error = await assertRejects(
    // A program that every machine has: Deno looks for it before it refuses.
    () => new HostCommandRunner().run(["sh", "-c", ":"]),
    CommandError,
    "add sh to --allow-run",
  );
  assertEquals(error.failure, "denied");
});

const ANY_PROGRAM: Deno.PermissionDescriptor = { name: "run" };
const MISSING = "run() names the package of a program that is missing";

Deno.test({
  name: MISSING,
  ignore: lacks(MISSING, ANY_PROGRAM),
  fn: async () => {
    // With an empty PATH of its own no program is found.
    const path = Deno.env.get("PATH") ?? "";
    Deno.env.set("PATH", "/nonexistent");
    try {
      const error = await assertRejects(
        () => new HostCommandRunner().run(["ipvsadm", "-Ln"]),
        CommandError,
        "install the package ipvsadm",
      );
      assertEquals(error.failure, "missing");
    } finally {
      Deno.env.set("PATH", path);
    }
  },
});
