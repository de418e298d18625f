// Requests that htmx doesn't send carry the page's token themselves.

export const csrfToken = () =>
  JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
