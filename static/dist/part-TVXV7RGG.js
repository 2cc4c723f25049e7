import{a,b}from"./part-BQUTFI62.js";import"./part-K4SABGCS.js";export{a as QrError,b as drawQr};
