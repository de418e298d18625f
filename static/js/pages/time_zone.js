// Loaded while a project has no time zone: the first browser names its own, whose days the project
// then counts by.

import { csrfToken } from "../shell/csrf.js";

const { zoneUrl } = document.querySelector("[data-zone-url]").dataset;

async function nameZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const answer = await fetch(zoneUrl, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ time_zone: timeZone }),
  });
  // This page has counted by the days of UTC.
  if (answer.status === 204 && document.querySelector("[data-days]")) location.reload();
}

// It is tried again with the next page.
nameZone().catch(() => {});
