import{a,b,c}from"./part-73L3ZQVD.js";import"./part-SAYILORF.js";import"./part-K4SABGCS.js";export{b as Journal,a as KEY,c as makeJournal};
