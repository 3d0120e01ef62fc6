/* Loaded before the first paint: applies the scheme chosen by hand, if one was. Kept on this device only. */
(() => {
  "use strict";
  try {
    const chosen = window.localStorage.getItem("vouchsafe-theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch {
    // Storage may be closed to us (private mode); the device's own scheme then holds.
  }
})();
