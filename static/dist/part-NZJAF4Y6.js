import{v as a,w as b}from"./part-W6MHRWQA.js";import"./part-S7Q3T7VE.js";export{b as fingerprint,a as readCertificate};
