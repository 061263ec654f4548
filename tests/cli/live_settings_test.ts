import { assert, assertEquals, assertRejects } from "@std/assert";
import { FIELDS } from "../../mod/cli/fields.ts";
import { changedFields, LiveSettings } from "../../mod/cli/live_settings.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "offer() applies what can be applied, and says what it took",
  NOTHING,
  async () => {
    const live = new LiveSettings(settingsOf());
    const applied: string[][] = [];
    live.attach((_next, parts) => {
      applied.push([...parts].sort());
      return Promise.resolve();
    });
    const next = settingsOf("-v=4", "--ipvs-tcp-timeout=1h");
    assertEquals(await live.offer(next), {
      kind: "applied",
      paths: ["logging.verbosity", "ipvs.tcpTimeout"],
    });
    assertEquals(applied, [["kernel", "logs"]]);
    assertEquals(live.current, next);
    assertEquals(
      (await live.offer(settingsOf("-v=4", "--ipvs-tcp-timeout=1h")))
        .kind,
      "same",
    );
  },
);

Deno.test(
  "offer() applies nothing of a change that needs another start",
  NOTHING,
  async () => {
    const live = new LiveSettings(settingsOf());
    live.attach(() => Promise.reject(new Error("not to be called")));
    const outcome = await live.offer(settingsOf("-v=4", "--ipvs-scheduler=lc"));
    assertEquals(outcome.kind, "restart");
    assertEquals(live.current.verbosity, 0);
  },
);

Deno.test(
  "offer() keeps what held when it could not be applied",
  NOTHING,
  async () => {
    const live = new LiveSettings(settingsOf());
    live.attach(() => Promise.reject(new Error("sysctl is gone")));
    await assertRejects(() => live.offer(settingsOf("-v=4")), Error, "sysctl");
    assertEquals(live.current.verbosity, 0);
  },
);

Deno.test(
  "offer() before the start is over asks for another one",
  NOTHING,
  async () => {
    const live = new LiveSettings(settingsOf());
    assertEquals((await live.offer(settingsOf("-v=4"))).kind, "restart");
  },
);

Deno.test(
  "changedFields() heeds no field without effect",
  NOTHING,
  () => {
    assertEquals(
      changedFields(settingsOf(), settingsOf("--kube-api-qps=9")),
      [],
    );
  },
);

Deno.test("every way to take a change is used by some field", NOTHING, () => {
  for (const reload of ["logs", "kernel", "plans", "pace", "restart"]) {
    assert(
      FIELDS.some((field) =>
        field.use === "honoured" && field.reload === reload
      ),
      reload,
    );
  }
});
