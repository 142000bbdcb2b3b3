// Stylesheets of screens, loaded with their modules. A build of the page has one with those of all screens.

/**
 * Adds a stylesheet, once, and waits until it applies: `await loadStyle("/trace/style.css")` in a module.
 * @param {string} href
 * @returns {Promise<void>}
 */
export function loadStyle(href) {
  if (document.querySelector(`link[href="${href}"], link[data-screens="all"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((applied, failed) => {
    link.onload = () => applied();
    link.onerror = () => { link.remove(); failed(new Error(`The stylesheet ${href} could not be loaded.`)); };
    document.head.append(link);
  });
}
