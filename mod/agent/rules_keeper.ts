import type { Iptables } from "#apply";
import { planRules, planRulesDocument, type RuleOptions } from "#plan";

/**
 * Writes the rules where they are missing or differ; gives the number of
 * families that needed it. Needs the sets to be there.
 */
export async function ensureRules(
  iptables: Iptables,
  families: readonly RuleOptions[],
): Promise<number> {
  let written = 0;
  for (const options of families) {
    const saved = await iptables.save(options.family);
    const document = planRulesDocument(planRules(options), saved);
    if (document === undefined) continue;
    await iptables.restore(options.family, document);
    written++;
  }
  return written;
}
