import{a,b,c,d}from"./part-2K6FPCJG.js";import"./part-QWKE7WAO.js";import"./part-Q2VKUV76.js";import"./part-K4SABGCS.js";export{b as OLDER_HASHES,a as PURPOSE,c as derivePbkdf1,d as derivePkcs12Key};
