import{e as a,f as b}from"./part-LBWL5BP4.js";import"./part-LVRIZBIJ.js";import"./part-MWMQJXLP.js";import"./part-K4SABGCS.js";export{b as fingerprint,a as readCertificate};
