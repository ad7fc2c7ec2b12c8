"use strict";
/** What was measured: the rows of the table, with what the page's data adds to them. Nothing here is shown. */
const measured = (() => {
  const NAMES = { python: "Python", joblib: "joblib", "scikit-learn": "scikit-learn", distributed: "distributed" };
  const AXES = Object.keys(NAMES);
  const OURS = 0, UPSTREAM = 1; // the columns that are compared; any other is shown beside them
  const BASE = "grid_search"; // without it, nothing else is of use
  const data = JSON.parse(document.getElementById("data").textContent);
  const promises = Object.keys(data.promises);
  const states = Object.keys(data.states); // the worst first

  // ---- versions ----------------------------------------------------------------------------------------------

  /** A version as its author may have written it: v1.4., 2021.06.2, ==1.0, 2021q2. */
  function tidy(text) {
    const quarter = text.match(/^\s*(20\d\d)\s*Q([1-4])\s*$/i);
    if (quarter) return `${quarter[1]} Q${quarter[2]}`;
    return text.trim().replace(/^[=v\s]+/, "").replace(/\b0+(?=\d)/g, "").replace(/(\.\*?)+$/, "");
  }
  const numbers = (version) => (version.match(/\d+/g) || []).map(Number);
  function compare(one, other) {
    const [a, b] = [numbers(one), numbers(other)];
    const differs = [...a, ...b].findIndex((_, place) => (a[place] || 0) !== (b[place] || 0));
    return differs < 0 ? 0 : (a[differs] || 0) - (b[differs] || 0);
  }
  /** The line that a release belongs to: its minor version, or the quarter of its year. */
  function line(axis, version) {
    const [first, second = 0] = numbers(version);
    return axis === "distributed" && first >= 2020 ? `${first} Q${Math.ceil(second / 3)}` : `${first}.${second}`;
  }
  const isQuarter = (wish) => wish.includes("Q");
  /** Whether a release is meant: 1.4 means 1.4.2, not 1.40; what is half typed, 202, means all that it may become. */
  function matches(axis, version, wish) {
    if (!wish) return true;
    if (isQuarter(wish)) return line(axis, version) === wish;
    const within = (release) => `${release}.`.startsWith(`${wish}.`);
    return within(version) || (version.startsWith(wish) && !data.releases[axis].some(within));
  }

  // ---- records -----------------------------------------------------------------------------------------------

  const found = [...document.querySelectorAll("#all tbody tr")].map((row, place) => {
    const versions = row.id.match(/^py(.+?)-joblib(.+?)-sklearn(.+?)-distributed(.+)$/).slice(1);
    const [date, columns, holding, pins, error] = data.records[place];
    const result = {
      id: row.id,
      row,
      date,
      error: data.reasons[error],
      versions: Object.fromEntries(AXES.map((axis, i) => [axis, versions[i]])),
      columns: columns.map((outcomes) => data.outcomes[outcomes]),
      faults: data.holding[holding].map((fault) => data.faults[fault]),
      pins: pins.map((pin) => data.pins[pin]),
    };
    const whole = result.columns.map(([letters]) => amountsTo(letters));
    result.state = error === undefined ? combined(...whole) : "not-installable";
    return result;
  });
  /** What the outcomes of a column amount to; rendering/states.py says the same in Python. */
  function amountsTo(letters) {
    const judged = letters.replace(/[n.]/g, "");
    if (!judged) return ".";
    if (!judged.replace(/p/g, "")) return "p";
    return judged.includes("p") && "pn.".includes(letters[promises.indexOf(BASE)]) ? "partial" : "f";
  }
  function combined(ours, upstream) {
    if (ours !== "p") return { ".": "untested", n: "inapplicable", partial: "partial" }[ours] || "fail";
    return { p: "both", n: "both", ".": "ours", partial: "mends" }[upstream] || "only";
  }
  const letter = (result, column, promise) => result.columns[column][0][promises.indexOf(promise)];
  /** What was seen, of an outcome that is not a pass. */
  function reason(result, column, promise) {
    const [letters, reasons] = result.columns[column];
    const before = letters.slice(0, promises.indexOf(promise)).replace(/[p.]/g, "");
    return data.reasons[reasons[before.length]];
  }
  /** The state of a combination, or of one promise in it. */
  function stateOf(result, promise) {
    if (!promise || result.error) return result.state;
    return combined(letter(result, OURS, promise), letter(result, UPSTREAM, promise));
  }

  // ---- asking ------------------------------------------------------------------------------------------------

  const wished = (ask) => AXES.filter((axis) => ask[axis]);
  const fits = (result, ask) => AXES.every((axis) => matches(axis, result.versions[axis], ask[axis]));
  /** How many releases lie between, as a share of the package's releases, over the packages asked for. */
  function distance(result, ask) {
    return wished(ask).reduce((sum, axis) => {
      const all = data.releases[axis];
      const meant = all.flatMap((version, place) => (matches(axis, version, ask[axis]) ? [place] : []));
      if (!meant.length) meant.push(all.filter((version) => compare(version, ask[axis]) < 0).length - 0.5);
      const place = all.indexOf(result.versions[axis]);
      return sum + Math.min(...meant.map((each) => Math.abs(each - place))) / all.length;
    }, 0);
  }
  const within = { "<": (order) => order < 0, ">=": (order) => order >= 0, "==": (order) => order === 0 };
  function lies(version, range) {
    return range.split(",").every((bound) => {
      const [, sign, limit] = bound.match(/^\s*([<>=]+)\s*(.+?)\s*$/);
      return within[sign](compare(version, limit));
    });
  }

  return {
    NAMES, AXES, UPSTREAM, promises, states, found, tidy, line, matches, isQuarter, wished, letter, reason, stateOf,
    said: data.promises,
    columns: data.columns,
    lines: data.lines,
    byId: new Map(found.map((result) => [result.id, result])),
    symbol: (state) => data.states[state][0],
    word: (state) => data.states[state][1],
    worst: (some) => states.find((state) => some.includes(state)),
    matching: (ask) => found.filter((result) => fits(result, ask)),
    nearest(ask, count) {
      const far = new Map(found.map((result) => [result, distance(result, ask)]));
      return [...found].sort((a, b) => far.get(a) - far.get(b)).slice(0, count);
    },
    /** The packages of which there is no such release. */
    unknown(ask) {
      return wished(ask).filter((axis) => !data.releases[axis].some((version) => matches(axis, version, ask[axis])));
    },
    /** The excludes of matrix.toml that hold, whatever else is asked for. */
    excluded(ask) {
      const holds = ([axis, range]) => ask[axis] && lies(ask[axis], range);
      return data.excludes.filter(([when]) => Object.entries(when).every(holds));
    },
  };
})();
