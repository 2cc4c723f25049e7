import{e as a,f as b}from"./part-TA4J4Z27.js";import"./part-T6XLNNVL.js";import"./part-SAYILORF.js";import"./part-K4SABGCS.js";export{b as fingerprint,a as readCertificate};
