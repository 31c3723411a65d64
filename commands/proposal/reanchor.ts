import SafeReanchor from "../safe/reanchor.ts";

/** The same under the name that people look for it by. */
export default class ProposalReanchor extends SafeReanchor {
  static override examples = ["<%= config.bin %> proposal reanchor 1"];
}
