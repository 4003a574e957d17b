// Sets the chosen theme before the first paint. A file of its own because the policy refuses inline scripts.
(function () {
  var mode = null;
  try { mode = localStorage.getItem("metier.theme"); } catch { /* storage is off: the system's theme */ }
  var dark = mode === "dark" || (mode !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-theme", dark ? "dark" : "light");
})();
