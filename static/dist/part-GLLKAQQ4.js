import{a,b,c,d}from"./part-K52SDJ63.js";import"./part-63XOXGEI.js";import"./part-MWMQJXLP.js";import"./part-K4SABGCS.js";export{b as OLDER_HASHES,a as PURPOSE,c as derivePbkdf1,d as derivePkcs12Key};
