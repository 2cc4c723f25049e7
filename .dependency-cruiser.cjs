/**
 * Who may import whom among the browser's modules: each line only from lines below it,
 * never a neighbour of its line. A folder stands for the modules that lie in it, not for
 * its sub-folders. A folder without a place here fails the check.
 */
const LAYERS = [
  [
    ...["accounts/pages", "authenticators/pages", "bridge/pages", "certificates/pages"],
    ...["devices/pages", "enrolment/pages", "ra/pages", "relying/pages", "wallet/pages"],
  ],
  [
    ...["authenticators/views", "bridge/views", "enrolment/views", "ra/views"],
    ...["relying/views", "wallet/views"],
  ],
  ["bridge/views/camera", "certificates/views/export"],
  ["certificates/views/vault"],
  [
    ...["authenticators", "bridge/session", "devices", "enrolment", "ra", "relying", "wallet"],
    "certificates/views",
  ],
  ["bridge/transport", "certificates/files"],
  ["bridge/core", "certificates"],
  ["npki/sets"],
  ["npki"],
  ["npki/encryption", "npki/files"],
  ["npki/encryption/kdf"],
  ["accounts", "pki"],
  ["pki/der"],
  ["lib/dom/forms"],
  ["lib/dom"],
  ["lib"],
];

/** @param {string} folder */
const inside = (folder) => `^frontend/${folder}/[^/]+$`;

const allowed = LAYERS.flatMap((layer, at) => {
  const below = LAYERS.slice(at + 1).flat().map(inside);
  return layer.map((folder) => ({
    from: { path: inside(folder) },
    to: { path: [inside(folder), ...below, "^node_modules/"] },
  }));
});

module.exports = {
  allowed,
  allowedSeverity: "error",
  forbidden: [
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "a-place-for-each-folder",
      severity: "error",
      from: { path: "^frontend/", pathNot: LAYERS.flat().map(inside) },
      to: {},
    },
    { name: "no-stray-file", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "browser", "default"],
    },
  },
};
