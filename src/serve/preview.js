// In pages that whoever writes them looks at: loads them anew after a build, and shows why one failed.
(() => {
  "use strict";
  const script = document.currentScript;
  const shown = script.dataset.build;
  let box;

  const show = (text) => {
    box ??= document.body.appendChild(document.createElement("pre"));
    box.setAttribute("role", "alert");
    // Set one by one, as the policy of the page allows.
    Object.assign(box.style, {
      position: "fixed", inset: "auto 0 0 0", zIndex: 2147483647, margin: 0, padding: "1rem", maxHeight: "50vh", overflow: "auto",
      whiteSpace: "pre-wrap", font: "1rem/1.4 ui-monospace, monospace", color: "#fff", background: "#7a1212", borderTop: "4px solid #fff",
    });
    box.textContent = text;
  };

  const look = async () => {
    const answer = await fetch(new URL("build.json", script.src), { cache: "no-store" });
    if (!answer.ok) return;
    const { build, error, hint } = await answer.json();
    if (error) show(`The build failed; this is the last good page.\n\nerror: ${error}${hint ? `\nhint: ${hint}` : ""}`);
    else if (build !== shown) location.reload();
    else if (box) box = box.remove();
  };

  const source = new EventSource(new URL("builds.sse", script.src));
  source.addEventListener("open", look);
  source.addEventListener("build", look);
})();
