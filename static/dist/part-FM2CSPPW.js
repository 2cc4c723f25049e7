import{w as a,x as b}from"./part-YOO4PRC7.js";import"./part-SAYILORF.js";export{b as fingerprint,a as readCertificate};
