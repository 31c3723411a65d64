/** Who has to do what, in which order, and how far it is. */
import { addressUrl } from "./address-line.ts";
import type { Block, ListItem, TimelineStep } from "./document.ts";
import type { ReportData, RouteCard } from "./report-data.ts";
import { utcTime } from "./utc-time.ts";

const STATE_TONES = { done: "good", ready: "plain", waiting: "warn", blocked: "bad" } as const;

export function routeBlocks(data: ReportData): Block[] {
  return data.route.length === 0 ? [] : [{ kind: "timeline", steps: data.route.map((step) => timelineStep(data, step)) }];
}

function timelineStep(data: ReportData, step: RouteCard): TimelineStep {
  const { by, waits, about, state, approvals } = step;
  return {
    title: step.title,
    who: by.who,
    address: by.address === undefined ? undefined : { text: by.address, mono: true, url: addressUrl(data, by.address) },
    waits: waits === undefined || about === undefined ? waits : `${waits}, about ${about}`,
    earliest: earliestText(step.earliest),
    state: state === undefined ? undefined : { tone: STATE_TONES[state.is], text: state.detail === undefined ? state.is : `${state.is}: ${state.detail}` },
    people: state?.is === "done" ? undefined : (approvals === undefined ? undefined : peopleItems(data, approvals)) ?? noteItems(step),
    brief: step.brief,
  };
}

function noteItems({ notes }: RouteCard): ListItem[] | undefined {
  return notes?.map(({ label, text }): ListItem => ({ tone: "muted", word: label, line: [{ text }] }));
}

function peopleItems(data: ReportData, { owners, threshold }: NonNullable<RouteCard["approvals"]>): ListItem[] {
  const signed = owners.filter((owner) => owner.signed).length;
  const missing = Math.max(0, threshold - signed);
  return [
    { tone: missing === 0 ? "good" : "warn", word: `${signed} of ${threshold}`, line: [{ text: missing === 0 ? "Every signature it takes is there." : `${missing} more signature${missing === 1 ? " is" : "s are"} needed, from any of these owners:` }] },
    ...owners.map((owner): ListItem => ({
      tone: owner.signed ? "good" : "muted",
      word: owner.signed ? "signed" : "not signed",
      line: [...(owner.name === undefined ? [] : [{ text: `${owner.name} `, strong: true }]), { text: owner.address, mono: true, url: addressUrl(data, owner.address) }],
    })),
  ];
}

function earliestText(earliest: RouteCard["earliest"]): string | undefined {
  if (earliest === undefined) return undefined;
  const parts = [...(earliest.block === undefined ? [] : [`block ${earliest.block}`]), ...(earliest.timeSeconds === undefined ? [] : [`about ${utcTime(earliest.timeSeconds)}`])];
  return parts.length === 0 ? undefined : parts.join(", ");
}
