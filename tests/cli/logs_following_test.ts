import { assertEquals } from "@std/assert";
import { getLogger } from "@std/log";
import { logsFollowing } from "../../mod/cli/logs_following.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "logsFollowing() brings another start's format and level into force",
  NOTHING,
  () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logs = setUpLogs({ format: "text", verbosity: 0, write });
    const follow = logsFollowing(settingsOf(), logs);
    const logger = getLogger("agent");
    follow(settingsOf("--logging-format=json", "-v=2"));
    logger.debug("a");
    assertEquals(JSON.parse(lines[0] ?? "").msg, "a");
    follow(settingsOf());
    logger.debug("b");
    logger.info("c");
    assertEquals(lines.slice(1).map((line) => line.slice(-8)), ["agent: c"]);
    assertEquals(logs.recent().length, 2, "lines before are kept");
  },
);

Deno.test(
  "logsFollowing() keeps a level set by hand while the file says the same",
  NOTHING,
  () => {
    const logs = setUpLogs({ format: "text", verbosity: 0, write: () => {} });
    const follow = logsFollowing(settingsOf(), logs);
    logs.setVerbosity(4);
    follow(settingsOf("--ipvs-scheduler=lc"));
    assertEquals(logs.verbosity, 4);
  },
);
