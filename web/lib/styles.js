// Stylesheets of screens, loaded with their modules.

/**
 * Adds a stylesheet, once, and waits until it applies: `await loadStyle("/trace/style.css")` in a module.
 * @param {string} href
 * @returns {Promise<void>}
 */
export function loadStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((applied, failed) => {
    link.onload = () => applied();
    link.onerror = () => { link.remove(); failed(new Error(`The stylesheet ${href} could not be loaded.`)); };
    document.head.append(link);
  });
}
