import{a,b,c,d}from"./part-NRUI7RHM.js";import"./part-EWA2BCAO.js";import"./part-Q2VKUV76.js";import"./part-K4SABGCS.js";export{b as OLDER_HASHES,a as PURPOSE,c as derivePbkdf1,d as derivePkcs12Key};
