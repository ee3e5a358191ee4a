// Reads an iCalendar from standard input by ical.js (the path of its module is the argument) and prints its entries.
import { readFileSync } from "node:fs";

const { default: ICAL } = await import(process.argv[2]);
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
const value = (component, name) => {
  const found = component.getFirstPropertyValue(name);
  return found === null ? null : String(found);
};
const entries = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    summary: event.summary,
    description: event.description,
    start: String(event.startDate),
    end: String(event.endDate),
    isDate: event.startDate.isDate && event.endDate.isDate,
    days: event.duration.toSeconds() / 86400,
    sequence: event.sequence,
    status: value(component, "status"),
    stamp: value(component, "dtstamp"),
    edtf: value(component, "x-newsdesk-edtf"),
    url: value(component, "url"),
  };
});
const names = ["name", "refresh-interval", "source", "description", "x-wr-caldesc"];
console.log(JSON.stringify({ head: Object.fromEntries(names.map((name) => [name, value(calendar, name)])), entries }));
