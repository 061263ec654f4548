import { assertEquals } from "@std/assert";
import { findMarkConflicts } from "../../mod/plan/mark_conflicts.ts";

const PURE = { permissions: "none" } as const;
const OURS = '-m comment --comment "kube-proxy ipvs" -j KUBE-VS';

function saved(table: string, ...lines: readonly string[]): string {
  const chains = new Set(
    lines.map((line) => line.split(" ")[1] ?? ""),
  );
  return [
    `*${table}`,
    ...[...chains].map((chain) => `:${chain} - [0:0]`),
    ...lines,
    "COMMIT",
    "",
  ].join("\n");
}

const ROWS: readonly {
  readonly what: string;
  readonly table: string;
  readonly lines: readonly string[];
  readonly found: readonly string[];
}[] = [
  {
    what: "a rule after ours that sets a bit",
    table: "mangle",
    lines: [
      `-A PREROUTING ${OURS}-MARK`,
      "-A PREROUTING -i eth0 -j MARK --set-xmark 0x200/0xf00",
    ],
    found: ["mangle PREROUTING: -i eth0 -j MARK --set-xmark 0x200/0xf00"],
  },
  {
    what: "a rule ahead of ours: ours replaces the whole mark",
    table: "mangle",
    lines: [
      "-A PREROUTING -j MARK --set-xmark 0x200/0xf00",
      `-A PREROUTING ${OURS}-MARK`,
    ],
    found: [],
  },
  {
    what: "a chain of another program, however deep",
    table: "filter",
    lines: [
      "-A INPUT -j cali-INPUT",
      `-A INPUT ${OURS}-INPUT`,
      "-A cali-INPUT -j cali-from",
      "-A cali-from -j MARK --set-xmark 0x0/0xfff00000",
    ],
    found: ["filter INPUT: -j MARK --set-xmark 0x0/0xfff00000"],
  },
  {
    what: "after ours in filter and nat, where our packets do not come",
    table: "filter",
    lines: [
      `-A INPUT ${OURS}-INPUT`,
      "-A INPUT -j MARK --set-xmark 0x200/0xf00",
    ],
    found: [],
  },
  {
    what: "bits that none of ours contains are cleared",
    table: "mangle",
    lines: ["-A INPUT -j MARK --set-xmark 0x0/0x4000"],
    found: [],
  },
  {
    what: "the mark of the connection is restored",
    table: "mangle",
    lines: [
      `-A OUTPUT ${OURS}-MARK-OUT`,
      "-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xffff --ctmask 0xffff",
    ],
    found: [
      "mangle OUTPUT: -j CONNMARK --restore-mark --nfmask 0xffff --ctmask 0xffff",
    ],
  },
  {
    what: "a chain that leads back to itself, and one that nobody jumps to",
    table: "mangle",
    lines: [
      "-A INPUT -j loop",
      "-A loop -j loop",
      "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
    ],
    found: [],
  },
  {
    what: "a set gives marks",
    table: "mangle",
    lines: ["-A INPUT -j SET --map-set theirs dst --map-mark"],
    found: ["mangle INPUT: -j SET --map-set theirs dst --map-mark"],
  },
  {
    what: "many",
    table: "mangle",
    lines: Array.from(
      { length: 9 },
      (_, index) => `-A INPUT -j MARK --set-xmark 0x${index + 1}/0xff`,
    ),
    found: [1, 2, 3, 4].map((value) =>
      `mangle INPUT: -j MARK --set-xmark 0x${value}/0xff`
    ),
  },
];

for (const { what, table, lines, found } of ROWS) {
  Deno.test(`findMarkConflicts() ${what}`, PURE, () => {
    assertEquals(findMarkConflicts(saved(table, ...lines)), found);
  });
}
