import{b as a,c as b}from"./part-G73WQSNP.js";import"./part-JCFDW5D6.js";import"./part-MTRE4S45.js";import"./part-K4SABGCS.js";export{a as scrypt,b as scryptAsync};
