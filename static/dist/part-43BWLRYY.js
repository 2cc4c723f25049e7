import{e as a,f as b}from"./part-DUL4HNK3.js";import"./part-LM5GTPA7.js";import"./part-MWMQJXLP.js";import"./part-K4SABGCS.js";export{b as fingerprint,a as readCertificate};
