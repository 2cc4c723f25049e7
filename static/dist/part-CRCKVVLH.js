import{L as a,M as b,N as c,O as d}from"./part-STE3YX2P.js";import"./part-Q2VKUV76.js";import"./part-K4SABGCS.js";export{b as OLDER_HASHES,a as PURPOSE,c as derivePbkdf1,d as derivePkcs12Key};
