// The way back leads to the timeline that one came from, with its filter. Without scripts it leads to the first page.

import { lastTimeline } from "./trail.js";

const there = lastTimeline();
const back = document.querySelector("a[data-back]");
if (there && back) back.href = there;
