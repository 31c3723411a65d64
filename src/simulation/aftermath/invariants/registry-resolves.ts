import type { Invariant } from "../invariant.ts";

export const registryResolves: Invariant = {
  name: "registry-resolves",
  explains: "Contracts find each other through the registry. Every name that led to code still does, proxies obey the same Controller and look their code up under the same id.",
  breaks: "refuse",
  judge: ({ registry, protocol }, { moment, control, intended }) => {
    if (moment === "later") return undefined;
    const wrong = [...control.registry].flatMap(([name, was]) => {
      const is = registry.get(name);
      if (is === undefined) return intended.registered.has(name) ? [] : [`${name} leads nowhere`];
      if (was.hasCode && !is.hasCode) return [`${name} leads to an account without code`];
      if (was.controller === protocol.controller && is.controller !== protocol.controller) return [`${name} obeys ${String(is.controller)} instead of the Controller`];
      return was.targetId === is.targetId || intended.registered.has(name) ? [] : [`${name} looks its code up under another id`];
    });
    return wrong.length === 0 ? { holds: true, detail: `${registry.size} names lead to code` } : { holds: false, detail: wrong.slice(0, 3).join("; ") };
  },
};
