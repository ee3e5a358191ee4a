// Which timeline this tab showed last, for the way back to it from the pages of events and articles.

const KEY = "newsdesk-timeline";

/** Keeps the address of the timeline; an event that is open in it is left out. */
export function keepTimeline() {
  const url = new URL(location.href);
  url.searchParams.delete("event");
  try {
    sessionStorage.setItem(KEY, url.pathname + url.search);
  } catch { /* a browser that keeps nothing: the way back leads to the first page */ }
}

/** The address kept last, "" where there is none; it can only lead to this site. */
export function lastTimeline() {
  try {
    const kept = sessionStorage.getItem(KEY) ?? "";
    return /^\/(?!\/)/.test(kept) ? kept : "";
  } catch {
    return "";
  }
}
