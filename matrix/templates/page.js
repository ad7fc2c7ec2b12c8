"use strict";
/** What is asked of the records (records.js), and the answer: in the fields, on the map, in the table. */
(() => {
  const { NAMES, AXES, UPSTREAM, promises, states, found } = measured;
  const { line, wished, letter, reason, stateOf, worst, word } = measured;
  const WORDS = {
    p: "kept", f: "fails", h: "hangs", c: "crashes", v: "not always kept", n: "does not apply", ".": "not measured",
  };
  const HEADS = ["This package", "Upstream", "Published snippet"];
  const NEAREST = 3; // recorded combinations that are shown for an untested one
  const LISTED = 12; // matching ones that are linked to; the table has them all

  const byId = (id) => document.getElementById(id);
  const on = (id, event, act) => byId(id).addEventListener(event, act);
  const count = (things, thing) => things.filter((each) => each === thing).length;
  const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const spelt = (versions) => wished(versions).map((axis) => `${NAMES[axis]} ${versions[axis]}`).join(", ");
  const none = Object.fromEntries(AXES.map((axis) => [axis, ""]));

  /** An element; what is falsy among its attributes and children is left out. */
  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value || value === 0) made.setAttribute(name, value);
    made.append(...children.flat(Infinity).filter(Boolean));
    return made;
  }
  const badge = (state, text) => el("span", { class: `is ${state}` }, text || word(state));
  const markup = (tag, html) => Object.assign(el(tag, {}), { innerHTML: html });
  const small = (...text) => text[0] && el("small", {}, text);

  // ---- what is asked, in the fields and in the address ------------------------------------------------------

  const ask = { ...none, tab: "", promise: "", show: "" };

  function readAddress() {
    let fragment = location.hash.slice(1);
    try { fragment = decodeURIComponent(fragment); } catch { /* then it is taken as it stands */ }
    const cell = measured.byId.get(fragment);
    const given = new URLSearchParams(cell ? cell.versions : fragment);
    for (const key of Object.keys(ask)) ask[key] = given.get(key) || "";
    for (const axis of AXES) ask[axis] = measured.tidy(ask[axis]);
    if (!measured.lines["scikit-learn"].includes(ask.tab)) ask.tab = "";
    if (!promises.includes(ask.promise)) ask.promise = "";
    if (!states.includes(ask.show)) ask.show = "";
    byId("promise").value = ask.promise;
    byId("show").value = ask.show;
    document.querySelector(`#tabs input[value="${ask.tab}"]`).checked = true;
    fill();
  }
  function fill() {
    for (const axis of AXES) byId(`in-${axis}`).value = ask[axis];
  }
  const address = (asked) => `#${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
  function change(changes, ...redraw) {
    Object.assign(ask, changes);
    history.replaceState(null, "", address(ask));
    for (const each of redraw) each();
  }
  /** Ask for these versions, and go to the answer. */
  function visit(versions) {
    Object.assign(ask, none, versions);
    if (address(ask) !== location.hash) history.pushState(null, "", address(ask));
    fill();
    drawAll();
    byId("answer-title").focus({ preventScroll: true });
    byId("ask").scrollIntoView();
  }
  function link(versions, ...text) {
    const made = el("a", { href: address({ ...ask, ...none, ...versions }) }, text);
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
      event.preventDefault();
      visit(versions);
    });
    return made;
  }

  // ---- the answer --------------------------------------------------------------------------------------------

  function drawAnswer() {
    const asked = wished(ask).length > 0;
    const chosen = asked ? measured.matching(ask) : [];
    const answers = [untested, single, several];
    const [title, ...rest] = asked ? answers[Math.min(chosen.length, 2)](chosen) : invitation();
    title.id = "answer-title";
    title.tabIndex = -1;
    const installed = chosen.filter((result) => !result.error);
    byId("answer").replaceChildren(
      ...(asked ? [el("div", { class: "card" }, title, rest)] : [title]),
      ...(installed.length ? [outcomes(installed)] : []),
    );
    byId("heard").textContent = asked ? [title, rest[0]].map((each) => each.textContent).join(": ") : "";
    for (const result of found) result.row.classList.toggle("chosen", chosen.length === 1 && chosen[0] === result);
  }
  function invitation() {
    const made = found.filter((result) => !result.error);
    return [el("p", { class: "hint" }, "Type what you have, whole or in part, or choose a square below. For example ",
      made.length && [link(made[0].versions, "the newest"), ", ", link(made.at(-1).versions, "the oldest"), " or "],
      link({ joblib: "1.4" }, "any joblib 1.4"), ".")];
  }
  function single([result]) {
    const command = `nox -s edges -- --cells ${result.id}`;
    const kept = measured.columns.map((name, column) => {
      const judged = result.columns[column][0].replace(/[n.]/g, "");
      return judged && `${name} keeps ${count([...judged], "p")} of ${plural(judged.length, "promise")}`;
    }).filter(Boolean).join("; ");
    return [
      el("h3", {}, spelt(result.versions)),
      el("p", { class: "verdict" }, badge(result.state)),
      el("p", {}, result.error || `${kept.charAt(0).toUpperCase()}${kept.slice(1)}.`),
      el("p", { class: "soft" }, `Measured on ${result.date}. To measure it again: `, el("code", { class: "command" }, command)),
      result.pins.length && constraints(result.pins.join("\n")),
    ];
  }
  function constraints(text) {
    const shown = el("pre", { tabindex: 0 }, text);
    const button = el("button", { type: "button" }, "Copy");
    const say = (done) => { button.textContent = done; };
    button.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => say("Copied"), () => {
      getSelection().selectAllChildren(shown);
      say("Selected, to be copied");
    }));
    return el("details", {}, el("summary", {}, "What was installed, as a constraints file"), shown, button);
  }
  function several(chosen) {
    const all = chosen.map((result) => result.state);
    const listed = chosen.slice(0, LISTED).map((result) => el("li", {}, link(result.versions, spelt(result.versions))));
    const more = chosen.length - listed.length;
    return [
      el("h3", {}, `${chosen.length} combinations with ${spelt(ask)}`),
      el("ul", { class: "verdict" }, states.filter((state) => all.includes(state))
        .map((state) => el("li", {}, badge(state, `${word(state)}: ${count(all, state)}`)))),
      el("details", {}, el("summary", {}, "Which ones"),
        el("ul", {}, listed, more > 0 && el("li", { class: "soft" }, `and ${more} more, in the table below`))),
    ];
  }
  function untested() {
    const excluded = measured.excluded(ask);
    const [python, joblib, sklearn, distributed] = AXES.map((axis) => ask[axis] || "…");
    const command = `nox -s edges -- --cells py${python}-joblib${joblib}-sklearn${sklearn}-distributed${distributed}`;
    return [
      el("h3", {}, spelt(ask)),
      el("p", { class: "verdict" }, badge("untested")),
      excluded.map(([, why, reference]) =>
        el("p", {}, `It cannot work, with or without this package: ${why} (`,
          el("a", { href: reference }, "more"), ").")),
      measured.unknown(ask).map((axis) =>
        el("p", {}, `No release ${ask[axis]} of ${NAMES[axis]} was known when this page was made.`)),
      el("p", {}, "There is no record of this combination",
        !excluded.length && ", which says nothing about whether it works",
        ". The nearest recorded ones, underlined where they differ:"),
      el("ul", {}, measured.nearest(ask, NEAREST).map((result) =>
        el("li", {}, link(result.versions, differing(result)), " ", badge(result.state)))),
      el("p", { class: "soft" }, "To measure it: ", el("code", { class: "command" }, command)),
    ];
  }
  const differing = ({ versions }) => AXES.map((axis, place) => {
    const same = measured.matches(axis, versions[axis], ask[axis]);
    return [place ? ", " : "", `${NAMES[axis]} `, same ? versions[axis] : el("mark", {}, versions[axis])];
  });

  // ---- each promise ------------------------------------------------------------------------------------------

  function outcomes(chosen) {
    const used = (column) => chosen.some((result) => /[^.]/.test(result.columns[column][0]));
    const columns = [...HEADS.keys()].filter(used);
    const has = (promise) => chosen.some((result) => columns.some((column) => letter(result, column, promise) !== "."));
    const shown = promises.filter(has).map((promise) => ({ promise, state: gist(chosen, promise)[0] }));
    shown.sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
    const told = HEADS.map(() => new Set());
    // what is not shown as a table, on narrow screens, must still be told as one
    const row = (...cells) => el("tr", { role: "row" }, cells);
    const head = (text) => el("th", { scope: "col", role: "columnheader" }, text);
    const cell = (...content) => el("td", { role: "cell" }, content);
    return el("table", { id: "outcomes", class: "lines stack", role: "table", "aria-label": "Each promise" },
      el("thead", { role: "rowgroup" },
        row(["Promise", "In short", ...columns.map((column) => HEADS[column])].map(head))),
      el("tbody", { role: "rowgroup" }, shown.map(({ promise }) => row(
        el("th", { scope: "row", role: "rowheader" }, promise, markup("small", measured.said[promise])),
        cell(badge(...gist(chosen, promise))),
        columns.map((column) =>
          cell(el("span", { class: "of" }, HEADS[column]), outcome(chosen, column, promise, told[column])))))));
  }
  /** The state of a promise, the worst if there are several, and how to say it. */
  function gist(chosen, promise) {
    const all = chosen.map((result) => stateOf(result, promise));
    const judged = all.filter((state) => state !== "untested" && state !== "inapplicable");
    const state = worst(judged.length ? judged : all);
    const better = state === "fail" && chosen.some((result) => letter(result, UPSTREAM, promise) === "p");
    const share = count(judged, state) < judged.length ? ` in ${count(judged, state)} of ${judged.length}` : "";
    return [state, `${word(state)}${better ? "; works without this package" : ""}${share}`];
  }
  /** `told` holds the errors that the column showed already: a long one need not be read again. */
  function outcome(chosen, column, promise, told) {
    const letters = chosen.map((result) => letter(result, column, promise));
    const judged = letters.filter((each) => !"n.".includes(each));
    if (!judged.length) return [WORDS[letters[0]], small(reason(chosen[0], column, promise))];
    const red = chosen.find((result) => "fhcv".includes(letter(result, column, promise)));
    const faults = red && column === UPSTREAM ? red.faults.filter(([, , , mended]) => mended === promise) : [];
    const known = faults.map(([, summary, , , reference]) => small("Known: ", el("a", { href: reference }, summary)));
    if (chosen.length > 1) {
      const ways = [..."fhcv"].filter((way) => judged.includes(way));
      const tally = ways.map((way) => `${WORDS[way]} in ${count(judged, way)}`).join(", ");
      return [`${count(judged, "p")} of ${judged.length}`, small(tally), known];
    }
    if (!red) return WORDS.p;
    const text = reason(red, column, promise);
    const again = told.has(text) && text.length > 40;
    told.add(text);
    return [WORDS[judged[0]], small(again ? "with the same error" : text), known];
  }

  // ---- the map -----------------------------------------------------------------------------------------------

  const across = measured.lines.distributed;
  const down = [...measured.lines.joblib].reverse();
  let focused = [0, across.length - 1];

  function drawMap() {
    const place = ({ versions }) => `${line("joblib", versions.joblib)} ${line("distributed", versions.distributed)}`;
    const here = found.filter(({ versions }) => !ask.tab || line("scikit-learn", versions["scikit-learn"]) === ask.tab);
    const squares = Map.groupBy(here, place);
    const shown = [];
    const draw = (joblib, y, distributed, x) => {
      const all = squares.get(`${joblib} ${distributed}`) || [];
      const installed = all.filter((result) => !result.error);
      const some = (installed.length ? installed : all).map((result) => stateOf(result, ask.promise));
      const state = worst(some) || "untested";
      shown.push(state);
      const of = all.length ? ` (${plural(all.length, "combination")})` : "";
      const label = `joblib ${joblib}, distributed ${distributed}: ${word(state)}${of}`;
      const said = { class: state, "aria-label": label };
      return el("td", { role: "gridcell", tabindex: -1, "data-x": x, "data-y": y, ...said }, measured.symbol(state));
    };
    const heading = (each) => (measured.isQuarter(each) ? each.slice(0, 4) : `${each.split(".")[0]}.x`);
    const group = ([name, { length }]) => // over one column, there is no room for it
      el("th", { scope: "colgroup", colspan: length }, el("span", { class: length === 1 && "unseen" }, name));
    const head = (text) => el("th", { scope: "col" }, text);
    const attributes = { class: "map", role: "grid", "aria-labelledby": "map-title", "aria-describedby": "map-help" };
    byId("squares").replaceChildren(el("table", attributes,
      el("thead", {},
        el("tr", {}, el("td", {}), [...Map.groupBy(across, heading)].map(group)),
        el("tr", {}, head("joblib"), across.map((each) => head(each.split(/[.Q]/)[1])))),
      el("tbody", {}, down.map((joblib, y) =>
        el("tr", {}, el("th", { scope: "row" }, joblib), across.map((each, x) => draw(joblib, y, each, x)))))));
    square(...focused).tabIndex = 0;
    byId("squares").scrollLeft = byId("squares").scrollWidth; // where it does not fit, the newest are in sight
    byId("legend").replaceChildren(...states.filter((state) => shown.includes(state))
      .map((state) => el("li", {}, badge(state, `${word(state)} (${count(shown, state)})`))));
  }
  const square = (y, x) => document.querySelector(`.map td[data-y="${y}"][data-x="${x}"]`);
  function focus(y, x) {
    square(...focused).tabIndex = -1;
    focused = [Math.max(0, Math.min(down.length - 1, y)), Math.max(0, Math.min(across.length - 1, x))];
    square(...focused).tabIndex = 0;
    square(...focused).focus();
  }
  function choose(cell) {
    visit({ joblib: down[cell.dataset.y], distributed: across[cell.dataset.x], "scikit-learn": ask.tab });
  }
  function press(event) {
    const [y, x] = focused;
    const far = event.ctrlKey || event.metaKey;
    const target = {
      ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
      PageUp: [y - 5, x], PageDown: [y + 5, x], Home: [far ? 0 : y, 0], End: [far ? Infinity : y, Infinity],
    }[event.key];
    if (target) focus(...target);
    else if (event.key === "Enter" || event.key === " ") choose(square(...focused));
    else return;
    event.preventDefault();
  }
  const onSquare = (act) => (event) => {
    const cell = event.target.closest(".map td[data-x]");
    if (cell) act(cell);
  };
  const read = (cell) => byId("readout").replaceChildren(badge(cell.className, cell.getAttribute("aria-label")));

  // ---- the table ---------------------------------------------------------------------------------------------

  function drawTable() {
    const chosen = new Set(measured.matching(ask).filter((result) => !ask.show || result.state === ask.show));
    for (const result of found) result.row.hidden = !chosen.has(result);
    const which = wished(ask).length ? ` with ${spelt(ask)}` : "";
    byId("shown").textContent = `${chosen.size} of ${plural(found.length, "combination")}${which}`;
  }

  // ---- putting it together -----------------------------------------------------------------------------------

  function drawAll() {
    drawAnswer();
    drawMap();
    drawTable();
  }
  /** The versions in a requirements file, a list of pip's or an environment of conda's. */
  function pinned(text) {
    const pins = text.matchAll(/^[\s-]*([A-Za-z_-]+)\s*={1,3}\s*v?(\d[\w.]*)/gm);
    const known = [...pins].map(([, name, version]) => [name.toLowerCase().replace(/_/g, "-"), measured.tidy(version)]);
    return Object.fromEntries(known.filter(([name]) => AXES.includes(name)));
  }
  function prepare() {
    document.documentElement.classList.add("scripted");
    for (const each of document.querySelectorAll(".needs-script")) each.hidden = false;
    for (const axis of AXES) {
      const releases = new Set(found.map((result) => result.versions[axis]));
      byId(`known-${axis}`).append(...[...releases].map((version) => el("option", { value: version })));
      on(`in-${axis}`, "input", ({ target }) => change({ [axis]: measured.tidy(target.value) }, drawAnswer, drawTable));
    }
    const lines = new Set(found.map((result) => line("scikit-learn", result.versions["scikit-learn"])));
    byId("tabs").append(...["", ...measured.lines["scikit-learn"]].map((tab) => {
      const input = Object.assign(el("input", { type: "radio", name: "tab" }), { value: tab });
      input.setAttribute("value", tab);
      return el("label", { class: tab && !lines.has(tab) && "none" }, input, tab || "all");
    }));
    const option = (value, text) => Object.assign(el("option", {}, text), { value });
    byId("promise").append(option("", "all together"), ...promises.map((name) => option(name, name)));
    const present = states.filter((state) => found.some((result) => result.state === state));
    byId("show").append(...present.map((state) => option(state, word(state))));
    for (const { row, versions } of found) {
      const opener = link(versions, versions.joblib);
      opener.setAttribute("aria-label", `joblib ${versions.joblib}: show ${spelt(versions)}`);
      row.cells[1].replaceChildren(opener);
    }

    on("wishes", "submit", (event) => event.preventDefault());
    on("wishes", "reset", (event) => {
      event.preventDefault(); // else the fields are emptied after this, unasked
      byId("freeze").value = "";
      visit({});
    });
    on("freeze", "input", (event) => change(pinned(event.target.value), fill, drawAnswer, drawTable));
    on("tabs", "change", (event) => change({ tab: event.target.value }, drawMap));
    on("promise", "change", (event) => change({ promise: event.target.value }, drawMap));
    on("show", "change", (event) => change({ show: event.target.value }, drawTable));
    on("squares", "keydown", press);
    on("squares", "click", onSquare(choose));
    on("squares", "mouseover", onSquare(read));
    on("squares", "focusin", onSquare((cell) => {
      focused = [Number(cell.dataset.y), Number(cell.dataset.x)];
      read(cell);
    }));
    window.addEventListener("popstate", () => { readAddress(); drawAll(); });

    readAddress();
    drawAll();
    if (wished(ask).length) byId("ask").scrollIntoView({ behavior: "instant" });
  }
  prepare();
})();
