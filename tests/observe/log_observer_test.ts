import { assertEquals, assertStringIncludes } from "@std/assert";
import type { PassReport } from "../../mod/agent/types.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { logObserver } from "../../mod/observe/log_observer.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";

const NOTHING = { permissions: "none" } as const;

function linesOf(
  act: (observer: ReturnType<typeof logObserver>) => void,
  verbosity = 0,
): string[] {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  setUpLogs({ format: "text", verbosity, write });
  act(logObserver());
  return lines;
}

const QUIET: PassReport = {
  reason: "audit",
  services: [],
  durationMs: 1.4,
  lines: { ipvs: 0, other: 0 },
  failures: new Map(),
};

Deno.test(
  "logObserver() writes one line for a pass that did something, none for others",
  NOTHING,
  () => {
    const services = ["default/web" as ServiceName];
    const lines = linesOf((observer) => {
      observer.planned("default/web" as ServiceName, undefined);
      observer.passed(QUIET);
      observer.passed({ ...QUIET, services, lines: { ipvs: 3, other: 2 } });
    });
    assertEquals(lines.length, 1);
    assertStringIncludes(
      lines[0] ?? "",
      "agent: pass reason=audit service=default/web ipvsLines=3 otherLines=2 ms=1",
    );
    assertEquals(linesOf((observer) => observer.passed(QUIET), 2).length, 1);
  },
);

Deno.test(
  "logObserver() counts Services when they are many, and failures",
  NOTHING,
  () => {
    const services = ["a/a", "a/b", "a/c", "a/d"] as ServiceName[];
    const failures = new Map([["a/d", "refused"]]);
    const [line = ""] = linesOf((observer) =>
      observer.passed({ ...QUIET, services, failures })
    );
    assertStringIncludes(line, "services=4");
    assertStringIncludes(line, "failed=1");
  },
);

Deno.test("logObserver() tells an operator what needs one", NOTHING, () => {
  const lines = linesOf((observer) => {
    observer.failed("default/web", "refused", 1_000);
    observer.repaired("address", 2);
    observer.warned("odd");
    observer.ready({ isWhole: true, failing: 0 });
    observer.ready({ isWhole: true, failing: 1 });
    observer.ready({ isWhole: false, failing: 0 });
  });
  assertEquals(lines.map((line) => line.split(/ +/)[1]), [
    "ERROR",
    "WARN",
    "WARN",
    "INFO",
    "WARN",
    "WARN",
  ]);
  const said = lines.filter((line) => line.includes("as the cluster says"));
  assertEquals(said.length, 1, "only where it is so");
});

Deno.test(
  "logObserver() names what of an object cannot be used, five lines at most",
  NOTHING,
  () => {
    const rejections = Array.from({ length: 7 }, (_, at) => ({
      object: "Service default/odd",
      field: `spec.ports[${at}].port`,
      reason: "Cannot use port: 70000 is no number from 1 to 65535",
    }));
    const lines = linesOf((observer) => observer.rejected(rejections));
    assertEquals(lines.length, 6);
    assertStringIncludes(lines[0] ?? "", "default/odd");
    assertStringIncludes(lines[0] ?? "", "spec.ports[0].port");
    assertStringIncludes(lines[5] ?? "", "more=2");
  },
);
