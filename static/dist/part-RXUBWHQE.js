import{v as a,w as b}from"./part-GFW3RQZW.js";import"./part-SAYILORF.js";export{b as fingerprint,a as readCertificate};
