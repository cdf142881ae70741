// The chosen theme is set before anything is drawn. Without storage, as in a private window, it is the system's.
"use strict";
(() => {
  let theme = "auto";
  try { theme = localStorage.getItem("matcalc-theme") || "auto"; } catch { /* no storage */ }
  document.documentElement.dataset.theme = theme;
})();
