import type { Move } from "../plan/move.ts";
import { privilegeKey, type Privilege, type PrivilegeGraph } from "./privilege.ts";

/** The graph as it will be when the moves are made. Pure: what the chain says then is read again. */
export function graphAfter(graph: PrivilegeGraph, moves: readonly Move[]): PrivilegeGraph {
  let privileges = [...graph.privileges];
  let { top } = graph;
  for (const move of moves) {
    switch (move.kind) {
      case "owner":
        privileges = privileges.map((privilege) => (privilege.kind === "owner" && privilege.contract === move.contract ? { ...privilege, holder: move.to } : privilege));
        if (move.contract === graph.controller) top = move.to;
        break;
      case "grant":
        privileges.push({ kind: "role", contract: move.contract, holder: move.account, power: move.roleName, role: move.role, readFrom: "planned" });
        break;
      case "revoke":
        privileges = privileges.filter((privilege) => !(privilege.kind === "role" && privilege.contract === move.contract && privilege.role === move.role && privilege.holder === move.account));
        break;
      case "rule": {
        const rule: Privilege = { kind: "rule", contract: move.contract, holder: move.to, power: move.signature, target: move.target, selector: move.selector, readFrom: "planned" };
        privileges = [...privileges.filter((privilege) => !(privilege.kind === "rule" && privilege.contract === move.contract && privilege.target === move.target && privilege.selector === move.selector)), rule];
      }
    }
  }
  const distinct = new Map(privileges.map((privilege) => [privilegeKey(privilege), privilege]));
  return { ...graph, top, privileges: [...distinct.values()] };
}
