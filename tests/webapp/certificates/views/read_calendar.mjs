/** Print what ical.js reads in a calendar: `node read_calendar.mjs FILE`. */
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(process.argv[2], "utf8")));
const events = calendar.getAllSubcomponents("vevent").map((event) => ({
  summary: event.getFirstPropertyValue("summary"),
  start: String(event.getFirstPropertyValue("dtstart")),
  alarms: event.getAllSubcomponents("valarm").map((alarm) => {
    const trigger = alarm.getFirstProperty("trigger");
    return { type: trigger.type, value: String(trigger.getFirstValue()) };
  }),
}));
console.log(JSON.stringify(events));
