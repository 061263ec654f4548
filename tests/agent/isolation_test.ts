import { assert, assertEquals } from "@std/assert";
import { StepError } from "../../mod/agent/applier.ts";
import { hasRefusedAll, tellStuck } from "../../mod/agent/isolation.ts";
import { unitOf } from "../../mod/agent/units.ts";
import { BatchError, CommandError } from "../../mod/apply/errors.ts";
import {
  type Changes,
  type IpvsOperation,
  newTouched,
  NO_CHANGES,
} from "../../mod/diff/mod.ts";
import type { VirtualServerKey } from "../../mod/plan/mod.ts";

const permissions = "none";
const KEY = "-t 10.96.0.1:80" as VirtualServerKey;

function left(id: string, changes: Partial<Changes>) {
  const unit = unitOf(id, newTouched());
  return { unit, changes: { ...NO_CHANGES, ...changes } };
}

function idsOf(units: readonly { readonly id: string }[]): string {
  return units.map(({ id }) => id).join();
}

Deno.test({
  name: "tellStuck() lets those go on that wait for a later step",
  permissions,
  fn: () => {
    const edit = { verb: "edit-service", server: {} } as IpvsOperation;
    const loss = { verb: "delete-service", key: KEY } as IpvsOperation;
    const all = [
      left("refused", { ipvs: [edit, loss] }),
      left("loses", { ipvs: [loss] }),
      left("binds", { addressAdds: ["10.96.0.1" as never] }),
    ];
    const first = tellStuck(all, "ipvs");
    assertEquals(idsOf(first.stuck), "refused");
    assertEquals(idsOf(first.waiting), "loses,binds");
    const second = tellStuck(all.slice(1), "ipvs");
    assertEquals(idsOf(second.stuck), "loses");
    assertEquals(idsOf(tellStuck(all, "addresses").stuck), "binds");
    const none = tellStuck(all, "sets");
    assertEquals(idsOf(none.stuck), "refused,loses,binds", "nobody knows");
    assertEquals(none.waiting, []);
  },
});

Deno.test({
  name: "hasRefusedAll() is sure only where ipvsadm went on to the end",
  permissions,
  fn: () => {
    const argv = ["ipvsadm", "--restore"] as const;
    const stderr = "No such scheduler\nNo such service\n";
    const refused = { code: 255, stderr };
    const said = new BatchError(argv, [], refused);
    assert(hasRefusedAll(new StepError("ipvs", said), 2));
    assert(!hasRefusedAll(new StepError("ipvs", said), 3));
    assert(!hasRefusedAll(new StepError("sets", said), 2));
    const misused = new BatchError(argv, [], { ...refused, code: 2 });
    assert(!hasRefusedAll(new StepError("ipvs", misused), 2));
    const late = new CommandError(argv, "", { failure: "timeout", stderr });
    assert(!hasRefusedAll(new StepError("ipvs", late), 2));
    assert(!hasRefusedAll(new StepError("ipvs", new Error("odd")), 0));
  },
});
