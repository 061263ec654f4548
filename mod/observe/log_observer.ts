import type { AgentObserver, PassReport } from "#agent";
import { getLogger } from "@std/log";

/** So many rejections of one object are logged. */
const MOST_LINES = 5;

function passFields(report: PassReport): Readonly<Record<string, unknown>> {
  const { reason, services, lines, durationMs, failures } = report;
  return {
    reason,
    ...(services.length > 3
      ? { services: services.length }
      : { service: services.join(",") || "-" }),
    ipvsLines: lines.ipvs,
    otherLines: lines.other,
    ms: Math.round(durationMs),
    ...(failures.size === 0 ? {} : { failed: failures.size }),
  };
}

/**
 * Writes what the agent tells into the log: one line for a pass that changed
 * or failed something; quiet passes only when everything is shown.
 */
export function logObserver(): Required<AgentObserver> {
  const logger = getLogger("agent");
  return {
    passed(report) {
      const { lines, failures } = report;
      const isQuiet = lines.ipvs + lines.other + failures.size === 0;
      const fields = passFields(report);
      if (isQuiet) logger.debug("pass", fields);
      else logger.info("pass", fields);
    },
    planned(service, plan) {
      logger.debug(plan === undefined ? "service is gone" : "service planned", {
        service,
        ...(plan === undefined ? {} : { frontends: plan.frontends.length }),
      });
    },
    rejected(rejections) {
      for (const { object, field, reason } of rejections.slice(0, MOST_LINES)) {
        logger.warn("cannot use", { object, field, reason });
      }
      const more = rejections.length - MOST_LINES;
      if (more > 0) logger.warn("and more of the same object", { more });
    },
    conflict(conflict) {
      logger.warn("more than one Service claims a frontend", { ...conflict });
    },
    foreign(thing) {
      logger.warn("left alone: not made by this program", { ...thing });
    },
    repaired(kind, count) {
      logger.warn("repaired what others damaged", { kind, count });
    },
    failed(unit, reason, retryInMs) {
      logger.error("cannot be programmed", { unit, reason, retryInMs });
    },
    lockWaited(ms) {
      logger.warn("another program held the xtables lock; rules are written", {
        waitedMs: Math.round(ms),
      });
    },
    warned(message) {
      logger.warn(message);
    },
    started() {
      logger.debug("holds the lock of this node");
    },
    ready({ isWhole, failing }) {
      if (!isWhole) {
        logger.warn(
          "not all is in the kernel: rules, sets or the device could not be " +
            "made; tried again",
        );
      } else if (failing > 0) {
        logger.warn("ready, but for what cannot be programmed", { failing });
      } else logger.info("ready: the kernel is as the cluster says");
    },
  };
}
