import { assertEquals } from "@std/assert";
import { parseRule } from "../../../mod/observe/explain/rule.ts";

const NOTHING = { permissions: "none" } as const;

const CASES: readonly (readonly [rule: string, expected: string])[] = [
  ["-j DROP", " => DROP "],
  ["-s 10.0.0.0/8", "-s=10.0.0.0/8 =>  "],
  [
    '! -o lo -m bpf --bytecode "3,32 0 0 12,7 0 0 0" -j A',
    "!-o=lo -m=bpf --bytecode=3,32 0 0 12,7 0 0 0 => A ",
  ],
  [
    "-m set ! --match-set S dst,dst -m conntrack --ctstate NEW -j SET --map-set S dst,dst --map-mark",
    "-m=set !--match-set=S,dst,dst -m=conntrack --ctstate=NEW => SET --map-set S dst,dst --map-mark",
  ],
  [
    '-p tcp -m comment --comment "a \\"b\\" -j C" -m tcp --dport 80 -g D',
    '-p=tcp -m=comment --comment=a "b" -j C -m=tcp --dport=80 => goto D ',
  ],
  [
    "-m physdev ! --physdev-is-in -m mark --mark 0x1/0xff -j RETURN",
    "-m=physdev !--physdev-is-in= -m=mark --mark=0x1/0xff => RETURN ",
  ],
];

for (const [rule, expected] of CASES) {
  Deno.test(`parseRule() reads ${rule}`, NOTHING, () => {
    const { conditions, target, options, isGoto } = parseRule(rule);
    const left = conditions.map(({ option, values, isNegated }) =>
      `${isNegated ? "!" : ""}${option}=${values.join(",")}`
    ).join(" ");
    const to = `${isGoto ? "goto " : ""}${target} ${options.join(" ")}`;
    assertEquals(`${left} => ${to}`, expected);
  });
}
