import{e as a,f as b}from"./part-WCJI37MM.js";import"./part-JGCVLBCZ.js";import"./part-SAYILORF.js";import"./part-K4SABGCS.js";export{b as fingerprint,a as readCertificate};
